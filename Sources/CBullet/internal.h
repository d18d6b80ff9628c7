// What the shim's files share. Bullet's headers are seen only here and below.
#ifndef CBULLET_INTERNAL_H
#define CBULLET_INTERNAL_H

#include <memory>
#include <vector>

#include "BulletDynamics/Featherstone/btMultiBodyDynamicsWorld.h"
#include "btBulletDynamicsCommon.h"
#include "cbullet.h"

static_assert(sizeof(btScalar) == 8, "BT_USE_DOUBLE_PRECISION is missing");

namespace cbullet {

// PyBullet's default collision margin.
constexpr double kMargin = 0.001;

// A collision shape with everything it refers to.
struct Shape {
  std::vector<std::unique_ptr<btCollisionShape>> parts;
  std::unique_ptr<btStridingMeshInterface> mesh;
  std::unique_ptr<btCollisionShape> root;
};

struct Link {
  int parent;
  cbullet_joint_kind joint;
  btTransform parentFromJoint;
  btTransform inertialFrame;
  btQuaternion parentRotationToThis;
  btVector3 pivot;
  btVector3 centerOfMass;
  btVector3 axis;
  double lower;
  double upper;
  double jointDamping;
  double mass;
  btVector3 inertia;
  std::vector<std::shared_ptr<Shape>> shapes;
  std::unique_ptr<btCompoundShape> compound;
  btCollisionShape *collisionShape;
  cbullet_contact_parameters contact;

  bool isMovable() const { return joint != CBULLET_FIXED; }
};

// Links in depth-first order, the base first; immutable after construction.
struct Model {
  std::vector<Link> links;

  bool hasFixedBase() const { return links[0].mass == 0; }
};

// Runs `body`, turning exceptions into a status.
template <typename Body>
cbullet_status guarded(Body body) {
  try {
    return body();
  } catch (...) {
    return CBULLET_FAILURE;
  }
}

}  // namespace cbullet

struct cbullet_shape {
  std::shared_ptr<cbullet::Shape> shape;
};

struct cbullet_model {
  std::shared_ptr<const cbullet::Model> model;
};

#endif
