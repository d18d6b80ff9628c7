#include "ccodecs_zlib.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { DONE = 0, DAMAGED = 1, TOO_SMALL = 2, NO_MEMORY = 3, CUT_SHORT = 4 };

static uInt piece(size_t left) { return left > UINT_MAX ? UINT_MAX : (uInt)left; }

// Runs `step` (inflate or deflate) until the stream ends, feeding pieces that fit zlib's 32 bits.
static int drive(
    z_stream *stream, int (*step)(z_stream *, int), int flush, const uint8_t *input,
    size_t input_size, uint8_t *output, size_t capacity, size_t *written) {
  size_t in_at = 0, out_at = 0;
  uint8_t nothing = 0;
  for (;;) {
    const uInt in_piece = piece(input_size - in_at), out_piece = piece(capacity - out_at);
    stream->next_in = (Bytef *)(input_size ? input + in_at : &nothing);
    stream->avail_in = in_piece;
    stream->next_out = capacity ? output + out_at : &nothing;
    stream->avail_out = out_piece;
    const int code = step(stream, flush);
    in_at += in_piece - stream->avail_in;
    out_at += out_piece - stream->avail_out;
    *written = out_at;
    if (code == Z_STREAM_END) return DONE;
    if (code == Z_MEM_ERROR) return NO_MEMORY;
    if (code != Z_OK && code != Z_BUF_ERROR) return DAMAGED;
    if (out_at == capacity) return TOO_SMALL;
    if (in_at == input_size && flush != Z_FINISH) return CUT_SHORT;
    if (code == Z_BUF_ERROR && in_at == input_size) return CUT_SHORT;
  }
}

int ccodecs_zlib_inflate(
    const uint8_t *input, size_t input_size, uint8_t *output, size_t capacity, size_t *written) {
  z_stream stream = {0};
  *written = 0;
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return NO_MEMORY;
  const int status =
      drive(&stream, inflate, Z_NO_FLUSH, input, input_size, output, capacity, written);
  inflateEnd(&stream);
  return status;
}

static int compress_with(
    int window_bits, const uint8_t *input, size_t input_size, int level, uint8_t *output,
    size_t capacity, size_t *written) {
  z_stream stream = {0};
  *written = 0;
  if (deflateInit2(&stream, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return NO_MEMORY;
  // Pieces above 4 GiB would need Z_NO_FLUSH first; no single array here comes near.
  const int status = input_size > UINT_MAX
      ? TOO_SMALL
      : drive(&stream, deflate, Z_FINISH, input, input_size, output, capacity, written);
  deflateEnd(&stream);
  return status;
}

int ccodecs_zlib_deflate(
    const uint8_t *input, size_t input_size, int level, uint8_t *output, size_t capacity,
    size_t *written) {
  return compress_with(-MAX_WBITS, input, input_size, level, output, capacity, written);
}

int ccodecs_gzip_compress(
    const uint8_t *input, size_t input_size, int level, uint8_t *output, size_t capacity,
    size_t *written) {
  return compress_with(MAX_WBITS + 16, input, input_size, level, output, capacity, written);
}

size_t ccodecs_zlib_bound(size_t input_size) { return compressBound(input_size) + 64; }

int ccodecs_gzip_decompress(
    const uint8_t *input, size_t input_size, size_t limit, uint8_t **output, size_t *written) {
  z_stream stream = {0};
  size_t capacity = input_size * 4 + 1024, in_at = 0, out_at = 0;
  uint8_t *buffer = NULL;
  int status = CUT_SHORT;
  *output = NULL;
  *written = 0;
  if (capacity > limit) capacity = limit;
  if (inflateInit2(&stream, MAX_WBITS + 16) != Z_OK) return NO_MEMORY;
  buffer = malloc(capacity ? capacity : 1);
  while (buffer) {
    if (out_at == capacity) {
      if (capacity >= limit) { status = TOO_SMALL; break; }
      const size_t larger = capacity > limit / 2 ? limit : capacity * 2;
      uint8_t *grown = realloc(buffer, larger);
      if (!grown) { status = NO_MEMORY; break; }
      buffer = grown;
      capacity = larger;
    }
    const uInt in_piece = piece(input_size - in_at), out_piece = piece(capacity - out_at);
    stream.next_in = (Bytef *)(input + in_at);
    stream.avail_in = in_piece;
    stream.next_out = buffer + out_at;
    stream.avail_out = out_piece;
    const int code = inflate(&stream, Z_NO_FLUSH);
    in_at += in_piece - stream.avail_in;
    out_at += out_piece - stream.avail_out;
    if (code == Z_STREAM_END) {
      if (in_at == input_size) { status = DONE; break; }
      if (inflateReset(&stream) != Z_OK) { status = NO_MEMORY; break; }
      continue;
    }
    if (code != Z_OK && code != Z_BUF_ERROR) { status = DAMAGED; break; }
    if (in_at == input_size && out_at < capacity) { status = CUT_SHORT; break; }
  }
  inflateEnd(&stream);
  if (!buffer) return NO_MEMORY;
  if (status != DONE) {
    free(buffer);
    return status;
  }
  *output = buffer;
  *written = out_at;
  return DONE;
}

void ccodecs_gzip_free(uint8_t *output) { free(output); }

uint32_t ccodecs_crc32(const uint8_t *input, size_t input_size) {
  return (uint32_t)crc32_z(0, input, input_size);
}
