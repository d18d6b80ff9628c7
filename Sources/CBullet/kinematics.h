// A chain of links as its solver reads it.
#ifndef CBULLET_KINEMATICS_H
#define CBULLET_KINEMATICS_H

#include "internal.h"

namespace cbullet {

constexpr int kMostColumns = CBULLET_CHAIN_MOST_COLUMNS;
constexpr int kMostDegrees = CBULLET_CHAIN_MOST_DEGREES;

// What PyBullet uses when the caller gives nothing else.
constexpr int kIterations = 20;
constexpr double kResidual = 1e-4;
constexpr double kDampingSquared = 0.6 * 0.6;
constexpr double kLargestStep = 45.0 * (SIMD_PI / 180.0);
constexpr double kRestGain = 0.001;
constexpr double kLimitGain = 10.0;

// One link between the base and the link to be placed.
struct ChainLink {
  // Link from parent rotation at joint position zero; rows are padded to four.
  double reference[3][4] = {};
  // The rotation by an angle is (1 - cos) products + cos identity + sin spin.
  double products[3][4] = {}, spin[3][4] = {};
  // The joint's column of the Jacobian in the link's frame, in its lane.
  double axis[3][4] = {};
  // Parent's to this joint's pivot at joint position zero, parent frame.
  double offset[3];
  // Joint axis in the parent's frame.
  double parentAxis[3];
  // Index among the body's movable joints, -1 for a fixed joint.
  int degree;
  // Movable joints of the chain below this one: the column of this joint in the Jacobian.
  int column;
  bool isPrismatic;
  // False for a fixed joint whose rotation is exactly none.
  bool turns;

  ChainLink(const Model &model, int index, int degree, int column);
};

struct Chain {
  std::vector<ChainLink> links;
  // For each Jacobian column its index among the body's movable joints, and those in no column.
  std::vector<int> columns, freeDegrees;
  std::vector<cbullet_null_space> nullSpace;
  int degreeCount = 0;
  bool isPlain = false;
};

// Where the last link should be, base frame.
struct Target {
  btVector3 position;
  btQuaternion orientation;
};

}  // namespace cbullet

struct cbullet_chain : cbullet::Chain {};

#endif
