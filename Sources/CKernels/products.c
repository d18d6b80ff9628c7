#include "ckernels_products.h"

#include <math.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define LANES 16
typedef float lanes __attribute__((vector_size(64)));
typedef int lanes_int __attribute__((vector_size(64)));

// Columns whose products are summed before they are added to the result. It fixes the order of the
// sums; the sizes keep a row panel in the first cache and a panel of weights in the second.
#define F32_COLUMNS 512
#define BF16_COLUMNS 1024

// One block of columns of a panel in the 8-bit format. `offset` takes back the 128 that is added to
// the rows' numbers, because the instruction multiplies unsigned by signed.
typedef struct {
  float scale[CKERNELS_PANEL];
  int32_t offset[CKERNELS_PANEL];
  int8_t numbers[CKERNELS_INT8_BLOCK * CKERNELS_PANEL];  // [columns / 4][32][4]
} int8_block;

static size_t round_up(size_t number, size_t unit) { return (number + unit - 1) / unit * unit; }
static size_t int8_blocks(size_t columns) {
  return (columns + CKERNELS_INT8_BLOCK - 1) / CKERNELS_INT8_BLOCK;
}
// Numbers of a panel in the bfloat16 format.
static size_t bf16_panel(size_t columns) { return round_up(columns, 2) * CKERNELS_PANEL; }
static size_t panels(size_t outputs) { return (outputs + CKERNELS_PANEL - 1) / CKERNELS_PANEL; }

static inline __attribute__((always_inline)) void add_or_store(
    float *y, size_t count, const lanes *v, int accumulate) {
  if (count >= LANES) {
    lanes old = {0};
    if (accumulate) memcpy(&old, y, sizeof(old));
    const lanes total = accumulate ? old + *v : *v;
    memcpy(y, &total, sizeof(total));
  } else {
    float part[LANES];
    memcpy(part, v, sizeof(part));
    for (size_t i = 0; i < count; i++) y[i] = accumulate ? y[i] + part[i] : part[i];
  }
}

