// A convex hull that finds its farthest vertices several at a time.
#ifndef CBULLET_HULL_SHAPE_H
#define CBULLET_HULL_SHAPE_H

#include <vector>

#include "BulletCollision/CollisionShapes/btConvexHullShape.h"

namespace cbullet {

// Answers as btConvexHullShape does: the first vertex with the largest product, the products
// summed in the same order.
class HullShape : public btConvexHullShape {
 public:
  using btConvexHullShape::btConvexHullShape;

  // Call once all vertices are there; later changes are not seen.
  void finish();

  btVector3 localGetSupportingVertexWithoutMargin(const btVector3 &direction) const override;

 private:
  // x, y and z of four vertices at a time; the last block repeats the last vertex.
  std::vector<double> blocks;
};

}  // namespace cbullet

#endif
