// Collision shapes, each step in the order in which PyBullet's importer takes it: hull vertices,
// margins and cached bounds depend on that order to the last bit.
#include "BulletCollision/CollisionShapes/btBvhTriangleMeshShape.h"
#include "BulletCollision/CollisionShapes/btTriangleMesh.h"
#include "hull_shape.h"
#include "internal.h"

using namespace cbullet;

namespace {

btVector3 vectorAt(const double *values) { return btVector3(values[0], values[1], values[2]); }

std::vector<btVector3> vectors(const double *points, int count) {
  std::vector<btVector3> result;
  result.reserve(count);
  for (int i = 0; i < count; ++i) result.push_back(vectorAt(points + 3 * i));
  return result;
}

// Wraps a finished shape into a handle.
cbullet_status finish(std::unique_ptr<Shape> shape, cbullet_shape **out) {
  *out = new cbullet_shape{std::shared_ptr<Shape>(std::move(shape))};
  return CBULLET_OK;
}

}  // namespace

cbullet_status cbullet_shape_create_box(const double size[3], cbullet_shape **out) {
  return guarded([&] {
    auto shape = std::make_unique<Shape>();
    shape->root = std::make_unique<btBoxShape>(vectorAt(size) * 0.5);
    // After construction with the safe margin: the implicit dimensions carry its rounding.
    shape->root->setMargin(kMargin);
    return finish(std::move(shape), out);
  });
}

cbullet_status cbullet_shape_create_sphere(double radius, cbullet_shape **out) {
  return guarded([&] {
    auto shape = std::make_unique<Shape>();
    shape->root = std::make_unique<btSphereShape>(radius);
    shape->root->setMargin(kMargin);
    return finish(std::move(shape), out);
  });
}

cbullet_status cbullet_shape_create_cylinder(
    double radius, double length, cbullet_shape **out) {
  return guarded([&] {
    constexpr int sides = 32;
    const double half = 0.5 * length;
    std::vector<btVector3> points;
    for (int i = 0; i < sides; ++i) {
      const double angle = SIMD_2_PI * (float(i) / sides);
      const double x = radius * btSin(angle), y = radius * btCos(angle);
      points.emplace_back(x, y, half);
      points.emplace_back(x, y, -half);
    }
    auto hull = std::make_unique<HullShape>(
        &points[0].x(), int(points.size()), int(sizeof(btVector3)));
    hull->setMargin(kMargin);
    hull->recalcLocalAabb();
    hull->optimizeConvexHull();
    hull->finish();
    auto shape = std::make_unique<Shape>();
    shape->root = std::move(hull);
    return finish(std::move(shape), out);
  });
}

cbullet_status cbullet_shape_create_hull_compound(
    const double *points, const int32_t *point_counts, int32_t hull_count,
    cbullet_shape **out) {
  return guarded([&] {
    auto shape = std::make_unique<Shape>();
    auto compound = std::make_unique<btCompoundShape>();
    compound->setMargin(kMargin);
    for (int32_t i = 0; i < hull_count; ++i) {
      auto hull = std::make_unique<HullShape>();
      hull->setMargin(kMargin);
      for (int32_t k = 0; k < point_counts[i]; ++k, points += 3) {
        hull->addPoint(vectorAt(points), false);
      }
      hull->recalcLocalAabb();
      hull->optimizeConvexHull();
      hull->finish();
      compound->addChildShape(btTransform::getIdentity(), hull.get());
      shape->parts.push_back(std::move(hull));
    }
    shape->root = std::move(compound);
    return finish(std::move(shape), out);
  });
}

cbullet_status cbullet_shape_create_hull(
    const double *points, int32_t point_count, cbullet_shape **out) {
  return guarded([&] {
    if (point_count <= 0) return CBULLET_INVALID_ARGUMENT;
    const auto vertices = vectors(points, point_count);
    auto hull = std::make_unique<HullShape>(
        &vertices[0].x(), point_count, int(sizeof(btVector3)));
    hull->optimizeConvexHull();
    hull->setMargin(kMargin);
    hull->recalcLocalAabb();
    hull->finish();
    auto shape = std::make_unique<Shape>();
    shape->root = std::move(hull);
    return finish(std::move(shape), out);
  });
}

cbullet_status cbullet_shape_create_mesh(
    const double *points, int32_t triangle_count, cbullet_shape **out) {
  return guarded([&] {
    if (triangle_count <= 0) return CBULLET_INVALID_ARGUMENT;
    auto triangles = std::make_unique<btTriangleMesh>();
    for (int32_t i = 0; i < triangle_count; ++i, points += 9) {
      triangles->addTriangle(vectorAt(points), vectorAt(points + 3), vectorAt(points + 6));
    }
    auto shape = std::make_unique<Shape>();
    shape->root = std::make_unique<btBvhTriangleMeshShape>(triangles.get(), true, true);
    shape->mesh = std::move(triangles);
    return finish(std::move(shape), out);
  });
}

void cbullet_shape_destroy(cbullet_shape *shape) { delete shape; }