// To the nearest bfloat16, ties to even; the numbers are finite.
static inline __attribute__((always_inline)) uint16_t bf16_of(float number) {
  uint32_t bits;
  memcpy(&bits, &number, sizeof(bits));
  return (uint16_t)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

// Compared as integers, which order magnitudes the same way.
static inline __attribute__((always_inline)) float largest_magnitude(
    const float *numbers, size_t count) {
  int32_t most = 0;
  for (size_t i = 0; i < count; i++) {
    int32_t bits;
    memcpy(&bits, numbers + i, sizeof(bits));
    bits &= 0x7fffffff;
    most = bits > most ? bits : most;
  }
  float largest;
  memcpy(&largest, &most, sizeof(largest));
  return largest;
}

#define PATTERN(...) __VA_ARGS__
#define CASES_6 CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
#define CASES_8 CASES_6 CASE(7) CASE(8)

#define TARGET
#define NAME(x) x##_baseline
#define MADD(a, b, c) ((a) * (b) + (c))
#define ROWS 6
#define VECTORS 1
#define ROW_CASES CASES_6
#include "products_body.h"
#undef TARGET
#undef NAME
#undef MADD

#if defined(__x86_64__)
#define MADD(a, b, c) __builtin_elementwise_fma(a, b, c)
#define TARGET __attribute__((target("avx2,fma")))
#define NAME(x) x##_avx2
#include "products_body.h"
#undef TARGET
#undef NAME
#undef ROWS
#undef VECTORS
#undef ROW_CASES

#define ROWS 8
#define VECTORS 2
#define ROW_CASES CASES_8
#define TARGET __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl")))
#define NAME(x) x##_avx512
#include "products_body.h"
#undef TARGET
#undef NAME

#define TARGET __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx512bf16,avx512vnni")))
#define INLINE static inline __attribute__((always_inline)) TARGET

INLINE void micro_bf16(
    const uint32_t *x, size_t height, const uint16_t *w, size_t pairs, int accumulate, float *y,
    size_t y_stride, size_t outputs, const size_t count) {
  __m512 sum[ROWS][2];
  for (size_t r = 0; r < count; r++) sum[r][0] = sum[r][1] = _mm512_setzero_ps();
  for (size_t k = 0; k < pairs; k++) {
    const __m512bh w0 = (__m512bh)_mm512_loadu_si512(w);
    const __m512bh w1 = (__m512bh)_mm512_loadu_si512(w + 2 * LANES);
    for (size_t r = 0; r < count; r++) {
      const __m512bh number = (__m512bh)_mm512_set1_epi32((int)x[r]);
      sum[r][0] = _mm512_dpbf16_ps(sum[r][0], w0, number);
      sum[r][1] = _mm512_dpbf16_ps(sum[r][1], w1, number);
    }
    w += 2 * CKERNELS_PANEL;
    x += height;
  }
  for (size_t r = 0; r < count; r++)
    for (size_t v = 0; v < 2; v++)
      if (v * LANES < outputs)
        add_or_store(
            y + r * y_stride + v * LANES, outputs - v * LANES, (const lanes *)&sum[r][v],
            accumulate);
}

static TARGET void product_bf16(
    const uint32_t *x, size_t height, size_t rows, size_t columns, const uint16_t *w,
    size_t outputs, size_t first, size_t last, size_t first_row, size_t last_row, int accumulate,
    float *y, size_t y_stride) {
  const size_t all = round_up(columns, 2) / 2;
  for (size_t k = 0; k < all; k += BF16_COLUMNS / 2) {
    const size_t depth = all - k < BF16_COLUMNS / 2 ? all - k : BF16_COLUMNS / 2;
    for (size_t panel = first; panel < last; panel++) {
      const size_t n = panel * CKERNELS_PANEL;
      const size_t valid = outputs - n < CKERNELS_PANEL ? outputs - n : CKERNELS_PANEL;
      const uint16_t *part = w + panel * bf16_panel(columns) + 2 * k * CKERNELS_PANEL;
      for (size_t p = first_row; p < last_row; p++) {
        const size_t top = p * height;
        const uint32_t *in = x + top * all + k * height;
        const size_t count = rows - top < height ? rows - top : height;
        float *out = y + top * y_stride + n;
#define CASE(COUNT)                                                                             \
  case COUNT:                                                                                   \
    micro_bf16(in, height, part, depth, accumulate || k > 0, out, y_stride, valid, COUNT);      \
    break;
        switch (count) { CASES_8 }
#undef CASE
      }
    }
  }
}

// A block of packed rows: a scale per row, then [columns / 4][rows][4] numbers, 128 added.
INLINE void micro_int8(
    const uint8_t *x, size_t height, const int8_block *w, size_t quads, int accumulate, float *y,
    size_t y_stride, size_t outputs, const size_t count) {
  const float *scales = (const float *)x;
  const uint8_t *numbers = x + height * sizeof(float);
  __m512i sum[ROWS][2];
  for (size_t r = 0; r < count; r++) {
    sum[r][0] = _mm512_loadu_si512(w->offset);
    sum[r][1] = _mm512_loadu_si512(w->offset + LANES);
  }
  const int8_t *weights = w->numbers;
  for (size_t k = 0; k < quads; k++) {
    const __m512i w0 = _mm512_loadu_si512(weights);
    const __m512i w1 = _mm512_loadu_si512(weights + 4 * LANES);
    for (size_t r = 0; r < count; r++) {
      int32_t four;
      memcpy(&four, numbers + 4 * r, sizeof(four));
      const __m512i number = _mm512_set1_epi32(four);
      sum[r][0] = _mm512_dpbusd_epi32(sum[r][0], number, w0);
      sum[r][1] = _mm512_dpbusd_epi32(sum[r][1], number, w1);
    }
    weights += 4 * CKERNELS_PANEL;
    numbers += 4 * height;
  }
  for (size_t r = 0; r < count; r++)
    for (size_t v = 0; v < 2; v++)
      if (v * LANES < outputs) {
        const __m512 scale =
            _mm512_mul_ps(_mm512_loadu_ps(w->scale + v * LANES), _mm512_set1_ps(scales[r]));
        const lanes part = (lanes)_mm512_mul_ps(_mm512_cvtepi32_ps(sum[r][v]), scale);
        add_or_store(y + r * y_stride + v * LANES, outputs - v * LANES, &part, accumulate);
      }
}

static TARGET void product_int8(
    const uint8_t *x, size_t height, size_t rows, size_t columns, const int8_block *w,
    size_t outputs, size_t first, size_t last, size_t first_row, size_t last_row, int accumulate,
    float *y, size_t y_stride) {
  const size_t blocks = int8_blocks(columns);
  const size_t block_bytes = height * (sizeof(float) + CKERNELS_INT8_BLOCK);
  for (size_t panel = first; panel < last; panel++) {
    const size_t n = panel * CKERNELS_PANEL;
    const size_t valid = outputs - n < CKERNELS_PANEL ? outputs - n : CKERNELS_PANEL;
    for (size_t p = first_row; p < last_row; p++) {
      const size_t top = p * height;
      const size_t count = rows - top < height ? rows - top : height;
      float *out = y + top * y_stride + n;
      for (size_t b = 0; b < blocks; b++) {
        const uint8_t *in = x + (p * blocks + b) * block_bytes;
        const int8_block *part = w + panel * blocks + b;
        const size_t rest = columns - b * CKERNELS_INT8_BLOCK;
        const size_t quads = (rest < CKERNELS_INT8_BLOCK ? rest + 3 : CKERNELS_INT8_BLOCK) / 4;
#define CASE(COUNT)                                                                             \
  case COUNT:                                                                                   \
    micro_int8(in, height, part, quads, accumulate || b > 0, out, y_stride, valid, COUNT);      \
    break;
        switch (count) { CASES_8 }
#undef CASE
      }
    }
  }
}

// Rows are rounded in order first, which the compiler does many at a time, then dealt out in groups.
static TARGET void pack_rows_bf16(
    const float *x, size_t stride, size_t count, size_t height, size_t columns, uint32_t *packed) {
  uint16_t numbers[BF16_COLUMNS];
  for (size_t r = 0; r < count; r++)
    for (size_t start = 0; start < columns; start += BF16_COLUMNS) {
      const size_t depth = columns - start < BF16_COLUMNS ? columns - start : BF16_COLUMNS;
      for (size_t k = 0; k < depth; k++) numbers[k] = bf16_of(x[r * stride + start + k]);
      if (depth % 2) numbers[depth] = 0;
      uint32_t *to = packed + start / 2 * height + r;
      for (size_t k = 0; k < depth; k += 2) memcpy(to + k / 2 * height, numbers + k, 4);
    }
}

static TARGET void pack_rows_int8(
    const float *x, size_t stride, size_t count, size_t height, size_t columns, uint8_t *packed) {
  for (size_t b = 0; b < int8_blocks(columns); b++) {
    float *scales = (float *)(packed + b * height * (sizeof(float) + CKERNELS_INT8_BLOCK));
    uint8_t *to = (uint8_t *)(scales + height);
    const size_t rest = columns - b * CKERNELS_INT8_BLOCK;
    const size_t depth = rest < CKERNELS_INT8_BLOCK ? rest : CKERNELS_INT8_BLOCK;
    for (size_t r = 0; r < count; r++) {
      const float *from = x + r * stride + b * CKERNELS_INT8_BLOCK;
      const float largest = largest_magnitude(from, depth);
      const float inverse = largest > 0 ? 127.0f / largest : 0;
      // 128 is zero: what pads the last four columns must not count.
      uint8_t numbers[CKERNELS_INT8_BLOCK];
      memset(numbers, 128, sizeof(numbers));
      for (size_t k = 0; k < depth; k++)
        numbers[k] = (uint8_t)((int32_t)rintf(from[k] * inverse) + 128);
      scales[r] = largest / 127.0f;
      for (size_t k = 0; k < depth; k += 4) memcpy(to + k * height + 4 * r, numbers + k, 4);
    }
  }
}
#undef INLINE
#undef TARGET
#endif

int ckernels_engine_runs(ckernels_engine engine, ckernels_format format) {
#if defined(__x86_64__)
  const int wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  switch (engine) {
    case CKERNELS_BASELINE: return 1;
    case CKERNELS_AVX2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case CKERNELS_AVX512: return wide;
    case CKERNELS_AVX512_BF16:
      return wide && format == CKERNELS_BF16 && __builtin_cpu_supports("avx512bf16") &&
             __builtin_cpu_supports("avx512vnni");
    case CKERNELS_AVX512_VNNI:
      return wide && format == CKERNELS_INT8 && __builtin_cpu_supports("avx512vnni") &&
             __builtin_cpu_supports("avx512bf16");
  }
  return 0;
#else
  return engine == CKERNELS_BASELINE;
#endif
}

ckernels_engine ckernels_best_engine(ckernels_format format) {
  int engine = CKERNELS_AVX512_VNNI;
  while (!ckernels_engine_runs((ckernels_engine)engine, format)) engine--;
  return (ckernels_engine)engine;
}

size_t ckernels_packed_weight_bytes(ckernels_format format, size_t outputs, size_t columns) {
  switch (format) {
    case CKERNELS_BF16: return panels(outputs) * bf16_panel(columns) * sizeof(uint16_t);
    case CKERNELS_INT8: return panels(outputs) * int8_blocks(columns) * sizeof(int8_block);
    default: return 0;
  }
}

static void pack_panel_bf16(
    const float *w, size_t count, size_t columns, uint16_t *packed) {
  memset(packed, 0, bf16_panel(columns) * sizeof(uint16_t));
  for (size_t n = 0; n < count; n++)
    for (size_t k = 0; k < columns; k++)
      packed[(k / 2) * 2 * CKERNELS_PANEL + 2 * n + k % 2] = bf16_of(w[n * columns + k]);
}

static void pack_panel_int8(
    const float *w, size_t count, size_t columns, int8_block *packed) {
  const size_t blocks = int8_blocks(columns);
  memset(packed, 0, blocks * sizeof(int8_block));
  for (size_t n = 0; n < count; n++)
    for (size_t b = 0; b < blocks; b++) {
      const float *from = w + n * columns + b * CKERNELS_INT8_BLOCK;
      const size_t rest = columns - b * CKERNELS_INT8_BLOCK;
      const size_t depth = rest < CKERNELS_INT8_BLOCK ? rest : CKERNELS_INT8_BLOCK;
      const float largest = largest_magnitude(from, depth);
      const float inverse = largest > 0 ? 127.0f / largest : 0;
      int32_t total = 0;
      for (size_t k = 0; k < depth; k++) {
        const int32_t number = (int32_t)rintf(from[k] * inverse);
        packed[b].numbers[(k / 4) * 4 * CKERNELS_PANEL + 4 * n + k % 4] = (int8_t)number;
        total += number;
      }
      packed[b].scale[n] = largest / 127.0f;
      packed[b].offset[n] = -128 * total;
    }
}

void ckernels_pack_weights(
    ckernels_format format, const float *w, size_t outputs, size_t columns, size_t first,
    size_t last, void *packed) {
  for (size_t p = first; p < last; p++) {
    const size_t n = p * CKERNELS_PANEL;
    const size_t count = outputs - n < CKERNELS_PANEL ? outputs - n : CKERNELS_PANEL;
    if (format == CKERNELS_BF16)
      pack_panel_bf16(
          w + n * columns, count, columns, (uint16_t *)packed + p * bf16_panel(columns));
    else if (format == CKERNELS_INT8)
      pack_panel_int8(
          w + n * columns, count, columns, (int8_block *)packed + p * int8_blocks(columns));
  }
}

size_t ckernels_row_panel(ckernels_engine engine, size_t rows) {
  // More rows would not fit the registers, whatever their number says: compilers keep copies.
  const size_t most = engine >= CKERNELS_AVX512 ? 8 : 6;
  const size_t count = (rows + most - 1) / most;
  return count == 0 ? 1 : (rows + count - 1) / count;
}

size_t ckernels_packed_row_bytes(ckernels_engine engine, size_t rows, size_t columns) {
  const size_t height = ckernels_row_panel(engine, rows);
  const size_t all = round_up(rows, height);
  switch (engine) {
    case CKERNELS_AVX512_BF16: return all * round_up(columns, 2) * sizeof(uint16_t);
    case CKERNELS_AVX512_VNNI:
      return all * int8_blocks(columns) * (sizeof(float) + CKERNELS_INT8_BLOCK);
    default: return all * columns * sizeof(float);
  }
}

static void pack_rows_f32(
    const float *x, size_t stride, size_t count, size_t height, size_t columns, float *packed) {
  for (size_t r = 0; r < count; r++)
    for (size_t k = 0; k < columns; k++) packed[k * height + r] = x[r * stride + k];
}

void ckernels_pack_rows(
    ckernels_engine engine, const float *x, size_t stride, size_t rows, size_t columns,
    size_t first, size_t last, void *packed) {
  const size_t height = ckernels_row_panel(engine, rows);
  for (size_t p = first; p < last; p++) {
    const size_t top = p * height;
    const size_t count = rows - top < height ? rows - top : height;
    const float *from = x + top * stride;
    switch (engine) {
#if defined(__x86_64__)
      case CKERNELS_AVX512_BF16:
        pack_rows_bf16(
            from, stride, count, height, columns,
            (uint32_t *)packed + top * (round_up(columns, 2) / 2));
        break;
      case CKERNELS_AVX512_VNNI:
        pack_rows_int8(
            from, stride, count, height, columns,
            (uint8_t *)packed +
                top * int8_blocks(columns) * (sizeof(float) + CKERNELS_INT8_BLOCK));
        break;
#endif
      default:
        pack_rows_f32(from, stride, count, height, columns, (float *)packed + top * columns);
    }
  }
}

size_t ckernels_product_scratch_bytes(ckernels_engine engine) {
  return engine <= CKERNELS_AVX512 ? F32_COLUMNS * CKERNELS_PANEL * sizeof(float) : 0;
}

void ckernels_product(
    ckernels_engine engine, ckernels_format format, const void *packed_rows, size_t rows,
    size_t columns, const void *w, size_t outputs, size_t first, size_t last, size_t first_row,
    size_t last_row, int accumulate, float *y, size_t y_stride, void *scratch) {
  const size_t height = ckernels_row_panel(engine, rows);
#define ARGUMENTS                                                                               \
  packed_rows, height, rows, columns, w, outputs, first, last, first_row, last_row, accumulate, \
      y, y_stride
  switch (engine) {
#if defined(__x86_64__)
    case CKERNELS_AVX512_BF16: product_bf16(ARGUMENTS); break;
    case CKERNELS_AVX512_VNNI: product_int8(ARGUMENTS); break;
    case CKERNELS_AVX512: product_avx512(format, ARGUMENTS, scratch); break;
    case CKERNELS_AVX2: product_avx2(format, ARGUMENTS, scratch); break;
#endif
    default: product_baseline(format, ARGUMENTS, scratch);
  }
}
