#include "ccodecs_zlib.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { DONE = 0, DAMAGED = 1, TOO_SMALL = 2, NO_MEMORY = 3, CUT_SHORT = 4 };

static uInt piece(size_t left) { return left > UINT_MAX ? UINT_MAX : (uInt)left; }

int ccodecs_gzip_compress(
    const uint8_t *input, size_t input_size, int level, uint8_t *output, size_t capacity,
    size_t *written) {
  z_stream stream = {0};
  *written = 0;
  if (input_size > UINT_MAX) return TOO_SMALL;
  if (deflateInit2(&stream, level, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return NO_MEMORY;
  stream.next_in = (Bytef *)input;
  stream.avail_in = (uInt)input_size;
  stream.next_out = output;
  stream.avail_out = piece(capacity);
  const int code = deflate(&stream, Z_FINISH);
  *written = stream.total_out;
  deflateEnd(&stream);
  return code == Z_STREAM_END ? DONE : TOO_SMALL;
}

size_t ccodecs_gzip_bound(size_t input_size) { return compressBound(input_size) + 64; }

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
