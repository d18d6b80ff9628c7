// The kernels' bodies; included once per instruction set with TARGET and NAME(x) defined.

#define INLINE static inline __attribute__((always_inline)) TARGET

INLINE void NAME(load)(const float *x, size_t n, lanes *v) {
  if (n >= LANES) {
    memcpy(v, x, sizeof(lanes));
  } else {
    *v = (lanes){0};
    memcpy(v, x, n * sizeof(float));
  }
}

INLINE void NAME(store)(float *x, size_t n, const lanes *v) {
  memcpy(x, v, (n >= LANES ? LANES : n) * sizeof(float));
}

INLINE float NAME(sum)(const lanes *v) {
  float part[LANES];
  memcpy(part, v, sizeof(part));
  for (int half = LANES / 2; half > 0; half /= 2)
    for (int i = 0; i < half; i++) part[i] += part[i + half];
  return part[0];
}

// Cody-Waite reduction to |r| <= ln(2)/2 and a polynomial; 0 below the smallest normal number.
INLINE void NAME(exp)(lanes *v) {
  const lanes x = *v;
  const lanes_int low = x < -87.33f;
  lanes c = (lanes)(((lanes_int)x & ~(x > 88.72f)) | ((lanes_int)((lanes){0} + 88.72f) & (x > 88.72f)));
  c = (lanes)((lanes_int)c & ~low);
  const lanes shifted = c * 1.44269504f + 12582912.0f;
  const lanes n = shifted - 12582912.0f;
  lanes r = c - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  lanes p = (lanes){0} + 1.989945158e-4f;
  p = p * r + 1.393376035e-3f;
  p = p * r + 8.333298378e-3f;
  p = p * r + 4.166646302e-2f;
  p = p * r + 1.666666716e-1f;
  p = p * r + 0.5f;
  p = (p * (r * r) + r) + 1.0f;
  // n may be 128: scale in two steps so that the largest finite results survive.
  const lanes_int whole = (lanes_int)shifted - 0x4b400000;
  const lanes_int half = whole >> 1;
  const lanes a = (lanes)((half + 127) << 23);
  const lanes b = (lanes)((whole - half + 127) << 23);
  p = (p * a) * b;
  *v = (lanes)((lanes_int)p & ~low);
}

INLINE void NAME(sigmoid)(lanes *v) {
  lanes e = -*v;
  NAME(exp)(&e);
  *v = 1.0f / (1.0f + e);
}

INLINE void NAME(tanh)(lanes *v) {
  const lanes x = *v;
  const lanes_int sign = (lanes_int)x & (int)0x80000000;
  const lanes a = (lanes)((lanes_int)x & 0x7fffffff);
  const lanes s = x * x;
  lanes p = (lanes){0} + -8.532358916e-4f;
  p = p * s + 3.296588548e-3f;
  p = p * s + -8.787150495e-3f;
  p = p * s + 2.185919695e-2f;
  p = p * s + -5.396758392e-2f;
  p = p * s + 1.333333105e-1f;
  p = p * s + -3.333333433e-1f;
  const lanes near = x + x * s * p;
  lanes e = a + a;
  NAME(exp)(&e);
  const lanes far = (lanes)((lanes_int)(1.0f - 2.0f / (e + 1.0f)) | sign);
  const lanes_int small = a < 0.625f;
  *v = (lanes)(((lanes_int)near & small) | ((lanes_int)far & ~small));
}

// erf: an odd polynomial below 1, 1 - exp(polynomial) above; absolute error 1.5e-7.
INLINE void NAME(erf)(lanes *v) {
  const lanes x = *v;
  const lanes_int sign = (lanes_int)x & (int)0x80000000;
  const lanes magnitude = (lanes)((lanes_int)x & 0x7fffffff);
  const lanes_int high = magnitude > 4.2f;
  const lanes a =
      (lanes)(((lanes_int)magnitude & ~high) | ((lanes_int)((lanes){0} + 4.2f) & high));
  const lanes s = x * x;
  lanes p = (lanes){0} + -9.673591194e-6f;
  p = p * s + 1.126825373e-4f;
  p = p * s + -8.484396385e-4f;
  p = p * s + 5.221053492e-3f;
  p = p * s + -2.686543763e-2f;
  p = p * s + 1.128378287e-1f;
  p = p * s + -3.761263788e-1f;
  p = p * s + 1.128379226f;
  const lanes near = x * p;
  lanes q = (lanes){0} + -1.525575158e-6f;
  q = q * a + 4.385324428e-5f;
  q = q * a + -5.782396183e-4f;
  q = q * a + 4.672751762e-3f;
  q = q * a + -2.617481351e-2f;
  q = q * a + 1.096470729e-1f;
  q = q * a + 6.322860122e-1f;
  q = q * a + 1.129963875f;
  q = q * a + -2.534073719e-4f;
  q = -q;
  NAME(exp)(&q);
  const lanes far = (lanes)((lanes_int)(1.0f - q) | sign);
  const lanes_int small = magnitude < 1.0f;
  *v = (lanes)(((lanes_int)near & small) | ((lanes_int)far & ~small));
}

