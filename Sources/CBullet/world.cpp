// A world of multibodies with PyBullet's settings.
#include <mutex>

#include "BulletDynamics/Featherstone/btMultiBody.h"
#include "BulletDynamics/Featherstone/btMultiBodyGearConstraint.h"
#include "BulletDynamics/Featherstone/btMultiBodyJointLimitConstraint.h"
#include "BulletDynamics/Featherstone/btMultiBodyJointMotor.h"
#include "BulletDynamics/Featherstone/btMultiBodyLinkCollider.h"
#include "internal.h"
#include "solver.h"

using namespace cbullet;

namespace {

// Proportional gain of PyBullet's position control and velocity gain of both modes.
constexpr double kPositionGain = 0.1;
constexpr double kVelocityGain = 1.0;

// Contact manifolds reserved up front; more come from the heap.
constexpr int kManifoldPool = 512;

// The one global of Bullet whose default is not PyBullet's; the broadphase reads it.
void setGlobals() {
  static std::once_flag once;
  std::call_once(once, [] { gDbvtMargin = 0; });
}

// PyBullet keeps a pair when either side's mask admits the other, Bullet when both do.
struct EitherSideFilter : btOverlapFilterCallback {
  bool needBroadphaseCollision(btBroadphaseProxy *a, btBroadphaseProxy *b) const override {
    return (a->m_collisionFilterGroup & b->m_collisionFilterMask) != 0 ||
           (b->m_collisionFilterGroup & a->m_collisionFilterMask) != 0;
  }
};

struct Body {
  std::shared_ptr<const Model> model;
  std::unique_ptr<btMultiBody> multibody;
  // Base first.
  std::vector<std::unique_ptr<btMultiBodyLinkCollider>> colliders;
  // By link index; null for fixed joints.
  std::vector<btMultiBodyJointMotor *> motors;
  bool hasJointDamping = false;
};

btVector3 position(const cbullet_pose *pose) {
  return btVector3(pose->position[0], pose->position[1], pose->position[2]);
}

btQuaternion orientation(const cbullet_pose *pose) {
  const double *q = pose->orientation;
  return btQuaternion(q[0], q[1], q[2], q[3]);
}

void write(const btVector3 &vector, double out[3]) {
  for (int k = 0; k < 3; ++k) out[k] = vector[k];
}

void write(const btTransform &transform, cbullet_pose *pose) {
  const btQuaternion rotation = transform.getRotation();
  write(transform.getOrigin(), pose->position);
  for (int k = 0; k < 4; ++k) pose->orientation[k] = rotation[k];
}

btDefaultCollisionConstructionInfo poolSizes() {
  btDefaultCollisionConstructionInfo info;
  info.m_defaultMaxPersistentManifoldPoolSize = kManifoldPool;
  info.m_defaultMaxCollisionAlgorithmPoolSize = kManifoldPool;
  return info;
}

}  // namespace

struct cbullet_world {
  double timeStep;
  EitherSideFilter filter;
  btDefaultCollisionConfiguration configuration{poolSizes()};
  btCollisionDispatcher dispatcher{&configuration};
  btHashedOverlappingPairCache pairCache;
  btDbvtBroadphase broadphase{&pairCache};
  Solver solver;
  btMultiBodyDynamicsWorld world{&dispatcher, &broadphase, &solver, &configuration};
  std::vector<Body> bodies;
  // In the order of creation; the world's constraint array has the same order.
  std::vector<std::unique_ptr<btMultiBodyConstraint>> constraints;
  btAlignedObjectArray<btQuaternion> scratchRotations;
  btAlignedObjectArray<btVector3> scratchVectors;

  cbullet_world(const btVector3 &gravity, double timeStep) : timeStep(timeStep) {
    pairCache.setOverlapFilterCallback(&filter);
    broadphase.setVelocityPrediction(0);
    world.setForceUpdateAllAabbs(false);
    world.setGravity(gravity);
    btContactSolverInfo &info = world.getSolverInfo();
    info.m_erp2 = 0.08;
    info.m_linearSlop = 0.00001;
    info.m_numIterations = 50;
    info.m_minimumSolverBatchSize = 0;
    info.m_warmstartingFactor = 0.1;
    info.m_leastSquaresResidualThreshold = 1e-7;
    info.m_numNonContactInnerIterations = 1;
  }

