#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "ckernels_products.h"

// Elementwise and row-wise float32 kernels of the neural networks. Each is compiled for AVX-512,
// AVX2 and the baseline, and the widest one the processor has is taken at run time. All variants
// perform the same operations in the same order (16 lanes, no fused multiply-add), so they give
// the same bits. Rows are `stride` floats apart. Nothing here allocates.

#ifdef __cplusplus
extern "C" {
#endif

/// Which function follows the bias in ckernels_bias_activation.
typedef enum {
  CKERNELS_IDENTITY = 0,
  CKERNELS_RELU = 1,
  CKERNELS_GELU = 2,        // x (1 + erf(x / sqrt 2)) / 2
  CKERNELS_GELU_TANH = 3,   // tanh approximation, also GPT-2's gelu_new
  CKERNELS_QUICK_GELU = 4,  // x sigmoid(1.702 x)
  CKERNELS_TANH = 5,
  CKERNELS_SIGMOID = 6,
  CKERNELS_SILU = 7,  // x sigmoid(x)
} ckernels_activation;

/// Name of the instruction set the kernels use: "avx512", "avx2" or "baseline".
const char *ckernels_instruction_set(void);

/// x = f(x + bias) for rows x columns; bias may be NULL.
void ckernels_bias_activation(
    float *x, const float *bias, size_t rows, size_t columns, size_t stride, int activation);

/// y = (x - mean) / sqrt(var + epsilon) * weight + bias, var biased. x and y may be the same.
void ckernels_layer_norm(
    const float *x, size_t x_stride, const float *weight, const float *bias, float epsilon,
    size_t rows, size_t columns, float *y, size_t y_stride);

/// y = x / sqrt(mean(x^2) + epsilon) * (1 + weight). x and y may be the same.
void ckernels_rms_norm(
    const float *x, size_t x_stride, const float *weight, float epsilon, size_t rows,
    size_t columns, float *y, size_t y_stride);

/// x = x / max(||x||, epsilon) per row.
void ckernels_l2_normalize(float *x, size_t rows, size_t columns, size_t stride, float epsilon);

/// Softmax of the first `valid` entries of one row; the rest up to `columns` becomes 0.
void ckernels_softmax(float *x, size_t valid, size_t columns);

/// x *= y, elementwise over rows.
void ckernels_multiply(
    float *x, size_t x_stride, const float *y, size_t y_stride, size_t rows, size_t columns);

/// x += y, elementwise over rows.
void ckernels_add(
    float *x, size_t x_stride, const float *y, size_t y_stride, size_t rows, size_t columns);

/// x *= factor over `count` numbers.
void ckernels_scale(float *x, float factor, size_t count);

/// y[r][n] (+)= dot(x[r], w[n]) for every row r and output n; w is [outputs, columns] without gaps.
/// Reads each weight once for up to four rows, and sums in the same order for any row count.
void ckernels_dot_rows(
    const float *x, size_t x_stride, const float *w, size_t rows, size_t columns, size_t outputs,
    int accumulate, float *y, size_t y_stride);

/// One LSTM cell: gates are [rows, 4 hidden] in the order i, f, g, o; updates cell and hidden.
void ckernels_lstm_cell(
    const float *gates, size_t rows, size_t hidden_size, float *cell, float *hidden);

/// IEEE half floats to float32.
void ckernels_widen_f16(const uint16_t *x, size_t count, float *y);

/// bfloat16 to float32.
void ckernels_widen_bf16(const uint16_t *x, size_t count, float *y);

/// Index of the first NaN or infinity, or `count` when all are finite.
size_t ckernels_first_nonfinite(const float *x, size_t count);

#ifdef __cplusplus
}
#endif

#endif
