// The float32 product kernels; included once per instruction set with TARGET, NAME(x), MADD(a, b, c)
// (a b + c), ROWS (rows of a micro-tile) and VECTORS (16-lane vectors of outputs in it) defined.

#define INLINE static inline __attribute__((always_inline)) TARGET

// 16 x 16 numbers, one row per vector, are mirrored at the diagonal: swaps blocks of 8, 4, 2, 1.
#define SWAP_BLOCKS(S, LOW, HIGH)                               \
  for (int i = 0; i < LANES; i++)                               \
    if (!(i & S)) {                                             \
      const lanes a = m[i], b = m[i + S];                       \
      m[i] = __builtin_shufflevector(a, b, LOW);                \
      m[i + S] = __builtin_shufflevector(a, b, HIGH);           \
    }

INLINE void NAME(mirror)(lanes *m) {
  _Pragma("clang loop unroll(full)")
  SWAP_BLOCKS(8, PATTERN(0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
              PATTERN(8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
  _Pragma("clang loop unroll(full)")
  SWAP_BLOCKS(4, PATTERN(0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27),
              PATTERN(4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31))
  _Pragma("clang loop unroll(full)")
  SWAP_BLOCKS(2, PATTERN(0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29),
              PATTERN(2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31))
  _Pragma("clang loop unroll(full)")
  SWAP_BLOCKS(1, PATTERN(0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30),
              PATTERN(1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31))
}
#undef SWAP_BLOCKS

// `count` <= 32 outputs of row-major weights -> [columns][32], missing outputs zero.
static TARGET void NAME(panel_from_f32)(
    const float *w, size_t stride, size_t count, size_t columns, float *panel) {
  for (size_t half = 0; half < CKERNELS_PANEL; half += LANES) {
    const size_t have = count > half ? (count - half < LANES ? count - half : LANES) : 0;
    size_t k = 0;
    for (; k + LANES <= columns; k += LANES) {
      lanes m[LANES];
      for (size_t i = 0; i < LANES; i++) {
        if (i < have)
          memcpy(&m[i], w + (half + i) * stride + k, sizeof(lanes));
        else
          m[i] = (lanes){0};
      }
      NAME(mirror)(m);
      for (size_t i = 0; i < LANES; i++)
        memcpy(panel + (k + i) * CKERNELS_PANEL + half, &m[i], sizeof(lanes));
    }
    for (; k < columns; k++)
      for (size_t i = 0; i < LANES; i++)
        panel[k * CKERNELS_PANEL + half + i] = i < have ? w[(half + i) * stride + k] : 0;
  }
}

// Pairs of bfloat16 [columns / 2][32][2] -> [columns][32].
static TARGET void NAME(panel_from_bf16)(const uint16_t *w, size_t columns, float *panel) {
  for (size_t k = 0; k < columns; k += 2)
    for (size_t half = 0; half < CKERNELS_PANEL; half += LANES) {
      lanes_int pairs;
      memcpy(&pairs, w + k * CKERNELS_PANEL + 2 * half, sizeof(pairs));
      const lanes_int even = pairs << 16, odd = pairs & (int)0xffff0000;
      memcpy(panel + k * CKERNELS_PANEL + half, &even, sizeof(even));
      if (k + 1 < columns) memcpy(panel + (k + 1) * CKERNELS_PANEL + half, &odd, sizeof(odd));
    }
}

// Blocks of 8-bit integers -> [columns][32], scaled.
static TARGET void NAME(panel_from_int8)(
    const int8_block *blocks, size_t first, size_t columns, float *panel) {
  for (size_t k = 0; k < columns; k++) {
    const int8_block *block = blocks + (first + k) / CKERNELS_INT8_BLOCK;
    const size_t at = (first + k) % CKERNELS_INT8_BLOCK;
    const int8_t *w = block->numbers + (at / 4) * 4 * CKERNELS_PANEL + at % 4;
    for (size_t n = 0; n < CKERNELS_PANEL; n++)
      panel[k * CKERNELS_PANEL + n] = (float)w[4 * n] * block->scale[n];
  }
}

INLINE void NAME(micro_f32)(
    const float *x, size_t height, const float *w, size_t columns, int accumulate, float *y,
    size_t y_stride, size_t outputs, const size_t count) {
  lanes sum[ROWS][VECTORS];
  for (size_t r = 0; r < count; r++)
    for (size_t v = 0; v < VECTORS; v++) sum[r][v] = (lanes){0};
  for (size_t k = 0; k < columns; k++) {
    lanes weight[VECTORS];
    for (size_t v = 0; v < VECTORS; v++) memcpy(&weight[v], w + v * LANES, sizeof(lanes));
    for (size_t r = 0; r < count; r++) {
      const lanes number = (lanes){0} + x[r];
      for (size_t v = 0; v < VECTORS; v++) sum[r][v] = MADD(weight[v], number, sum[r][v]);
    }
    w += CKERNELS_PANEL;
    x += height;
  }
  for (size_t r = 0; r < count; r++)
    for (size_t v = 0; v < VECTORS; v++)
      if (v * LANES < outputs)
        add_or_store(y + r * y_stride + v * LANES, outputs - v * LANES, &sum[r][v], accumulate);
}

// Rows packed from column k on times `depth` columns of one panel of weights.
static TARGET void NAME(multiply_panel)(
    const float *x, size_t height, size_t rows, size_t columns, size_t k, size_t depth,
    const float *panel, size_t outputs, size_t first_row, size_t last_row, int accumulate,
    float *y, size_t y_stride) {
  for (size_t p = first_row; p < last_row; p++) {
    const size_t top = p * height;
    const float *in = x + top * columns + k * height;
    const size_t count = rows - top < height ? rows - top : height;
    for (size_t v = 0; v < CKERNELS_PANEL && v < outputs; v += VECTORS * LANES) {
      float *out = y + top * y_stride + v;
#define CASE(COUNT)                                                                             \
  case COUNT:                                                                                   \
    NAME(micro_f32)(                                                                            \
        in, height, panel + v, depth, accumulate, out, y_stride, outputs - v, COUNT);           \
    break;
      switch (count) { ROW_CASES }
#undef CASE
    }
  }
}

static TARGET void NAME(product)(
    ckernels_format format, const float *x, size_t height, size_t rows, size_t columns,
    const void *w, size_t outputs, size_t first, size_t last, size_t first_row, size_t last_row,
    int accumulate, float *y, size_t y_stride, float *scratch) {
  for (size_t k = 0; k < columns; k += F32_COLUMNS) {
    const size_t depth = columns - k < F32_COLUMNS ? columns - k : F32_COLUMNS;
    for (size_t panel = first; panel < last; panel++) {
      const size_t n = panel * CKERNELS_PANEL;
      const size_t valid = outputs - n < CKERNELS_PANEL ? outputs - n : CKERNELS_PANEL;
      switch (format) {
        case CKERNELS_F32:
          NAME(panel_from_f32)((const float *)w + n * columns + k, columns, valid, depth, scratch);
          break;
        case CKERNELS_BF16:
          NAME(panel_from_bf16)(
              (const uint16_t *)w + panel * bf16_panel(columns) + k * CKERNELS_PANEL, depth,
              scratch);
          break;
        default:
          NAME(panel_from_int8)(
              (const int8_block *)w + panel * int8_blocks(columns), k, depth, scratch);
      }
      NAME(multiply_panel)(
          x, height, rows, columns, k, depth, scratch, valid, first_row, last_row,
          accumulate || k > 0, y + n, y_stride);
    }
  }
}

#undef INLINE