  ~cbullet_world() {
    for (auto &constraint : constraints) world.removeMultiBodyConstraint(constraint.get());
    for (auto body = bodies.rbegin(); body != bodies.rend(); ++body) {
      for (auto &collider : body->colliders) world.removeCollisionObject(collider.get());
      world.removeMultiBody(body->multibody.get());
    }
  }

  cbullet_world(const cbullet_world &) = delete;
  cbullet_world &operator=(const cbullet_world &) = delete;

  const Body *body(int32_t index) const {
    return index >= 0 && index < int32_t(bodies.size()) ? &bodies[index] : nullptr;
  }

  // The motor of a movable joint, null when there is none.
  btMultiBodyJointMotor *motor(int32_t index, int32_t link) const {
    const Body *owner = body(index);
    if (!owner || link < 0 || link >= int32_t(owner->motors.size())) return nullptr;
    return owner->motors[link];
  }

  template <typename Constraint>
  Constraint *addConstraint(std::unique_ptr<Constraint> constraint) {
    Constraint *added = constraint.get();
    world.addMultiBodyConstraint(added);
    constraints.push_back(std::move(constraint));
    return added;
  }

  // Bounding boxes are refreshed at once, as every reset command of PyBullet does: the
  // broadphase creates pairs here, and their order decides the solver's.
  void refresh(const Body &body) {
    body.multibody->forwardKinematics(scratchRotations, scratchVectors);
    body.multibody->updateCollisionObjectWorldTransforms(scratchRotations, scratchVectors);
    for (auto &collider : body.colliders) world.updateSingleAabb(collider.get());
  }

  int32_t add(const std::shared_ptr<const Model> &model, const btTransform &worldFromBase);
  void addCollider(Body &body, int linkIndex, const btTransform &worldFromLink);
  void setUpJoint(Body &body, int linkIndex);
  bool isFixedToBase(const Body &body, int linkIndex) const;
};

bool cbullet_world::isFixedToBase(const Body &body, int linkIndex) const {
  // Stops before testing link 0 through a descendant, as PyBullet's importer does.
  do {
    const Link &link = body.model->links[linkIndex + 1];
    if (link.isMovable()) return false;
    linkIndex = link.parent;
  } while (linkIndex > 0);
  return true;
}

void cbullet_world::setUpJoint(Body &body, int linkIndex) {
  const Link &link = body.model->links[linkIndex + 1];
  btMultiBody &multibody = *body.multibody;
  multibody.getLink(linkIndex).m_jointDamping = link.jointDamping;
  multibody.getLink(linkIndex).m_jointLowerLimit = link.lower;
  multibody.getLink(linkIndex).m_jointUpperLimit = link.upper;
  body.hasJointDamping = body.hasJointDamping || link.jointDamping != 0;
  switch (link.joint) {
    case CBULLET_FIXED:
      multibody.setupFixed(
          linkIndex, link.mass, link.inertia, link.parent, link.parentRotationToThis, link.pivot,
          link.centerOfMass);
      return;
    case CBULLET_REVOLUTE:
    case CBULLET_CONTINUOUS:
      multibody.setupRevolute(
          linkIndex, link.mass, link.inertia, link.parent, link.parentRotationToThis, link.axis,
          link.pivot, link.centerOfMass, true);
      break;
    case CBULLET_PRISMATIC:
      multibody.setupPrismatic(
          linkIndex, link.mass, link.inertia, link.parent, link.parentRotationToThis, link.axis,
          link.pivot, link.centerOfMass, true);
      break;
  }
  if (link.joint != CBULLET_CONTINUOUS && link.lower <= link.upper) {
    addConstraint(std::make_unique<btMultiBodyJointLimitConstraint>(
        &multibody, linkIndex, link.lower, link.upper));
  }
}

