// Bullet's multibody constraint solver with a faster loop.
#ifndef CBULLET_SOLVER_H
#define CBULLET_SOLVER_H

#include <vector>

#include "BulletDynamics/Featherstone/btMultiBodyConstraintSolver.h"

namespace cbullet {

// Solves an island's rows with the operations of btMultiBodyConstraintSolver in the same order, so
// that no bit changes, on rows packed once per island:
//  - factors that are zero are left out: sums start at +0 and velocities are never -0, so adding
//    ±0 changes neither (most rows touch a few of a body's numbers; fixed bases none);
//  - the velocity change that Bullet keeps twice, in the solver and in the body, is kept once.
// Neither holds for numbers that are not finite, nor is every feature of Bullet covered here:
// then Bullet's own loop does the work.
class Solver : public btMultiBodyConstraintSolver {
 public:
  Solver();

  btScalar solveGroupCacheFriendlyIterations(
      btCollisionObject **bodies, int bodyCount, btPersistentManifold **manifolds,
      int manifoldCount, btTypedConstraint **constraints, int constraintCount,
      const btContactSolverInfo &info, btIDebugDraw *drawer) override;

 private:
  // What a row reads and changes of one body.
  struct Side {
    const double *jacobian;
    const double *read;
    int readCount;
    const double *response;
    double *changed;
    int changedCount;
  };

  struct Row {
    Side a;
    Side b;
    double rhs;
    double cfm;
    double inverseDenominator;
    double lower;
    double upper;
    double impulse;
    double friction;
    // The normal row a friction row depends on.
    int normal;
  };

  // A body of the island with its velocity change in the solver.
  struct Moved {
    btMultiBody *body;
    int index;
    // An earlier island changed its velocity.
    bool hasChanged;
  };

  std::vector<Row> joints;
  std::vector<Row> normals;
  std::vector<Row> spins;
  std::vector<Row> slides;
  std::vector<Moved> moved;

  bool isCovered(int constraintCount, const btContactSolverInfo &info) const;
  bool pack();
  bool pack(const btMultiBodyConstraintArray &source, std::vector<Row> &rows);
  bool packSide(btMultiBody *body, int jacobian, int velocity, Side &side);
  double solveOnce(int iteration);
  bool isFinite() const;
  void writeBack();
};

}  // namespace cbullet

#endif
