#include "ccodecs_deflate.h"

#include <libdeflate.h>

enum { DONE = 0, DAMAGED = 1, TOO_SMALL = 2, NO_MEMORY = 3 };

struct ccodecs_compressor;

static struct libdeflate_compressor *unwrapped(ccodecs_compressor *compressor) {
  return (struct libdeflate_compressor *)compressor;
}

int ccodecs_compressor_create(int level, ccodecs_compressor **compressor) {
  *compressor = (ccodecs_compressor *)libdeflate_alloc_compressor(level);
  return *compressor ? DONE : NO_MEMORY;
}

void ccodecs_compressor_free(ccodecs_compressor *compressor) {
  libdeflate_free_compressor(unwrapped(compressor));
}

size_t ccodecs_compressor_bound(ccodecs_compressor *compressor, size_t input_size) {
  return libdeflate_deflate_compress_bound(unwrapped(compressor), input_size);
}

int ccodecs_compressor_deflate(
    ccodecs_compressor *compressor, const uint8_t *input, size_t input_size, uint8_t *output,
    size_t capacity, size_t *written) {
  *written =
      libdeflate_deflate_compress(unwrapped(compressor), input, input_size, output, capacity);
  return *written ? DONE : TOO_SMALL;
}

int ccodecs_deflate_inflate(
    const uint8_t *input, size_t input_size, uint8_t *output, size_t capacity, size_t *written) {
  *written = 0;
  struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
  if (!decompressor) return NO_MEMORY;
  const enum libdeflate_result result = libdeflate_deflate_decompress(
      decompressor, input, input_size, output, capacity, written);
  libdeflate_free_decompressor(decompressor);
  switch (result) {
    case LIBDEFLATE_SUCCESS: return DONE;
    case LIBDEFLATE_INSUFFICIENT_SPACE: return TOO_SMALL;
    default: return DAMAGED;
  }
}

uint32_t ccodecs_crc32(const uint8_t *input, size_t input_size) {
  return libdeflate_crc32(0, input, input_size);
}
