#include "cbullet_hull.h"

#include <cmath>
#include <exception>
#include <memory>
#include <vector>

#include <BulletCollision/CollisionShapes/btShapeHull.h>
#include <btBulletCollisionCommon.h>

static_assert(sizeof(btScalar) == 8, "float64 Bullet is required");

namespace {

// PyBullet tessellates cylinders with this many steps before it takes their hull.
constexpr int steps = 32;

std::unique_ptr<btConvexShape> make_shape(cbullet_hull_kind kind, const double size[3]) {
  switch (kind) {
  case CBULLET_HULL_BOX:
    return std::make_unique<btBoxShape>(btVector3(size[0], size[1], size[2]) * 0.5f);
  case CBULLET_HULL_CYLINDER: {
    std::vector<btScalar> points;
    for (int i = 0; i < steps; i++) {
      btScalar angle = SIMD_2_PI * (float(i) / steps);
      for (btScalar z : {size[1] / 2., -size[1] / 2.}) {
        points.insert(points.end(), {size[0] * btSin(angle), size[0] * btCos(angle), z, 0});
      }
    }
    return std::make_unique<btConvexHullShape>(points.data(), 2 * steps, 4 * sizeof(btScalar));
  }
  case CBULLET_HULL_SPHERE:
    return std::make_unique<btSphereShape>(size[0]);
  }
  return nullptr;
}

} // namespace

int cbullet_hull_build(cbullet_hull_kind kind, const double size[3], double *vertices,
                       int *vertex_count, int *indices, int *index_count) try {
  auto shape = make_shape(kind, size);
  if (!shape) return 1;
  shape->setMargin(0.001);
  btShapeHull hull(shape.get());
  if (!hull.buildHull(0.0)) return 1;
  if (hull.numVertices() > CBULLET_HULL_MAX_VERTICES) return 1;
  if (hull.numIndices() > CBULLET_HULL_MAX_INDICES) return 1;
  for (int i = 0; i < hull.numVertices(); i++) {
    for (int axis = 0; axis < 3; axis++) vertices[3 * i + axis] = hull.getVertexPointer()[i][axis];
  }
  for (int i = 0; i < hull.numIndices(); i++) indices[i] = int(hull.getIndexPointer()[i]);
  *vertex_count = hull.numVertices();
  *index_count = hull.numIndices();
  return 0;
} catch (const std::exception &) {
  return 1;
}
