#include "solver.h"

#include <emmintrin.h>

#include "BulletDynamics/Featherstone/btMultiBody.h"

using namespace cbullet;

namespace {

// Bullet's maximum: the second number when either is not a number.
inline double larger(double a, double b) { return a > b ? a : b; }

}  // namespace

// Room for what a busy play table needs: steps do not allocate.
Solver::Solver() {
  joints.reserve(64);
  normals.reserve(256);
  spins.reserve(256);
  slides.reserve(512);
  moved.reserve(16);
}

btScalar Solver::solveGroupCacheFriendlyIterations(
    btCollisionObject **bodies, int bodyCount, btPersistentManifold **manifolds,
    int manifoldCount, btTypedConstraint **constraints, int constraintCount,
    const btContactSolverInfo &info, btIDebugDraw *drawer) {
  if (isCovered(constraintCount, info) && pack()) {
    for (int iteration = 0; iteration < info.m_numIterations; ++iteration) {
      m_leastSquaresResidual = solveOnce(iteration);
      if (m_leastSquaresResidual <= info.m_leastSquaresResidualThreshold) break;
    }
    if (isFinite()) {
      writeBack();
      return 0;
    }
    for (int i = 0; i < m_data.m_deltaVelocities.size(); ++i) m_data.m_deltaVelocities[i] = 0;
  }
  return btMultiBodyConstraintSolver::solveGroupCacheFriendlyIterations(
      bodies, bodyCount, manifolds, manifoldCount, constraints, constraintCount, info, drawer);
}

bool Solver::isCovered(int constraintCount, const btContactSolverInfo &info) const {
  const int features = SOLVER_USE_2_FRICTION_DIRECTIONS | SOLVER_DISABLE_IMPLICIT_CONE_FRICTION |
                       SOLVER_USE_ARTICULATED_WARMSTARTING;
  return (info.m_solverMode & features) == SOLVER_USE_2_FRICTION_DIRECTIONS &&
         info.m_numNonContactInnerIterations == 1 &&
         m_maxOverrideNumSolverIterations <= info.m_numIterations && constraintCount == 0 &&
         m_tmpSolverContactConstraintPool.size() == 0 &&
         m_multiBodyTorsionalFrictionContactConstraints.size() == 0;
}

bool Solver::pack() {
  moved.clear();
  return pack(m_multiBodyNonContactConstraints, joints) &&
         pack(m_multiBodyNormalContactConstraints, normals) &&
         pack(m_multiBodySpinningFrictionContactConstraints, spins) &&
         pack(m_multiBodyFrictionContactConstraints, slides);
}

bool Solver::pack(const btMultiBodyConstraintArray &source, std::vector<Row> &rows) {
  rows.resize(source.size());
  for (int i = 0; i < source.size(); ++i) {
    const btMultiBodySolverConstraint &constraint = source[i];
    Row &row = rows[i];
    if (!packSide(constraint.m_multiBodyA, constraint.m_jacAindex, constraint.m_deltaVelAindex,
                  row.a) ||
        !packSide(constraint.m_multiBodyB, constraint.m_jacBindex, constraint.m_deltaVelBindex,
                  row.b)) {
      return false;
    }
    row.rhs = constraint.m_rhs;
    row.cfm = constraint.m_cfm;
    row.inverseDenominator = constraint.m_jacDiagABInv;
    row.lower = constraint.m_lowerLimit;
    row.upper = constraint.m_upperLimit;
    row.impulse = constraint.m_appliedImpulse;
    row.friction = constraint.m_friction;
    row.normal = constraint.m_frictionIndex;
  }
  return true;
}

bool Solver::packSide(btMultiBody *body, int jacobian, int velocity, Side &side) {
  side = {};
  if (!body) return true;
  // A fixed base never moves.
  const int start = body->hasFixedBase() ? 6 : 0;
  const int count = body->getNumDofs() + 6;
  const double *factors = &m_data.m_jacobians[jacobian];
  const double *response = &m_data.m_deltaVelocitiesUnitImpulse[jacobian];
  double *change = &m_data.m_deltaVelocities[velocity];

  int first = start, end = count;
  while (first < end && factors[first] == 0) ++first;
  while (end > first && factors[end - 1] == 0) --end;
  side.jacobian = factors + first;
  side.read = change + first;
  side.readCount = end - first;

  first = start, end = count;
  while (first < end && response[first] == 0) ++first;
  while (end > first && response[end - 1] == 0) --end;
  side.response = response + first;
  side.changed = change + first;
  side.changedCount = end - first;

  for (const Moved &other : moved) {
    if (other.body == body) return !(other.hasChanged && side.changedCount > 0);
  }
  bool hasChanged = false;
  for (int i = 0; i < count; ++i) {
    hasChanged = hasChanged || body->getDeltaVelocityVector()[i] != 0;
  }
  moved.push_back({body, velocity, hasChanged});
  return !(hasChanged && side.changedCount > 0);
}

