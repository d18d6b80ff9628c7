#include "craster.h"

#include <climits>
#include <immintrin.h>

#include "triangles.h"

#define METHOD inline __attribute__((always_inline))
#define INLINE static METHOD

// Vectors are passed only between functions that are inlined.
#pragma clang diagnostic ignored "-Wpsabi"

namespace baseline {
#define LANES 4
#include "lanes.h"
#include "kernels.h"
#undef LANES
} // namespace baseline

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
namespace avx2 {
#define LANES 8
#include "lanes.h"
#include "kernels.h"
#undef LANES
} // namespace avx2
#pragma clang attribute pop

#pragma clang attribute push(                                                                     \
    __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl"))), apply_to = function)
namespace avx512 {
#define LANES 16
#include "lanes.h"
#include "kernels.h"
#undef LANES
} // namespace avx512
#pragma clang attribute pop

craster_level craster_best_level(void) {
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
    return CRASTER_AVX512;
  }
  return __builtin_cpu_supports("avx2") ? CRASTER_AVX2 : CRASTER_BASELINE;
}

craster_fragment craster_background(int depth_bits) {
  uint64_t farthest = depth_bits == 16 ? 0xffff : 0xffffff;
  return farthest << 40;
}

void craster_move(craster_level level, craster_points points, int count, const float position[3],
                  const float quaternion[4], float *x, float *y, float *z) {
  auto kernel = level == CRASTER_AVX512 ? avx512::move
                : level == CRASTER_AVX2 ? avx2::move
                                        : baseline::move;
  kernel(points, count, position, quaternion, x, y, z);
}

int craster_draw(craster_level level, const craster_target *target, const craster_meshes *meshes,
                 craster_points world, const craster_item *items, int item_count,
                 craster_fragment *fragments, craster_cut *cuts, int capacity) {
  auto kernel = level == CRASTER_AVX512 ? avx512::draw
                : level == CRASTER_AVX2 ? avx2::draw
                                        : baseline::draw;
  return kernel(target, meshes, world, items, item_count, fragments, cuts, capacity);
}

void craster_draw_shadow(craster_level level, const craster_target *target,
                         const craster_meshes *meshes, craster_points world,
                         const craster_item *items, int item_count, uint16_t *depths) {
  auto kernel = level == CRASTER_AVX512 ? avx512::draw_shadow
                : level == CRASTER_AVX2 ? avx2::draw_shadow
                                        : baseline::draw_shadow;
  kernel(target, meshes, world, items, item_count, depths);
}

void craster_shade(craster_level level, const craster_lighting *lighting,
                   const craster_surface *surface, const craster_pixels *pixels, uint8_t *rgb) {
  auto kernel = level == CRASTER_AVX512 ? avx512::shade
                : level == CRASTER_AVX2 ? avx2::shade
                                        : baseline::shade;
  kernel(lighting, surface, pixels, rgb);
}

void craster_draw_piece(craster_level level, const craster_target *target, const float clip[3][4],
                        uint32_t rank, uint32_t code, craster_fragment *fragments) {
  raster::Corner v[3];
  for (int i = 0; i < 3; i++) {
    float rw = 1.0f / clip[i][3];
    float x = clip[i][0] * rw * target->half_width + target->half_width;
    float y = clip[i][1] * rw * (target->y_sign * target->half_height) + target->half_height;
    float z = clip[i][2] * rw * 0.5f + 0.5f;
    auto snap = [](float a) {
      float scaled = (a - 0.5f) * 256.0f;
      return int32_t((scaled + 12582912.0f) - 12582912.0f);
    };
    v[i] = {snap(x), snap(y), x, y, z};
  }
  if (raster::area(v) <= 0) return;
  auto kernel = level == CRASTER_AVX512 ? avx512::draw_piece
                : level == CRASTER_AVX2 ? avx2::draw_piece
                                        : baseline::draw_piece;
  kernel(target, v, raster::FragmentSink{fragments, rank, code, target->depth_bits});
}

int craster_find_changes(craster_level level, const craster_changes *changes,
                         const craster_fragment *fragments, int32_t *places, uint32_t *codes) {
  auto kernel = level == CRASTER_AVX512 ? avx512::find_changes
                : level == CRASTER_AVX2 ? avx2::find_changes
                                        : baseline::find_changes;
  return kernel(changes, fragments, places, codes);
}

int craster_find_visible(craster_level level, const craster_frustum *frustum,
                         const craster_bounds *bounds, int count, const craster_item *item,
                         craster_item *items) {
  auto kernel = level == CRASTER_AVX512 ? avx512::find_visible
                : level == CRASTER_AVX2 ? avx2::find_visible
                                        : baseline::find_visible;
  return kernel(frustum, bounds, count, item, items);
}

int craster_find_casters(craster_level level, const craster_light *light,
                         const craster_bounds *bounds, int count, const craster_item *item,
                         craster_item *items, int box[4]) {
  auto kernel = level == CRASTER_AVX512 ? avx512::find_casters
                : level == CRASTER_AVX2 ? avx2::find_casters
                                        : baseline::find_casters;
  return kernel(light, bounds, count, item, items, box);
}

void craster_read_depths(craster_level level, const craster_fragment *fragments, int count,
                         int depth_bits, float *depths) {
  auto kernel = level == CRASTER_AVX512 ? avx512::read_depths
                : level == CRASTER_AVX2 ? avx2::read_depths
                                        : baseline::read_depths;
  kernel(fragments, count, depth_bits, depths);
}
