#include "ccodecs.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE_LIMIT = 16384 };

/// What libpng's callbacks share with one call; lives on the caller's stack across `longjmp`.
struct codec {
  jmp_buf escape;
  char *message;
  size_t message_size;
  const uint8_t *input;
  size_t input_size;
  size_t input_used;
  uint8_t *output;
  size_t output_size;
  size_t output_capacity;
  uint8_t *pixels;
  png_bytep *rows;
};

static void write_message(struct codec *codec, const char *text) {
  if (codec->message_size == 0) return;
  strncpy(codec->message, text, codec->message_size - 1);
  codec->message[codec->message_size - 1] = 0;
}

static void on_error(png_structp png, png_const_charp text) {
  struct codec *codec = png_get_error_ptr(png);
  write_message(codec, text);
  longjmp(codec->escape, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static void read_bytes(png_structp png, png_bytep target, png_size_t count) {
  struct codec *codec = png_get_io_ptr(png);
  if (codec->input_size - codec->input_used < count) png_error(png, "the file ends too early");
  memcpy(target, codec->input + codec->input_used, count);
  codec->input_used += count;
}

static void write_bytes(png_structp png, png_bytep source, png_size_t count) {
  struct codec *codec = png_get_io_ptr(png);
  if (codec->output_capacity - codec->output_size < count) {
    size_t capacity = 2 * codec->output_capacity + count + 4096;
    uint8_t *grown = realloc(codec->output, capacity);
    if (!grown) png_error(png, "out of memory");
    codec->output = grown;
    codec->output_capacity = capacity;
  }
  memcpy(codec->output + codec->output_size, source, count);
  codec->output_size += count;
}

static void flush_bytes(png_structp png) { (void)png; }

static void decode(png_structp png, png_infop info, struct codec *codec, int32_t *width,
                   int32_t *height, int32_t *channels) {
  png_set_user_limits(png, SIDE_LIMIT, SIDE_LIMIT);
  png_set_read_fn(png, codec, read_bytes);
  png_read_info(png, info);

  png_byte depth = png_get_bit_depth(png, info);
  png_byte color = png_get_color_type(png, info);
  if (depth == 16) png_set_strip_16(png);
  if (color == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if (color == PNG_COLOR_TYPE_GRAY && depth < 8) png_set_expand_gray_1_2_4_to_8(png);
  int has_transparency = png_get_valid(png, info, PNG_INFO_tRNS) != 0;
  if (has_transparency) png_set_tRNS_to_alpha(png);
  if (color == PNG_COLOR_TYPE_GRAY_ALPHA || (color == PNG_COLOR_TYPE_GRAY && has_transparency)) {
    png_set_gray_to_rgb(png);
  }
  png_set_interlace_handling(png);
  png_read_update_info(png, info);

  size_t h = png_get_image_height(png, info);
  size_t stride = png_get_rowbytes(png, info);
  *width = (int32_t)png_get_image_width(png, info);
  *height = (int32_t)h;
  *channels = png_get_channels(png, info);
  codec->pixels = calloc(h, stride);
  codec->rows = malloc(h * sizeof(png_bytep));
  if (!codec->pixels || !codec->rows) png_error(png, "out of memory");
  for (size_t y = 0; y < h; y++) codec->rows[y] = codec->pixels + y * stride;
  png_read_image(png, codec->rows);
  png_read_end(png, NULL);
}

int ccodecs_png_decode(const uint8_t *bytes, size_t size, char *message, size_t message_size,
                       int32_t *width, int32_t *height, int32_t *channels, uint8_t **pixels) {
  struct codec codec = {.message = message, .message_size = message_size};
  codec.input = bytes;
  codec.input_size = size;
  *pixels = NULL;
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &codec, on_error, on_warning);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info) {
    png_destroy_read_struct(&png, NULL, NULL);
    write_message(&codec, "out of memory");
    return CCODECS_PNG_TOO_LARGE;
  }
  if (setjmp(codec.escape)) {
    png_destroy_read_struct(&png, &info, NULL);
    free(codec.rows);
    free(codec.pixels);
    return CCODECS_PNG_MALFORMED;
  }
  decode(png, info, &codec, width, height, channels);
  png_destroy_read_struct(&png, &info, NULL);
  free(codec.rows);
  *pixels = codec.pixels;
  return CCODECS_PNG_OK;
}

static void encode(png_structp png, png_infop info, struct codec *codec, const uint8_t *pixels,
                   int32_t width, int32_t height, int32_t channels, int32_t level) {
  int color = channels == 1   ? PNG_COLOR_TYPE_GRAY
              : channels == 3 ? PNG_COLOR_TYPE_RGB
                              : PNG_COLOR_TYPE_RGB_ALPHA;
  png_set_write_fn(png, codec, write_bytes, flush_bytes);
  png_set_compression_level(png, level);
  png_set_IHDR(png, info, (png_uint_32)width, (png_uint_32)height, 8, color, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  size_t stride = (size_t)width * (size_t)channels;
  for (int32_t y = 0; y < height; y++) png_write_row(png, pixels + (size_t)y * stride);
  png_write_end(png, NULL);
}

int ccodecs_png_encode(const uint8_t *pixels, int32_t width, int32_t height, int32_t channels,
                       int32_t level, char *message, size_t message_size, uint8_t **bytes,
                       size_t *size) {
  struct codec codec = {.message = message, .message_size = message_size};
  *bytes = NULL;
  *size = 0;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &codec, on_error, on_warning);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info) {
    png_destroy_write_struct(&png, NULL);
    write_message(&codec, "out of memory");
    return CCODECS_PNG_TOO_LARGE;
  }
  if (setjmp(codec.escape)) {
    png_destroy_write_struct(&png, &info);
    free(codec.output);
    return CCODECS_PNG_MALFORMED;
  }
  encode(png, info, &codec, pixels, width, height, channels, level);
  png_destroy_write_struct(&png, &info);
  *bytes = codec.output;
  *size = codec.output_size;
  return CCODECS_PNG_OK;
}

void ccodecs_free(void *memory) { free(memory); }
