#pragma once
#include <stddef.h>
#include <stdint.h>

// gzip over whole buffers. Status codes: 0 done, 1 the input is damaged, 2 the output does not fit
// `capacity`, 3 out of memory, 4 the input ends too early. No function keeps a pointer after it
// returns.

/// Bytes that `ccodecs_gzip_compress` may need at most for an input.
size_t ccodecs_gzip_bound(size_t input_size);

/// Decompresses one chunk sequence of gzip members into a buffer the library allocates; free it
/// with `ccodecs_gzip_free`. `limit` bounds the output.
int ccodecs_gzip_decompress(
    const uint8_t *input, size_t input_size, size_t limit, uint8_t **output, size_t *written);

/// Releases what `ccodecs_gzip_decompress` returned; null is allowed.
void ccodecs_gzip_free(uint8_t *output);

/// Compresses `input` as one gzip member without name or time, so equal input gives equal bytes.
int ccodecs_gzip_compress(
    const uint8_t *input, size_t input_size, int level, uint8_t *output, size_t capacity,
    size_t *written);