void cbullet_world::addCollider(Body &body, int linkIndex, const btTransform &worldFromLink) {
  const Link &link = body.model->links[linkIndex + 1];
  const cbullet_contact_parameters &contact = link.contact;
  const bool fixedBase = body.model->hasFixedBase();
  auto collider = std::make_unique<btMultiBodyLinkCollider>(body.multibody.get(), linkIndex);
  collider->setCollisionShape(link.collisionShape);
  // The link frame, not the centre of mass: the first bounding box is taken here.
  collider->setWorldTransform(worldFromLink);
  const bool isStatic = linkIndex < 0 && fixedBase;
  world.addCollisionObject(
      collider.get(),
      isStatic ? int(btBroadphaseProxy::StaticFilter) : int(btBroadphaseProxy::DefaultFilter),
      isStatic ? int(btBroadphaseProxy::AllFilter ^ btBroadphaseProxy::StaticFilter)
               : int(btBroadphaseProxy::AllFilter));
  collider->setFriction(contact.lateral_friction);
  if (contact.has_restitution) collider->setRestitution(contact.restitution);
  if (contact.has_rolling_friction) collider->setRollingFriction(contact.rolling_friction);
  if (contact.has_spinning_friction) collider->setSpinningFriction(contact.spinning_friction);
  if (contact.has_stiffness_and_damping) {
    collider->setContactStiffnessAndDamping(contact.stiffness, contact.damping);
  }
  int flags = collider->getCollisionFlags();
  if (contact.has_friction_anchor) flags |= btCollisionObject::CF_HAS_FRICTION_ANCHOR;
  if (fixedBase && (linkIndex < 0 || isFixedToBase(body, linkIndex))) {
    flags |= btCollisionObject::CF_STATIC_OBJECT;
  }
  collider->setCollisionFlags(flags);
  if (linkIndex < 0) {
    body.multibody->setBaseCollider(collider.get());
  } else {
    body.multibody->getLink(linkIndex).m_collider = collider.get();
  }
  body.colliders.push_back(std::move(collider));
}

int32_t cbullet_world::add(
    const std::shared_ptr<const Model> &model, const btTransform &worldFromBase) {
  const int linkCount = int(model->links.size()) - 1;
  const Link &base = model->links[0];
  const int32_t id = int32_t(bodies.size());
  Body &body = bodies.emplace_back();
  body.model = model;
  body.multibody = std::make_unique<btMultiBody>(
      linkCount, base.mass, base.inertia, model->hasFixedBase(), false);
  body.multibody->setUserIndex2(id);
  body.colliders.reserve(model->links.size());

  std::vector<btTransform> worldFromLinks(model->links.size());
  worldFromLinks[0] = worldFromBase;
  addCollider(body, -1, worldFromLinks[0]);
  for (int i = 0; i < linkCount; ++i) {
    const Link &link = model->links[i + 1];
    worldFromLinks[i + 1] = worldFromLinks[link.parent + 1] * link.parentFromJoint;
    setUpJoint(body, i);
    addCollider(body, i, worldFromLinks[i + 1]);
  }

  body.multibody->setHasSelfCollision(false);
  body.multibody->finalizeMultiDof();
  body.multibody->setBaseWorldTransform(worldFromBase * base.inertialFrame);
  body.multibody->forwardKinematics(scratchRotations, scratchVectors);
  body.multibody->updateCollisionObjectWorldTransforms(scratchRotations, scratchVectors);
  world.addMultiBody(body.multibody.get());

  body.motors.assign(linkCount, nullptr);
  for (int i = 0; i < linkCount; ++i) {
    if (!model->links[i + 1].isMovable()) continue;
    auto motor = std::make_unique<btMultiBodyJointMotor>(body.multibody.get(), i, 0, 0, 1.0);
    motor->setPositionTarget(0, 0);
    motor->setVelocityTarget(0, 1);
    body.motors[i] = addConstraint(std::move(motor));
    body.motors[i]->finalizeMultiDof();
  }
  return id;
}

cbullet_status cbullet_world_create(
    const double gravity[3], double time_step, cbullet_world **world) {
  return guarded([&] {
    setGlobals();
    *world = new cbullet_world(btVector3(gravity[0], gravity[1], gravity[2]), time_step);
    return CBULLET_OK;
  });
}

void cbullet_world_destroy(cbullet_world *world) { delete world; }

cbullet_status cbullet_world_add_body(
    cbullet_world *world, const cbullet_model *model, const cbullet_pose *pose, int32_t *body) {
  return guarded([&] {
    btTransform worldFromBase;
    worldFromBase.setOrigin(position(pose));
    worldFromBase.setRotation(orientation(pose));
    *body = world->add(model->model, worldFromBase);
    return CBULLET_OK;
  });
}

