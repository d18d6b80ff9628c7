// Two functions of Bullet's multibodies that take a large part of a step, defined once more: the
// symbols of a program, or of a library opened by one, come before those of the libraries it needs,
// so Bullet itself calls these. Each
// number is computed by the operations of the original in the same order; what is left out are
// operations whose result is known to be zero or is never read. Should a system not let them take
// the originals' place, steps are slower and equal.
#include "BulletDynamics/Featherstone/btMultiBody.h"
#include "internal.h"

namespace {

// A set of links; every link of a body that has more than fit.
class LinkSet {
 public:
  explicit LinkSet(int count) : bits(count > 64 ? ~uint64_t(0) : 0) {}
  bool isFull() const { return bits == ~uint64_t(0); }
  void add(int link) { bits |= uint64_t(1) << (link & 63); }
  bool contains(int link) const { return (bits >> (link & 63) & 1) != 0; }

 private:
  uint64_t bits;
};

btVector3 transposeTimes(const btMatrix3x3 &matrix, const btVector3 &v) {
  return btVector3(matrix.tdotx(v), matrix.tdoty(v), matrix.tdotz(v));
}

// A force on a link as its parent feels it.
btSpatialForceVector inParent(
    const btSpatialForceVector &force, const btMatrix3x3 &rotation, const btVector3 &r) {
  return btSpatialForceVector(
      transposeTimes(rotation, force.m_bottomVec + r.cross(force.m_topVec)),
      transposeTimes(rotation, force.m_topVec));
}

// A parent's acceleration as its link feels it.
btSpatialMotionVector inLink(
    const btSpatialMotionVector &acceleration, const btMatrix3x3 &rotation, const btVector3 &r) {
  const btVector3 angular = rotation * acceleration.m_topVec;
  return btSpatialMotionVector(angular, -r.cross(angular) + rotation * acceleration.m_bottomVec);
}

}  // namespace

// Accelerations that forces cause in a body at rest, by the articulated-body algorithm with the
// factors of the step's last full pass.
//
// Links that carry no force into the pass towards the base, and links beyond the last joint of
// their branch in the pass away from it, do not change the result.
void btMultiBody::calcAccelerationDeltasMultiDof(
    const btScalar *force, btScalar *output, btAlignedObjectArray<btScalar> &scratch_r,
    btAlignedObjectArray<btVector3> &scratch_v) const {
  const int count = getNumLinks();
  const bool isFixed = isBaseStaticOrKinematic();
  const bool isKinematic = isBaseKinematic();
  scratch_r.resize(m_dofCount + 1);
  scratch_v.resize(4 * count + 4);
  btScalar *Y = &scratch_r[0];
  auto *zeroForce = reinterpret_cast<btSpatialForceVector *>(&scratch_v[0]);
  auto *acceleration = reinterpret_cast<btSpatialMotionVector *>(&scratch_v[2 * count + 2]);
  const btMatrix3x3 *rotations = &m_matrixBuf[0];
  const auto *h =
      m_dofCount > 0 ? reinterpret_cast<const btSpatialForceVector *>(&m_vectorBuf[0]) : nullptr;
  const btScalar *inverseD = m_dofCount > 0 ? &m_realBuf[6 + m_dofCount] : nullptr;

  zeroForce[0].setZero();
  if (!isFixed) {
    zeroForce[0].m_topVec = rotations[0] * btVector3(-force[3], -force[4], -force[5]);
    zeroForce[0].m_bottomVec = rotations[0] * btVector3(-force[0], -force[1], -force[2]);
  }

  LinkSet loaded(count), leadsToJoint(count);
  if (loaded.isFull()) {
    for (int i = 0; i < count; ++i) zeroForce[i + 1].setZero();
  }
  for (int i = count - 1; i >= 0; --i) {
    const btMultibodyLink &link = m_links[i];
    btAssert(link.m_dofCount <= 1);
    if (link.m_dofCount > 0) leadsToJoint.add(i);
    if (link.m_parent >= 0 && leadsToJoint.contains(i)) leadsToJoint.add(link.m_parent);
    if (isKinematic && isLinkAndAllAncestorsKinematic(i)) continue;
    const bool isLoaded = loaded.contains(i);
    if (link.m_dofCount > 0) {
      const btScalar own = force[6 + link.m_dofOffset];
      if (!isLoaded) {
        Y[link.m_dofOffset] = own;
        if (own == 0) continue;
        zeroForce[i + 1].setZero();
      } else {
        Y[link.m_dofOffset] = own - link.m_axes[0].dot(zeroForce[i + 1]);
      }
      zeroForce[i + 1] +=
          h[link.m_dofOffset] *
          (inverseD[link.m_dofOffset * link.m_dofOffset] * Y[link.m_dofOffset]);
    } else if (!isLoaded) {
      continue;
    }
    if (link.m_parent < 0 && isFixed) continue;
    if (link.m_parent >= 0 && !loaded.contains(link.m_parent)) {
      loaded.add(link.m_parent);
      zeroForce[link.m_parent + 1].setZero();
    }
    zeroForce[link.m_parent + 1] +=
        inParent(zeroForce[i + 1], rotations[i + 1], link.m_cachedRVector);
  }

  acceleration[0].setZero();
  if (!isFixed) {
    btSpatialMotionVector result;
    solveImatrix(zeroForce[0], result);
    acceleration[0] = -result;
  }
  for (int i = 0; i < count; ++i) {
    const btMultibodyLink &link = m_links[i];
    if (!leadsToJoint.contains(i)) continue;
    if (isKinematic && isLinkAndAllAncestorsKinematic(i)) continue;
    if (link.m_parent < 0 && isFixed) {
      acceleration[i + 1].setZero();
    } else {
      acceleration[i + 1] =
          inLink(acceleration[link.m_parent + 1], rotations[i + 1], link.m_cachedRVector);
    }
    if (link.m_dofCount == 0) continue;
    const int dof = link.m_dofOffset;
    const btScalar joint =
        inverseD[dof * dof] * (Y[dof] - acceleration[i + 1].dot(h[dof]));
    output[6 + dof] = joint;
    acceleration[i + 1] += link.m_axes[0] * joint;
  }

  btVector3 angular(0, 0, 0), linear(0, 0, 0);
  if (!isFixed) {
    angular = transposeTimes(rotations[0], acceleration[0].getAngular());
    linear = transposeTimes(rotations[0], acceleration[0].getLinear());
  }
  for (int k = 0; k < 3; ++k) {
    output[k] = angular[k];
    output[3 + k] = linear[k];
  }
}

