#ifndef CKERNELS_PRODUCTS_H
#define CKERNELS_PRODUCTS_H

#include <stddef.h>
#include <stdint.h>

// Matrix products y = x w^T with weights w [outputs, columns] that are float32 as they lie in a
// checkpoint, or packed beforehand to bfloat16 or to 8-bit integers. Every number of y is summed
// over the columns in one order, which depends on the number of columns alone: how many rows are
// computed together, and by how many threads, cannot change a bit. Nothing here allocates.
//
// A caller packs the rows once (ckernels_pack_rows), then computes any ranges of outputs, in units
// of CKERNELS_PANEL, from as many threads as it likes.

#ifdef __cplusplus
extern "C" {
#endif

/// Outputs computed side by side; packed weights come in panels of so many outputs.
#define CKERNELS_PANEL 32

/// Columns that share one scale in the 8-bit format.
#define CKERNELS_INT8_BLOCK 128

/// How weights are stored.
typedef enum {
  CKERNELS_F32 = 0,   // row-major float32, unpacked
  CKERNELS_BF16 = 1,  // panels of bfloat16, rounded to nearest even
  CKERNELS_INT8 = 2,  // panels of 8-bit integers, a scale per output and block of columns
} ckernels_format;

/// Instructions a product is computed with. The first three multiply in float32 and widen packed
/// weights on the fly; AVX2 and AVX512 give the same bits.
typedef enum {
  CKERNELS_BASELINE = 0,
  CKERNELS_AVX2 = 1,         // with FMA
  CKERNELS_AVX512 = 2,
  CKERNELS_AVX512_BF16 = 3,  // rows are rounded to bfloat16, too
  CKERNELS_AVX512_VNNI = 4,  // rows become 8-bit integers, a scale per row and block of columns
} ckernels_engine;

/// True when this processor has the engine's instructions and the engine takes the format.
int ckernels_engine_runs(ckernels_engine engine, ckernels_format format);

/// The fastest engine for a format on this processor.
ckernels_engine ckernels_best_engine(ckernels_format format);

/// Bytes of packed weights; a panel takes an equal part of them. 0 for CKERNELS_F32.
size_t ckernels_packed_weight_bytes(ckernels_format format, size_t outputs, size_t columns);

/// Packs panels first <= p < last of row-major weights w [outputs, columns].
void ckernels_pack_weights(
    ckernels_format format, const float *w, size_t outputs, size_t columns, size_t first,
    size_t last, void *packed);

/// Rows that are computed side by side when there are `rows` of them: the height of a row panel.
size_t ckernels_row_panel(ckernels_engine engine, size_t rows);

/// Bytes of packed rows.
size_t ckernels_packed_row_bytes(ckernels_engine engine, size_t rows, size_t columns);

/// Packs row panels first <= p < last of x [rows, columns], rows `stride` floats apart.
void ckernels_pack_rows(
    ckernels_engine engine, const float *x, size_t stride, size_t rows, size_t columns,
    size_t first, size_t last, void *packed);

/// Bytes of scratch memory a call of ckernels_product needs; 0 when the engine needs none.
size_t ckernels_product_scratch_bytes(ckernels_engine engine);

/// y (+)= x w^T for row panels first_row <= r < last_row of `rows` packed rows and output panels
/// first <= p < last. w are the weights of all outputs in the given format, y the whole result. A few
/// hundred rows stay in the second cache while all the output panels pass.
void ckernels_product(
    ckernels_engine engine, ckernels_format format, const void *packed_rows, size_t rows,
    size_t columns, const void *w, size_t outputs, size_t first, size_t last, size_t first_row,
    size_t last_row, int accumulate, float *y, size_t y_stride, void *scratch);

#ifdef __cplusplus
}
#endif

#endif