namespace {

template <typename Side>
inline double velocityAlong(const Side &side) {
  double sum = 0;
  for (int i = 0; i < side.readCount; ++i) sum += side.jacobian[i] * side.read[i];
  return sum;
}

template <typename Side>
inline void push(const Side &side, double impulse) {
  const __m128d factor = _mm_set1_pd(impulse);
  int i = 0;
  for (; i + 1 < side.changedCount; i += 2) {
    const __m128d change = _mm_mul_pd(_mm_loadu_pd(side.response + i), factor);
    _mm_storeu_pd(side.changed + i, _mm_add_pd(_mm_loadu_pd(side.changed + i), change));
  }
  if (i < side.changedCount) side.changed[i] += side.response[i] * impulse;
}

// The impulse a row asks for before its limits.
template <typename Row>
inline double wanted(const Row &row) {
  const double a = velocityAlong(row.a), b = velocityAlong(row.b);
  double impulse = row.rhs - row.impulse * row.cfm;
  impulse -= a * row.inverseDenominator;
  impulse -= b * row.inverseDenominator;
  return impulse;
}

// Keeps the sum of a row's impulses between its limits and returns the last one.
template <typename Row>
inline double limit(Row &row, double impulse, double sum, double lower, double upper) {
  if (sum < lower) {
    impulse = lower - row.impulse;
    row.impulse = lower;
  } else if (sum > upper) {
    impulse = upper - row.impulse;
    row.impulse = upper;
  } else {
    row.impulse = sum;
  }
  return impulse;
}

// Solves one row; returns the square of the velocity it changed.
template <typename Row>
inline double solve(Row &row, double lower, double upper) {
  const double asked = wanted(row);
  const double impulse = limit(row, asked, row.impulse + asked, lower, upper);
  push(row.a, impulse);
  push(row.b, impulse);
  const double change = impulse / row.inverseDenominator;
  return change * change;
}

// Solves the two friction rows of a contact point against their cone.
template <typename Row>
inline double solveCone(Row &first, Row &second, double normalImpulse) {
  const double lowerFirst = -(first.friction * normalImpulse);
  const double lowerSecond = -(second.friction * normalImpulse);
  double impulseSecond = wanted(second);
  const double sumSecond = second.impulse + impulseSecond;
  double impulseFirst = wanted(first);
  const double sumFirst = first.impulse + impulseFirst;
  if (sumFirst * sumFirst + sumSecond * sumSecond >= lowerFirst * lowerSecond) {
    double limitFirst = 0, limitSecond = 0;
    if (lowerFirst != 0 || lowerSecond != 0) {
      double sine, cosine;
      sincos(atan2(sumFirst, sumSecond), &sine, &cosine);
      limitFirst = fabs(lowerFirst * sine);
      limitSecond = fabs(lowerSecond * cosine);
    }
    impulseFirst = limit(first, impulseFirst, sumFirst, -limitFirst, limitFirst);
    impulseSecond = limit(second, impulseSecond, sumSecond, -limitSecond, limitSecond);
  } else {
    first.impulse = sumFirst;
    second.impulse = sumSecond;
  }
  push(first.a, impulseFirst);
  push(first.b, impulseFirst);
  push(second.a, impulseSecond);
  push(second.b, impulseSecond);
  const double change =
      impulseFirst / first.inverseDenominator + impulseSecond / second.inverseDenominator;
  return change * change;
}

}  // namespace

double Solver::solveOnce(int iteration) {
  double jointResidual = 0;
  const size_t jointCount = joints.size();
  for (size_t i = 0; i < jointCount; ++i) {
    Row &row = joints[iteration & 1 ? i : jointCount - 1 - i];
    jointResidual = larger(jointResidual, solve(row, row.lower, row.upper));
  }
  double residual = larger(0, jointResidual);
  for (Row &row : normals) residual = larger(residual, solve(row, row.lower, row.upper));
  for (Row &row : spins) {
    const double normalImpulse = normals[row.normal].impulse;
    if (!(normalImpulse > 0)) continue;
    const double most = row.friction * normalImpulse;
    residual = larger(residual, solve(row, -most, most));
  }
  for (size_t i = 0; i + 1 < slides.size(); i += 2) {
    Row &first = slides[i];
    residual = larger(residual, solveCone(first, slides[i + 1], normals[first.normal].impulse));
  }
  return residual;
}

bool Solver::isFinite() const {
  // A sum of finite numbers may overflow; then the slow way gives the same result.
  double sum = 0;
  for (int i = 0; i < m_data.m_deltaVelocities.size(); ++i) sum += m_data.m_deltaVelocities[i];
  return sum - sum == 0;
}

void Solver::writeBack() {
  const auto write = [](const std::vector<Row> &rows, btMultiBodyConstraintArray &target) {
    for (size_t i = 0; i < rows.size(); ++i) target[int(i)].m_appliedImpulse = rows[i].impulse;
  };
  write(joints, m_multiBodyNonContactConstraints);
  write(normals, m_multiBodyNormalContactConstraints);
  write(spins, m_multiBodySpinningFrictionContactConstraints);
  write(slides, m_multiBodyFrictionContactConstraints);
  for (const Moved &each : moved) {
    each.body->applyDeltaVeeMultiDof2(&m_data.m_deltaVelocities[each.index], 1);
  }
}