INLINE void NAME(activate)(lanes *v, int activation) {
  lanes x = *v, t;
  switch (activation) {
    case CKERNELS_RELU:
      // Written so that a NaN stays a NaN.
      *v = (lanes)((lanes_int)x & ~(x < 0.0f));
      break;
    case CKERNELS_GELU:
      t = x * 0.70710678f;
      NAME(erf)(&t);
      *v = (x * 0.5f) * (1.0f + t);
      break;
    case CKERNELS_GELU_TANH:
      t = 1.59576912f * (x + 0.044715f * (x * x * x));
      NAME(sigmoid)(&t);
      *v = x * t;
      break;
    case CKERNELS_QUICK_GELU:
      t = 1.702f * x;
      NAME(sigmoid)(&t);
      *v = x * t;
      break;
    case CKERNELS_TANH: NAME(tanh)(v); break;
    case CKERNELS_SIGMOID: NAME(sigmoid)(v); break;
    case CKERNELS_SILU:
      t = x;
      NAME(sigmoid)(&t);
      *v = x * t;
      break;
    default: break;
  }
}

#define ACTIVATION_LOOP(KIND)                                        \
  for (size_t r = 0; r < rows; r++) {                                \
    float *row = x + r * stride;                                     \
    for (size_t i = 0; i < columns; i += LANES) {                    \
      lanes v, b = {0};                                              \
      NAME(load)(row + i, columns - i, &v);                          \
      if (bias) NAME(load)(bias + i, columns - i, &b);               \
      v += b;                                                        \
      NAME(activate)(&v, KIND);                                      \
      NAME(store)(row + i, columns - i, &v);                         \
    }                                                                \
  }                                                                  \
  break;

static TARGET void NAME(bias_activation)(
    float *x, const float *bias, size_t rows, size_t columns, size_t stride, int activation) {
  switch (activation) {
    case CKERNELS_RELU: ACTIVATION_LOOP(CKERNELS_RELU)
    case CKERNELS_GELU: ACTIVATION_LOOP(CKERNELS_GELU)
    case CKERNELS_GELU_TANH: ACTIVATION_LOOP(CKERNELS_GELU_TANH)
    case CKERNELS_QUICK_GELU: ACTIVATION_LOOP(CKERNELS_QUICK_GELU)
    case CKERNELS_TANH: ACTIVATION_LOOP(CKERNELS_TANH)
    case CKERNELS_SIGMOID: ACTIVATION_LOOP(CKERNELS_SIGMOID)
    case CKERNELS_SILU: ACTIVATION_LOOP(CKERNELS_SILU)
    default: ACTIVATION_LOOP(CKERNELS_IDENTITY)
  }
}
#undef ACTIVATION_LOOP

// Lanes beyond the end of a row are zero in `v`; subtracting the mean must not make them count.
INLINE void NAME(clear_tail)(lanes *v, size_t n) {
  if (n < LANES) {
    float part[LANES];
    memcpy(part, v, sizeof(part));
    for (size_t i = n; i < LANES; i++) part[i] = 0;
    memcpy(v, part, sizeof(part));
  }
}

static TARGET void NAME(layer_norm)(
    const float *x, size_t x_stride, const float *weight, const float *bias, float epsilon,
    size_t rows, size_t columns, float *y, size_t y_stride) {
  for (size_t r = 0; r < rows; r++) {
    const float *row = x + r * x_stride;
    float *out = y + r * y_stride;
    lanes total = {0};
    for (size_t i = 0; i < columns; i += LANES) {
      lanes v;
      NAME(load)(row + i, columns - i, &v);
      total += v;
    }
    const float mean = NAME(sum)(&total) / (float)columns;
    lanes squares = {0};
    for (size_t i = 0; i < columns; i += LANES) {
      lanes v;
      NAME(load)(row + i, columns - i, &v);
      v -= mean;
      NAME(clear_tail)(&v, columns - i);
      squares += v * v;
    }
    const float inverse = 1.0f / sqrtf(NAME(sum)(&squares) / (float)columns + epsilon);
    for (size_t i = 0; i < columns; i += LANES) {
      lanes v, w, b;
      NAME(load)(row + i, columns - i, &v);
      NAME(load)(weight + i, columns - i, &w);
      NAME(load)(bias + i, columns - i, &b);
      v = (v - mean) * inverse * w + b;
      NAME(store)(out + i, columns - i, &v);
    }
  }
}