cbullet_status cbullet_world_add_gear(
    cbullet_world *world, int32_t index, int32_t link_a, int32_t link_b, double ratio,
    double erp, double max_force) {
  return guarded([&] {
    if (!world->motor(index, link_a) || !world->motor(index, link_b)) {
      return CBULLET_INVALID_ARGUMENT;
    }
    btMultiBody *multibody = world->bodies[index].multibody.get();
    const btVector3 origin(0, 0, 0);
    const btMatrix3x3 identity = btMatrix3x3::getIdentity();
    auto *gear = world->addConstraint(std::make_unique<btMultiBodyGearConstraint>(
        multibody, link_a, multibody, link_b, origin, origin, identity, identity));
    gear->setMaxAppliedImpulse(max_force * world->timeStep);
    gear->setGearRatio(ratio);
    gear->setErp(erp);
    return CBULLET_OK;
  });
}

cbullet_status cbullet_world_set_position_motor(
    cbullet_world *world, int32_t body, int32_t link, double target, double force,
    double max_velocity) {
  btMultiBodyJointMotor *motor = world->motor(body, link);
  if (!motor) return CBULLET_INVALID_ARGUMENT;
  const Link &joint = world->bodies[body].model->links[link + 1];
  if (max_velocity > 0) motor->setRhsClamp(max_velocity);
  motor->setVelocityTarget(0, kVelocityGain);
  if (joint.lower <= joint.upper) btClamp(target, joint.lower, joint.upper);
  motor->setPositionTarget(target, kPositionGain);
  motor->setMaxAppliedImpulse(force * world->timeStep);
  return CBULLET_OK;
}

cbullet_status cbullet_world_set_velocity_motor(
    cbullet_world *world, int32_t body, int32_t link, double force) {
  btMultiBodyJointMotor *motor = world->motor(body, link);
  if (!motor) return CBULLET_INVALID_ARGUMENT;
  motor->setVelocityTarget(0, kVelocityGain);
  motor->setPositionTarget(0, 0);
  motor->setRhsClamp(SIMD_INFINITY);
  motor->setMaxAppliedImpulse(force * world->timeStep);
  return CBULLET_OK;
}

cbullet_status cbullet_world_reset_joint(
    cbullet_world *world, int32_t body, int32_t link, double position) {
  if (!world->motor(body, link)) return CBULLET_INVALID_ARGUMENT;
  Body &owner = world->bodies[body];
  owner.multibody->setJointPos(link, position);
  owner.multibody->setJointVel(link, 0);
  world->refresh(owner);
  return CBULLET_OK;
}

cbullet_status cbullet_world_reset_base(
    cbullet_world *world, int32_t body, const cbullet_pose *pose) {
  if (!world->body(body)) return CBULLET_INVALID_ARGUMENT;
  Body &owner = world->bodies[body];
  owner.multibody->setBaseVel(btVector3(0, 0, 0));
  owner.multibody->setBasePos(position(pose));
  owner.multibody->setBaseOmega(btVector3(0, 0, 0));
  owner.multibody->setWorldToBaseRot(orientation(pose).inverse());
  world->refresh(owner);
  return CBULLET_OK;
}

cbullet_status cbullet_world_step(cbullet_world *world) {
  return guarded([&] {
    for (Body &body : world->bodies) {
      if (!body.hasJointDamping) continue;
      for (int i = 0; i < body.multibody->getNumLinks(); ++i) {
        const btMultibodyLink &link = body.multibody->getLink(i);
        for (int dof = 0; dof < link.m_dofCount; ++dof) {
          const double velocity = body.multibody->getJointVelMultiDof(i)[dof];
          body.multibody->addJointTorqueMultiDof(i, dof, -link.m_jointDamping * velocity);
        }
      }
    }
    world->world.stepSimulation(world->timeStep, 0);
    return CBULLET_OK;
  });
}

cbullet_status cbullet_world_get_joints(
    const cbullet_world *world, int32_t index, double *positions, double *velocities,
    int32_t count) {
  const Body *body = world->body(index);
  if (!body || count != int32_t(body->motors.size())) return CBULLET_INVALID_ARGUMENT;
  for (int32_t i = 0; i < count; ++i) {
    const bool movable = body->motors[i] != nullptr;
    positions[i] = movable ? body->multibody->getJointPos(i) : 0;
    velocities[i] = movable ? body->multibody->getJointVel(i) : 0;
  }
  return CBULLET_OK;
}

cbullet_status cbullet_world_get_base_pose(
    const cbullet_world *world, int32_t index, cbullet_pose *pose) {
  const Body *body = world->body(index);
  if (!body) return CBULLET_INVALID_ARGUMENT;
  // Through a matrix and back, as PyBullet reports it.
  btTransform transform;
  transform.setOrigin(body->multibody->getBasePos());
  transform.setRotation(body->multibody->getWorldToBaseRot().inverse());
  write(transform, pose);
  return CBULLET_OK;
}

