#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// MARK: PNG

/// Results of the PNG functions.
enum ccodecs_png_status {
  CCODECS_PNG_OK = 0,
  /// The bytes are no valid PNG; the message says why.
  CCODECS_PNG_MALFORMED = 1,
  /// Memory ran out, or the picture is larger than 16384 pixels on a side.
  CCODECS_PNG_TOO_LARGE = 2,
};

/// Decodes a PNG to 8-bit pixels, rows from the top, channels interleaved: 1 (grey), 3 (RGB) or
/// 4 (RGBA; grey with alpha becomes this, too). 16-bit samples keep their high byte.
/// On success the caller owns `*pixels` and gives it back with `ccodecs_free`.
/// On failure `message` (at least 1 byte) holds the reason, cut to `message_size`.
int ccodecs_png_decode(const uint8_t *bytes, size_t size, char *message, size_t message_size,
                       int32_t *width, int32_t *height, int32_t *channels, uint8_t **pixels);

/// Encodes 8-bit pixels (1, 3 or 4 channels) as PNG with zlib level 0...9.
/// On success the caller owns `*bytes` and gives it back with `ccodecs_free`.
int ccodecs_png_encode(const uint8_t *pixels, int32_t width, int32_t height, int32_t channels,
                       int32_t level, char *message, size_t message_size, uint8_t **bytes,
                       size_t *size);

/// Frees what a `ccodecs` function handed over; NULL is allowed.
void ccodecs_free(void *memory);

#ifdef __cplusplus
}
#endif