// The row of a constraint at a point of a link: how the body's velocities move that point.
//
// The rotations between links are those of the step's last full pass instead of new ones from the
// same quaternions.
void btMultiBody::fillConstraintJacobianMultiDof(
    int link, const btVector3 &contact_point, const btVector3 &normal_ang,
    const btVector3 &normal_lin, btScalar *jac, btAlignedObjectArray<btScalar> &,
    btAlignedObjectArray<btVector3> &scratch_v, btAlignedObjectArray<btMatrix3x3> &) const {
  const btMatrix3x3 *rotations = &m_matrixBuf[0];
  const btVector3 arm = contact_point - m_basePos;
  const btVector3 moment = arm.cross(normal_lin);
  for (int k = 0; k < 3; ++k) {
    jac[k] = moment[k] + normal_ang[k];
    jac[3 + k] = normal_lin[k];
  }
  for (int i = 0; i < m_dofCount; ++i) jac[6 + i] = 0;
  if (link < 0) return;

  const int count = getNumLinks();
  scratch_v.resize(3 * count + 3);
  btVector3 *linear = &scratch_v[0], *angular = linear + count + 1, *point = angular + count + 1;
  LinkSet onPath(count);
  for (int i = link; i >= 0; i = m_links[i].m_parent) onPath.add(i);
  linear[0] = rotations[0] * normal_lin;
  angular[0] = rotations[0] * normal_ang;
  point[0] = rotations[0] * arm;
  for (int i = 0; i <= link; ++i) {
    if (!onPath.contains(i)) continue;
    const btMultibodyLink &each = m_links[i];
    const int parent = each.m_parent + 1;
    const btMatrix3x3 &rotation = rotations[i + 1];
    linear[i + 1] = rotation * linear[parent];
    angular[i + 1] = rotation * angular[parent];
    point[i + 1] = rotation * point[parent] - each.m_cachedRVector;
    if (each.m_jointType == btMultibodyLink::eRevolute) {
      jac[6 + each.m_dofOffset] = linear[i + 1].dot(
          each.getAxisTop(0).cross(point[i + 1]) + each.getAxisBottom(0));
      jac[6 + each.m_dofOffset] += angular[i + 1].dot(each.getAxisTop(0));
    } else if (each.m_jointType == btMultibodyLink::ePrismatic) {
      jac[6 + each.m_dofOffset] = linear[i + 1].dot(each.getAxisBottom(0));
    }
  }
}