INLINE float NAME(sum_of_squares)(const float *row, size_t columns) {
  lanes squares = {0};
  for (size_t i = 0; i < columns; i += LANES) {
    lanes v;
    NAME(load)(row + i, columns - i, &v);
    squares += v * v;
  }
  return NAME(sum)(&squares);
}

static TARGET void NAME(rms_norm)(
    const float *x, size_t x_stride, const float *weight, float epsilon, size_t rows,
    size_t columns, float *y, size_t y_stride) {
  for (size_t r = 0; r < rows; r++) {
    const float *row = x + r * x_stride;
    const float mean = NAME(sum_of_squares)(row, columns) / (float)columns;
    const float inverse = 1.0f / sqrtf(mean + epsilon);
    for (size_t i = 0; i < columns; i += LANES) {
      lanes v, w;
      NAME(load)(row + i, columns - i, &v);
      NAME(load)(weight + i, columns - i, &w);
      v = v * inverse * (1.0f + w);
      NAME(store)(y + r * y_stride + i, columns - i, &v);
    }
  }
}

static TARGET void NAME(l2_normalize)(
    float *x, size_t rows, size_t columns, size_t stride, float epsilon) {
  for (size_t r = 0; r < rows; r++) {
    float *row = x + r * stride;
    const float norm = sqrtf(NAME(sum_of_squares)(row, columns));
    const float divisor = norm > epsilon ? norm : epsilon;
    for (size_t i = 0; i < columns; i += LANES) {
      lanes v;
      NAME(load)(row + i, columns - i, &v);
      v /= divisor;
      NAME(store)(row + i, columns - i, &v);
    }
  }
}

static TARGET void NAME(softmax)(float *x, size_t valid, size_t columns) {
  lanes top = (lanes){0} - INFINITY;
  size_t whole = 0;
  for (; whole + LANES <= valid; whole += LANES) {
    lanes v;
    NAME(load)(x + whole, LANES, &v);
    const lanes_int above = v > top;
    top = (lanes)(((lanes_int)v & above) | ((lanes_int)top & ~above));
  }
  float largest = -INFINITY;
  for (int i = 0; i < LANES; i++) largest = top[i] > largest ? top[i] : largest;
  for (size_t i = whole; i < valid; i++) largest = x[i] > largest ? x[i] : largest;
  lanes total = {0};
  for (size_t i = 0; i < valid; i += LANES) {
    lanes v;
    NAME(load)(x + i, valid - i, &v);
    v -= largest;
    NAME(exp)(&v);
    NAME(clear_tail)(&v, valid - i);
    total += v;
    NAME(store)(x + i, valid - i, &v);
  }
  const float inverse = 1.0f / NAME(sum)(&total);
  for (size_t i = 0; i < valid; i += LANES) {
    lanes v;
    NAME(load)(x + i, valid - i, &v);
    v *= inverse;
    NAME(store)(x + i, valid - i, &v);
  }
  for (size_t i = valid; i < columns; i++) x[i] = 0;
}

static TARGET void NAME(multiply)(
    float *x, size_t x_stride, const float *y, size_t y_stride, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < columns; i++) x[r * x_stride + i] *= y[r * y_stride + i];
}

static TARGET void NAME(add)(
    float *x, size_t x_stride, const float *y, size_t y_stride, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < columns; i++) x[r * x_stride + i] += y[r * y_stride + i];
}

static TARGET void NAME(scale)(float *x, float factor, size_t count) {
  for (size_t i = 0; i < count; i++) x[i] *= factor;
}

