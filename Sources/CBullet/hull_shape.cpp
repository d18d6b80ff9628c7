#include "hull_shape.h"

#include <immintrin.h>

using namespace cbullet;

namespace {

constexpr int kBlock = 4;

// The best of each lane: the product and the index of its vertex.
struct Lanes {
  double product[kBlock];
  double index[kBlock];
};

int firstBest(const Lanes &lanes) {
  int best = 0;
  for (int lane = 1; lane < kBlock; ++lane) {
    const bool isBetter = lanes.product[lane] > lanes.product[best];
    const bool isEarlier = lanes.product[lane] == lanes.product[best] &&
                           lanes.index[lane] < lanes.index[best];
    if (isBetter || isEarlier) best = lane;
  }
  return int(lanes.index[best]);
}

__attribute__((target("avx2"))) int farthestAVX2(
    const double *blocks, int count, const btVector3 &direction) {
  const __m256d dx = _mm256_set1_pd(direction.x());
  const __m256d dy = _mm256_set1_pd(direction.y());
  const __m256d dz = _mm256_set1_pd(direction.z());
  __m256d best = _mm256_set1_pd(-SIMD_INFINITY), bestIndex = _mm256_setzero_pd();
  __m256d index = _mm256_setr_pd(0, 1, 2, 3);
  for (int i = 0; i < count; ++i, blocks += 3 * kBlock) {
    const __m256d xy = _mm256_add_pd(
        _mm256_mul_pd(_mm256_loadu_pd(blocks), dx),
        _mm256_mul_pd(_mm256_loadu_pd(blocks + kBlock), dy));
    const __m256d product =
        _mm256_add_pd(xy, _mm256_mul_pd(_mm256_loadu_pd(blocks + 2 * kBlock), dz));
    const __m256d isBetter = _mm256_cmp_pd(product, best, _CMP_GT_OQ);
    best = _mm256_blendv_pd(best, product, isBetter);
    bestIndex = _mm256_blendv_pd(bestIndex, index, isBetter);
    index = _mm256_add_pd(index, _mm256_set1_pd(kBlock));
  }
  Lanes lanes;
  _mm256_storeu_pd(lanes.product, best);
  _mm256_storeu_pd(lanes.index, bestIndex);
  return firstBest(lanes);
}

__m128d choose(__m128d mask, __m128d yes, __m128d no) {
  return _mm_or_pd(_mm_and_pd(mask, yes), _mm_andnot_pd(mask, no));
}

int farthestSSE2(const double *blocks, int count, const btVector3 &direction) {
  const __m128d dx = _mm_set1_pd(direction.x());
  const __m128d dy = _mm_set1_pd(direction.y());
  const __m128d dz = _mm_set1_pd(direction.z());
  __m128d best[2] = {_mm_set1_pd(-SIMD_INFINITY), _mm_set1_pd(-SIMD_INFINITY)};
  __m128d bestIndex[2] = {_mm_setzero_pd(), _mm_setzero_pd()};
  __m128d index[2] = {_mm_setr_pd(0, 1), _mm_setr_pd(2, 3)};
  for (int i = 0; i < count; ++i, blocks += 3 * kBlock) {
    for (int half = 0; half < 2; ++half) {
      const double *pair = blocks + 2 * half;
      const __m128d xy = _mm_add_pd(
          _mm_mul_pd(_mm_loadu_pd(pair), dx), _mm_mul_pd(_mm_loadu_pd(pair + kBlock), dy));
      const __m128d product = _mm_add_pd(xy, _mm_mul_pd(_mm_loadu_pd(pair + 2 * kBlock), dz));
      const __m128d isBetter = _mm_cmpgt_pd(product, best[half]);
      best[half] = choose(isBetter, product, best[half]);
      bestIndex[half] = choose(isBetter, index[half], bestIndex[half]);
      index[half] = _mm_add_pd(index[half], _mm_set1_pd(kBlock));
    }
  }
  Lanes lanes;
  for (int half = 0; half < 2; ++half) {
    _mm_storeu_pd(lanes.product + 2 * half, best[half]);
    _mm_storeu_pd(lanes.index + 2 * half, bestIndex[half]);
  }
  return firstBest(lanes);
}

}  // namespace

void HullShape::finish() {
  // Bullet answers for its own hull type itself and asks this type.
  m_shapeType = CUSTOM_POLYHEDRAL_SHAPE_TYPE;
  const int count = getNumPoints();
  const int blockCount = (count + kBlock - 1) / kBlock;
  blocks.assign(size_t(blockCount) * 3 * kBlock, 0);
  for (int i = 0; i < blockCount * kBlock; ++i) {
    const btVector3 &vertex = getUnscaledPoints()[i < count ? i : count - 1];
    for (int axis = 0; axis < 3; ++axis) {
      blocks[(i / kBlock * 3 + axis) * kBlock + i % kBlock] = vertex[axis];
    }
  }
}

btVector3 HullShape::localGetSupportingVertexWithoutMargin(const btVector3 &direction) const {
  static const bool hasAVX2 = __builtin_cpu_supports("avx2");
  const btVector3 scaled = direction * m_localScaling;
  const int count = int(blocks.size()) / (3 * kBlock);
  const int index = hasAVX2 ? farthestAVX2(blocks.data(), count, scaled)
                            : farthestSSE2(blocks.data(), count, scaled);
  return getUnscaledPoints()[index] * m_localScaling;
}
