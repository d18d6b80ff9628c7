#pragma once
#include <stddef.h>
#include <stdint.h>

// Deflate, gzip and CRC-32 over whole buffers. Status codes: 0 done, 1 the input is damaged,
// 2 the output does not fit `capacity`, 3 out of memory, 4 the input ends too early.
// No function keeps a pointer after it returns.

/// Inflates a raw deflate stream (no header, as in zip members) into `output`.
int ccodecs_zlib_inflate(
    const uint8_t *input, size_t input_size, uint8_t *output, size_t capacity, size_t *written);

/// Deflates `input` as a raw stream at `level` (1...9) into `output`.
int ccodecs_zlib_deflate(
    const uint8_t *input, size_t input_size, int level, uint8_t *output, size_t capacity,
    size_t *written);

/// Bytes that `ccodecs_zlib_deflate` or `ccodecs_gzip_compress` may need at most for an input.
size_t ccodecs_zlib_bound(size_t input_size);

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

/// CRC-32 of `input`, as zip and gzip store it.
uint32_t ccodecs_crc32(const uint8_t *input, size_t input_size);
