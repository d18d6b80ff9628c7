// Inverse kinematics: the chain as numbers, and its solver once per instruction set.
#include "kinematics.h"

#include <cmath>
#include <cstring>
#include <utility>

// The solver's vectors are passed within one instruction set only.
#pragma clang diagnostic ignored "-Wpsabi"

using namespace cbullet;

namespace {

namespace plain {
#include "singular_values.h"
#include "chain_solver.h"
}  // namespace plain

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
namespace wide {
#include "singular_values.h"
#include "chain_solver.h"
}  // namespace wide
#pragma clang attribute pop

bool hasAVX2() {
  static const bool result = __builtin_cpu_supports("avx2");
  return result;
}

// The target in the base's frame, its orientation through a matrix as Bullet passes it.
Target inBase(const cbullet_pose &worldFromTarget, const cbullet_pose &worldFromBase) {
  const auto vector = [](const double *v) { return btVector3(v[0], v[1], v[2]); };
  const auto matrix = [](const double *q) {
    return btMatrix3x3(btQuaternion(q[0], q[1], q[2], q[3]));
  };
  const btMatrix3x3 baseFromWorld = matrix(worldFromBase.orientation).transpose();
  const btVector3 origin = baseFromWorld * -vector(worldFromBase.position);
  Target target{baseFromWorld * vector(worldFromTarget.position) + origin, {}};
  (baseFromWorld * matrix(worldFromTarget.orientation)).getRotation(target.orientation);
  return target;
}

}  // namespace

ChainLink::ChainLink(const Model &model, int index, int degree, int column)
    : degree(degree), column(column) {
  const Link &link = model.links[index + 1];
  isPrismatic = link.joint == CBULLET_PRISMATIC;
  const btMatrix3x3 rotation(link.parentRotationToThis);
  turns = degree >= 0 || !(rotation == btMatrix3x3::getIdentity());
  const btVector3 own = link.axis;
  const double x = own.x(), y = own.y(), z = own.z();
  const double ownProducts[3][3] = {
      {x * x, x * y, x * z}, {x * y, y * y, y * z}, {x * z, y * z, z * z}};
  const double ownSpin[3][3] = {{0, z, -y}, {-z, 0, x}, {y, -x, 0}};
  btVector3 pivot = link.pivot;
  if (link.parent >= 0) pivot += model.links[link.parent + 1].centerOfMass;
  const btVector3 inParent = rotation.transpose() * own;
  // A prismatic joint's column goes through the parent's frame.
  const btVector3 direction = isPrismatic ? rotation * inParent : own;
  for (int i = 0; i < 3; ++i) {
    for (int k = 0; k < 3; ++k) {
      reference[i][k] = rotation[i][k];
      products[i][k] = ownProducts[i][k];
      spin[i][k] = ownSpin[i][k];
    }
    offset[i] = pivot[i];
    parentAxis[i] = inParent[i];
    axis[i][column % 4] = direction[i];
  }
}

cbullet_status cbullet_chain_create(
    const cbullet_model *model, int32_t target, const cbullet_null_space *null_space,
    int32_t count, bool plain, cbullet_chain **out) {
  return guarded([&] {
    const Model &source = *model->model;
    const int linkCount = int(source.links.size()) - 1;
    if (target < 0 || target >= linkCount || count > kMostDegrees) return CBULLET_INVALID_ARGUMENT;
    std::vector<bool> isOnPath(linkCount);
    for (int i = target; i >= 0; i = source.links[i + 1].parent) isOnPath[i] = true;
    auto chain = std::make_unique<cbullet_chain>();
    chain->isPlain = plain || !hasAVX2();
    for (int i = 0; i < linkCount; ++i) {
      const int degree = source.links[i + 1].isMovable() ? chain->degreeCount++ : -1;
      if (isOnPath[i]) chain->links.emplace_back(source, i, degree, int(chain->columns.size()));
      if (degree >= 0) (isOnPath[i] ? chain->columns : chain->freeDegrees).push_back(degree);
    }
    if (chain->degreeCount != count || chain->columns.size() > kMostColumns) {
      return CBULLET_INVALID_ARGUMENT;
    }
    chain->nullSpace.assign(null_space, null_space + count);
    *out = chain.release();
    return CBULLET_OK;
  });
}

void cbullet_chain_destroy(cbullet_chain *chain) { delete chain; }

void cbullet_chain_solve(
    const cbullet_chain *chain, const cbullet_pose *world_from_target,
    const cbullet_pose *world_from_base, double *positions) {
  const Target target = inBase(*world_from_target, *world_from_base);
  if (chain->isPlain) {
    plain::solve(*chain, target, positions);
  } else {
    wide::solve(*chain, target, positions);
  }
}

cbullet_status cbullet_pseudo_invert(
    const double *matrices, int32_t count, bool plain, double *inverses) {
  if (count < 1 || count > plain::kLanes) return CBULLET_INVALID_ARGUMENT;
  if (plain || !hasAVX2()) {
    plain::pseudoInvert(matrices, count, inverses);
  } else {
    wide::pseudoInvert(matrices, count, inverses);
  }
  return CBULLET_OK;
}
