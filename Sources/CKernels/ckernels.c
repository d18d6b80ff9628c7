#include "ckernels.h"

#include <math.h>
#include <string.h>

#define LANES 16
typedef float lanes __attribute__((vector_size(64)));
typedef int lanes_int __attribute__((vector_size(64)));

#define TARGET
#define NAME(x) x##_baseline
#include "ckernels_body.h"
#undef TARGET
#undef NAME

#if defined(__x86_64__)
#define TARGET __attribute__((target("avx2")))
#define NAME(x) x##_avx2
#include "ckernels_body.h"
#undef TARGET
#undef NAME

#define TARGET __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl")))
#define NAME(x) x##_avx512
#include "ckernels_body.h"
#undef TARGET
#undef NAME

typedef enum { BASELINE, AVX2, AVX512 } instruction_set;

static inline instruction_set best_set(void) {
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
    return AVX512;
  return __builtin_cpu_supports("avx2") ? AVX2 : BASELINE;
}

#define DISPATCH(name, ...)                              \
  switch (best_set()) {                                  \
    case AVX512: return name##_avx512(__VA_ARGS__);      \
    case AVX2: return name##_avx2(__VA_ARGS__);          \
    default: return name##_baseline(__VA_ARGS__);        \
  }

const char *ckernels_instruction_set(void) {
  static const char *const names[] = {"baseline", "avx2", "avx512"};
  return names[best_set()];
}
#else
#define DISPATCH(name, ...) return name##_baseline(__VA_ARGS__)

const char *ckernels_instruction_set(void) { return "baseline"; }
#endif

void ckernels_bias_activation(
    float *x, const float *bias, size_t rows, size_t columns, size_t stride, int activation) {
  DISPATCH(bias_activation, x, bias, rows, columns, stride, activation);
}

void ckernels_layer_norm(
    const float *x, size_t x_stride, const float *weight, const float *bias, float epsilon,
    size_t rows, size_t columns, float *y, size_t y_stride) {
  DISPATCH(layer_norm, x, x_stride, weight, bias, epsilon, rows, columns, y, y_stride);
}

void ckernels_rms_norm(
    const float *x, size_t x_stride, const float *weight, float epsilon, size_t rows,
    size_t columns, float *y, size_t y_stride) {
  DISPATCH(rms_norm, x, x_stride, weight, epsilon, rows, columns, y, y_stride);
}

void ckernels_l2_normalize(float *x, size_t rows, size_t columns, size_t stride, float epsilon) {
  DISPATCH(l2_normalize, x, rows, columns, stride, epsilon);
}

void ckernels_softmax(float *x, size_t valid, size_t columns) {
  DISPATCH(softmax, x, valid, columns);
}

void ckernels_multiply(
    float *x, size_t x_stride, const float *y, size_t y_stride, size_t rows, size_t columns) {
  DISPATCH(multiply, x, x_stride, y, y_stride, rows, columns);
}

void ckernels_add(
    float *x, size_t x_stride, const float *y, size_t y_stride, size_t rows, size_t columns) {
  DISPATCH(add, x, x_stride, y, y_stride, rows, columns);
}

void ckernels_scale(float *x, float factor, size_t count) { DISPATCH(scale, x, factor, count); }

void ckernels_dot_rows(
    const float *x, size_t x_stride, const float *w, size_t rows, size_t columns, size_t outputs,
    int accumulate, float *y, size_t y_stride) {
  DISPATCH(dot_rows, x, x_stride, w, rows, columns, outputs, accumulate, y, y_stride);
}

void ckernels_lstm_cell(
    const float *gates, size_t rows, size_t hidden_size, float *cell, float *hidden) {
  DISPATCH(lstm_cell, gates, rows, hidden_size, cell, hidden);
}

void ckernels_widen_f16(const uint16_t *x, size_t count, float *y) {
  DISPATCH(widen_f16, x, count, y);
}

void ckernels_widen_bf16(const uint16_t *x, size_t count, float *y) {
  DISPATCH(widen_bf16, x, count, y);
}

size_t ckernels_first_nonfinite(const float *x, size_t count) {
  DISPATCH(first_nonfinite, x, count);
}