cbullet_status cbullet_world_get_base_velocity(
    const cbullet_world *world, int32_t index, double linear[3], double angular[3]) {
  const Body *body = world->body(index);
  if (!body) return CBULLET_INVALID_ARGUMENT;
  write(body->multibody->getBaseVel(), linear);
  write(body->multibody->getBaseOmega(), angular);
  return CBULLET_OK;
}

cbullet_status cbullet_world_get_link_pose(
    const cbullet_world *world, int32_t index, int32_t link, cbullet_pose *pose) {
  const Body *body = world->body(index);
  if (!body || link < 0 || link >= int32_t(body->motors.size())) {
    return CBULLET_INVALID_ARGUMENT;
  }
  write(body->multibody->getLink(link).m_cachedWorldTransform, pose);
  return CBULLET_OK;
}

cbullet_status cbullet_world_get_collider_poses(
    const cbullet_world *world, int32_t index, cbullet_pose *poses, int32_t count) {
  const Body *body = world->body(index);
  if (!body || count != int32_t(body->colliders.size())) return CBULLET_INVALID_ARGUMENT;
  for (int32_t i = 0; i < count; ++i) {
    write(body->colliders[i]->getWorldTransform(), poses + i);
  }
  return CBULLET_OK;
}

cbullet_status cbullet_world_get_contacts(
    const cbullet_world *world, cbullet_contact *contacts, int32_t capacity, int32_t *count) {
  const btCollisionDispatcher &dispatcher = world->dispatcher;
  int32_t found = 0;
  for (int i = 0; i < dispatcher.getNumManifolds(); ++i) {
    const btPersistentManifold *manifold =
        const_cast<btCollisionDispatcher &>(dispatcher).getManifoldByIndexInternal(i);
    if (manifold->getNumContacts() == 0) continue;
    const auto *a = static_cast<const btMultiBodyLinkCollider *>(manifold->getBody0());
    const auto *b = static_cast<const btMultiBodyLinkCollider *>(manifold->getBody1());
    if (found < capacity) {
      contacts[found] = {
          a->m_multiBody->getUserIndex2(), b->m_multiBody->getUserIndex2(), a->m_link,
          b->m_link};
    }
    ++found;
  }
  *count = found;
  return found <= capacity ? CBULLET_OK : CBULLET_BUFFER_TOO_SMALL;
}

cbullet_status cbullet_world_get_contact_points(
    const cbullet_world *world, cbullet_contact_point *points, int32_t capacity, int32_t *count) {
  const btCollisionDispatcher &dispatcher = world->dispatcher;
  int32_t found = 0;
  for (int i = 0; i < dispatcher.getNumManifolds(); ++i) {
    const btPersistentManifold *manifold =
        const_cast<btCollisionDispatcher &>(dispatcher).getManifoldByIndexInternal(i);
    const auto *a = static_cast<const btMultiBodyLinkCollider *>(manifold->getBody0());
    const auto *b = static_cast<const btMultiBodyLinkCollider *>(manifold->getBody1());
    for (int p = 0; p < manifold->getNumContacts(); ++p, ++found) {
      if (found >= capacity) continue;
      const btManifoldPoint &from = manifold->getContactPoint(p);
      cbullet_contact_point &to = points[found];
      to.sides = {
          a->m_multiBody->getUserIndex2(), b->m_multiBody->getUserIndex2(), a->m_link, b->m_link};
      write(from.getPositionWorldOnA(), to.position_on_a);
      write(from.getPositionWorldOnB(), to.position_on_b);
      write(from.m_normalWorldOnB, to.normal_on_b);
      to.distance = from.getDistance();
      to.normal_force = from.getAppliedImpulse() / world->timeStep;
      to.lateral_friction1 = from.m_appliedImpulseLateral1 / world->timeStep;
      write(from.m_lateralFrictionDir1, to.lateral_direction1);
      to.lateral_friction2 = from.m_appliedImpulseLateral2 / world->timeStep;
      write(from.m_lateralFrictionDir2, to.lateral_direction2);
    }
  }
  *count = found;
  return found <= capacity ? CBULLET_OK : CBULLET_BUFFER_TOO_SMALL;
}
