// Vectors of LANES numbers; included once per instruction set inside a namespace of its own.

typedef float F __attribute__((vector_size(4 * LANES)));
typedef int32_t I __attribute__((vector_size(4 * LANES)));
typedef uint32_t U __attribute__((vector_size(4 * LANES)));
typedef uint16_t H __attribute__((vector_size(2 * LANES)));
typedef int64_t L __attribute__((vector_size(8 * LANES)));
typedef uint64_t Q __attribute__((vector_size(8 * LANES)));

INLINE F splat(float x) { return x - F{}; }
INLINE I splati(int32_t x) { return x - I{}; }

template <typename V, typename T> INLINE V load(const T *p) {
  V v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
template <typename V, typename T> INLINE void store(T *p, V v) { __builtin_memcpy(p, &v, sizeof v); }

// 0, 1, 2 and so on.
INLINE I iota() {
  I result;
  for (int lane = 0; lane < LANES; lane++) result[lane] = lane;
  return result;
}

INLINE F choose(I mask, F a, F b) { return mask ? a : b; }
INLINE I choose(I mask, I a, I b) { return mask ? a : b; }
INLINE F min(F a, F b) { return choose(a < b, a, b); }
INLINE F max(F a, F b) { return choose(a > b, a, b); }
INLINE I min(I a, I b) { return choose(a < b, a, b); }
INLINE I max(I a, I b) { return choose(a > b, a, b); }
INLINE F to_float(I a) { return __builtin_convertvector(a, F); }
INLINE I truncate(F a) { return __builtin_convertvector(a, I); }
INLINE F root(F a) { return __builtin_elementwise_sqrt(a); }
INLINE F absolute(F a) { return max(a, -a); }

// Nearest integer, ties to even, for |a| < 2^22.
INLINE I round_even(F a) { return truncate((a + 12582912.0f) - 12582912.0f); }

INLINE I floor_int(F a) {
  I t = truncate(a);
  return t + (I)(to_float(t) > a);
}

INLINE bool any(I mask) {
#if LANES == 16
  return _mm512_test_epi32_mask((__m512i)mask, (__m512i)mask) != 0;
#elif LANES == 8
  return _mm256_movemask_ps((__m256)mask) != 0;
#else
  return _mm_movemask_ps((__m128)mask) != 0;
#endif
}

// One bit per lane whose mask is all ones.
INLINE unsigned bits(I mask) {
#if LANES == 16
  return _mm512_movepi32_mask((__m512i)mask);
#elif LANES == 8
  return (unsigned)_mm256_movemask_ps((__m256)mask);
#else
  return (unsigned)_mm_movemask_ps((__m128)mask);
#endif
}

INLINE I gather(const int32_t *base, I index) {
#if LANES == 16
  return (I)_mm512_i32gather_epi32((__m512i)index, base, 4);
#elif LANES == 8
  return (I)_mm256_i32gather_epi32(base, (__m256i)index, 4);
#else
  I result;
  for (int lane = 0; lane < LANES; lane++) result[lane] = base[index[lane]];
  return result;
#endif
}

INLINE F gather(const float *base, I index) {
  return (F)gather(reinterpret_cast<const int32_t *>(base), index);
}

// Two neighbouring 16-bit numbers per lane, the first in the low half.
INLINE I gather_pair(const uint16_t *base, I index) {
#if LANES == 16
  return (I)_mm512_i32gather_epi32((__m512i)index, base, 2);
#elif LANES == 8
  return (I)_mm256_i32gather_epi32(reinterpret_cast<const int32_t *>(base), (__m256i)index, 2);
#else
  I result;
  for (int lane = 0; lane < LANES; lane++) {
    int32_t word;
    __builtin_memcpy(&word, base + index[lane], 4);
    result[lane] = word;
  }
  return result;
#endif
}

// Two neighbouring numbers per lane.
INLINE void gather_two(const uint32_t *base, I index, I &first, I &second) {
#if LANES == 16
  __m512i low = _mm512_i32gather_epi64(_mm512_castsi512_si256((__m512i)index), base, 4);
  __m512i high = _mm512_i32gather_epi64(_mm512_extracti64x4_epi64((__m512i)index, 1), base, 4);
  first = __builtin_shufflevector((I)low, (I)high, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24,
                                  26, 28, 30);
  second = __builtin_shufflevector((I)low, (I)high, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25,
                                   27, 29, 31);
#elif LANES == 8
  auto pairs = reinterpret_cast<const long long *>(base);
  __m256i low = _mm256_i32gather_epi64(pairs, _mm256_castsi256_si128((__m256i)index), 4);
  __m256i high = _mm256_i32gather_epi64(pairs, _mm256_extracti128_si256((__m256i)index, 1), 4);
  first = __builtin_shufflevector((I)low, (I)high, 0, 2, 4, 6, 8, 10, 12, 14);
  second = __builtin_shufflevector((I)low, (I)high, 1, 3, 5, 7, 9, 11, 13, 15);
#else
  for (int lane = 0; lane < LANES; lane++) {
    first[lane] = int32_t(base[index[lane]]);
    second[lane] = int32_t(base[index[lane] + 1]);
  }
#endif
}

// A table of 8 numbers; with AVX2 and AVX-512 it stays in a register.
struct Table8 {
#if LANES == 16
  __m512i all;
  METHOD explicit Table8(const int32_t *p)
      : all(_mm512_broadcast_i64x4(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(p)))) {}
  METHOD I at(I index) const { return (I)_mm512_permutexvar_epi32((__m512i)index, all); }
#elif LANES == 8
  __m256i all;
  METHOD explicit Table8(const int32_t *p)
      : all(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(p))) {}
  METHOD I at(I index) const { return (I)_mm256_permutevar8x32_epi32(all, (__m256i)index); }
#else
  const int32_t *base;
  METHOD explicit Table8(const int32_t *p) : base(p) {}
  METHOD I at(I index) const { return gather(base, index); }
#endif
};

// A table of 16 numbers; with AVX-512 it stays in a register.
struct Table16 {
#if LANES == 16
  __m512i all;
  METHOD explicit Table16(const int32_t *p) : all(_mm512_loadu_si512(p)) {}
  METHOD I at(I index) const { return (I)_mm512_permutexvar_epi32((__m512i)index, all); }
#else
  const int32_t *base;
  METHOD explicit Table16(const int32_t *p) : base(p) {}
  METHOD I at(I index) const { return gather(base, index); }
#endif
};

// A table of 64 numbers; with AVX-512 it stays in registers.
struct Table64 {
#if LANES == 16
  __m512i part[4];
  METHOD explicit Table64(const int32_t *p) {
    for (int i = 0; i < 4; i++) part[i] = _mm512_load_si512(p + 16 * i);
  }
  METHOD I at(I index) const {
    __m512i low = _mm512_permutex2var_epi32(part[0], (__m512i)index, part[1]);
    __m512i high = _mm512_permutex2var_epi32(part[2], (__m512i)index, part[3]);
    return (I)_mm512_mask_blend_epi32(_mm512_test_epi32_mask((__m512i)index, _mm512_set1_epi32(32)),
                                      low, high);
  }
#else
  const int32_t *base;
  METHOD explicit Table64(const int32_t *p) : base(p) {}
  METHOD I at(I index) const { return gather(base, index); }
#endif
  METHOD explicit Table64(const float *p) : Table64(reinterpret_cast<const int32_t *>(p)) {}
};

// LANES bytes as integers.
INLINE I load_bytes(const uint8_t *p) {
  typedef uint8_t B __attribute__((vector_size(LANES)));
  return __builtin_convertvector(load<B>(p), I);
}
