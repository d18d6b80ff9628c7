// A URDF model converted to Bullet's multibody terms.
#include "internal.h"

using namespace cbullet;

namespace {

btTransform transform(const cbullet_origin &origin) {
  btTransform result = btTransform::getIdentity();
  result.setOrigin(btVector3(origin.position[0], origin.position[1], origin.position[2]));
  if (origin.has_angles) {
    const double roll = origin.roll_pitch_yaw[0] / 2.0;
    const double pitch = origin.roll_pitch_yaw[1] / 2.0;
    const double yaw = origin.roll_pitch_yaw[2] / 2.0;
    const double sr = sin(roll), cr = cos(roll);
    const double sp = sin(pitch), cp = cos(pitch);
    const double sy = sin(yaw), cy = cos(yaw);
    btQuaternion rotation(
        sr * cp * cy - cr * sp * sy, cr * sp * cy + sr * cp * sy,
        cr * cp * sy - sr * sp * cy, cr * cp * cy + sr * sp * sy);
    rotation.normalize();
    result.setRotation(rotation);
  }
  return result;
}

// Puts the collision shapes into the link's centre-of-mass frame; a single shape that needs no
// transform is used directly.
void attachShapes(Link &link, const cbullet_link &source) {
  auto compound = std::make_unique<btCompoundShape>();
  compound->setMargin(source.compound_margin);
  const btTransform inertialInverse = link.inertialFrame.inverse();
  for (int32_t i = 0; i < source.collision_count; ++i) {
    const cbullet_collision &collision = source.collisions[i];
    compound->addChildShape(
        inertialInverse * transform(collision.origin), collision.shape->shape->root.get());
    link.shapes.push_back(collision.shape->shape);
  }
  link.collisionShape = compound.get();
  if (compound->getNumChildShapes() == 1 &&
      compound->getChildTransform(0) == btTransform::getIdentity()) {
    link.collisionShape = compound->getChildShape(0);
  }
  link.compound = std::move(compound);
}

void placeJoint(Link &link, const Link &parent) {
  const btTransform offsetInParent = parent.inertialFrame.inverse() * link.parentFromJoint;
  const btTransform offsetInThis = link.inertialFrame.inverse();
  link.parentRotationToThis =
      offsetInThis.getRotation() * offsetInParent.inverse().getRotation();
  link.axis = quatRotate(offsetInThis.getRotation(), link.axis);
  link.pivot = offsetInParent.getOrigin();
  link.centerOfMass = -offsetInThis.getOrigin();
}

}  // namespace

cbullet_status cbullet_model_create(
    const cbullet_link *links, int32_t count, bool fixed_base, cbullet_model **out) {
  return guarded([&] {
    if (count <= 0) return CBULLET_INVALID_ARGUMENT;
    auto model = std::make_shared<Model>();
    model->links.resize(count);
    for (int32_t i = 0; i < count; ++i) {
      const cbullet_link &source = links[i];
      // Depth-first order: a parent precedes its children (entry i is link i - 1).
      if (i > 0 && (source.parent < -1 || source.parent >= i - 1)) {
        return CBULLET_INVALID_ARGUMENT;
      }
      Link &link = model->links[i];
      link.parent = i == 0 ? -1 : source.parent;
      link.joint = i == 0 ? CBULLET_FIXED : source.joint;
      link.parentFromJoint = transform(source.joint_origin);
      link.inertialFrame = transform(source.inertial_origin);
      link.axis = btVector3(source.axis[0], source.axis[1], source.axis[2]);
      link.lower = source.lower;
      link.upper = source.upper;
      link.jointDamping = source.joint_damping;
      link.mass = i == 0 && fixed_base ? 0 : source.mass;
      link.inertia = btVector3(0, 0, 0);
      link.contact = source.contact;
      attachShapes(link, source);
      if (link.mass != 0) {
        link.collisionShape->calculateLocalInertia(link.mass, link.inertia);
      }
      if (i > 0) placeJoint(link, model->links[source.parent + 1]);
    }
    *out = new cbullet_model{std::move(model)};
    return CBULLET_OK;
  });
}

void cbullet_model_destroy(cbullet_model *model) { delete model; }

cbullet_status cbullet_model_get_inertia(
    const cbullet_model *model, int32_t index, double inertia[3]) {
  if (index < -1 || index + 1 >= int32_t(model->model->links.size())) {
    return CBULLET_INVALID_ARGUMENT;
  }
  for (int k = 0; k < 3; ++k) inertia[k] = model->model->links[index + 1].inertia[k];
  return CBULLET_OK;
}