// One output for `count` rows; two accumulators per row hide the latency of the additions.
INLINE void NAME(dot_output)(
    const float *x, size_t x_stride, const float *w, size_t count, size_t columns, int accumulate,
    float *y, size_t y_stride) {
  lanes even[4] = {{0}}, odd[4] = {{0}};
  size_t i = 0;
  for (; i + 2 * LANES <= columns; i += 2 * LANES) {
    lanes w0, w1;
    NAME(load)(w + i, LANES, &w0);
    NAME(load)(w + i + LANES, LANES, &w1);
    for (size_t k = 0; k < count; k++) {
      lanes x0, x1;
      NAME(load)(x + k * x_stride + i, LANES, &x0);
      NAME(load)(x + k * x_stride + i + LANES, LANES, &x1);
      even[k] += w0 * x0;
      odd[k] += w1 * x1;
    }
  }
  for (; i < columns; i += LANES) {
    lanes w0;
    NAME(load)(w + i, columns - i, &w0);
    for (size_t k = 0; k < count; k++) {
      lanes x0;
      NAME(load)(x + k * x_stride + i, columns - i, &x0);
      even[k] += w0 * x0;
    }
  }
  for (size_t k = 0; k < count; k++) {
    const lanes both = even[k] + odd[k];
    const float total = NAME(sum)(&both);
    y[k * y_stride] = accumulate ? y[k * y_stride] + total : total;
  }
}

static TARGET void NAME(dot_rows)(
    const float *x, size_t x_stride, const float *w, size_t rows, size_t columns, size_t outputs,
    int accumulate, float *y, size_t y_stride) {
  for (size_t r = 0; r < rows; r += 4) {
    const float *in = x + r * x_stride;
    for (size_t n = 0; n < outputs; n++) {
      const float *row = w + n * columns;
      float *out = y + r * y_stride + n;
      // Constant counts, so that the accumulators stay in registers.
      switch (rows - r) {
        case 1: NAME(dot_output)(in, x_stride, row, 1, columns, accumulate, out, y_stride); break;
        case 2: NAME(dot_output)(in, x_stride, row, 2, columns, accumulate, out, y_stride); break;
        case 3: NAME(dot_output)(in, x_stride, row, 3, columns, accumulate, out, y_stride); break;
        default: NAME(dot_output)(in, x_stride, row, 4, columns, accumulate, out, y_stride);
      }
    }
  }
}

static TARGET void NAME(lstm_cell)(
    const float *gates, size_t rows, size_t hidden_size, float *cell, float *hidden) {
  for (size_t r = 0; r < rows; r++) {
    const float *g = gates + r * 4 * hidden_size;
    for (size_t i = 0; i < hidden_size; i += LANES) {
      const size_t n = hidden_size - i;
      lanes in, forget, candidate, out, c, h;
      NAME(load)(g + i, n, &in);
      NAME(load)(g + hidden_size + i, n, &forget);
      NAME(load)(g + 2 * hidden_size + i, n, &candidate);
      NAME(load)(g + 3 * hidden_size + i, n, &out);
      NAME(load)(cell + r * hidden_size + i, n, &c);
      NAME(sigmoid)(&in);
      NAME(sigmoid)(&forget);
      NAME(tanh)(&candidate);
      NAME(sigmoid)(&out);
      c = forget * c + in * candidate;
      h = c;
      NAME(tanh)(&h);
      h *= out;
      NAME(store)(cell + r * hidden_size + i, n, &c);
      NAME(store)(hidden + r * hidden_size + i, n, &h);
    }
  }
}

static TARGET void NAME(widen_bf16)(const uint16_t *x, size_t count, float *y) {
  for (size_t i = 0; i < count; i++) {
    const uint32_t bits = (uint32_t)x[i] << 16;
    memcpy(y + i, &bits, sizeof(bits));
  }
}

// Exponent and mantissa move into place; multiplying by 2^112 rebiases and normalises subnormals.
static TARGET void NAME(widen_f16)(const uint16_t *x, size_t count, float *y) {
  for (size_t i = 0; i < count; i++) {
    const uint32_t half = x[i];
    const uint32_t magnitude = (half & 0x7fff) << 13;
    float value;
    memcpy(&value, &magnitude, sizeof(value));
    value *= 5.192296858534828e33f;
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    bits = (half & 0x7c00) == 0x7c00 ? magnitude | 0x7f800000 : bits;
    bits |= (half & 0x8000) << 16;
    memcpy(y + i, &bits, sizeof(bits));
  }
}

static TARGET size_t NAME(first_nonfinite)(const float *x, size_t count) {
  const size_t block = 4096;
  for (size_t start = 0; start < count; start += block) {
    const size_t end = start + block < count ? start + block : count;
    uint32_t bad = 0;
    for (size_t i = start; i < end; i++) {
      uint32_t bits;
      memcpy(&bits, x + i, sizeof(bits));
      bad |= (bits & 0x7f800000) == 0x7f800000;
    }
    if (!bad) continue;
    for (size_t i = start; i < end; i++)
      if (!isfinite(x[i])) return i;
  }
  return count;
}

#undef INLINE
