// A thin C face of Bullet's float64 multibody simulation, set up as PyBullet 3.2.7 sets it up.
//
// Shapes and models are immutable once created and may be shared by worlds of any thread. A world
// belongs to one thread at a time; worlds share no mutable state. Positions are metres, angles
// radians, masses kilograms; quaternions are x, y, z, w; a pose is position then quaternion.
// Link indices are PyBullet's: -1 is the base, the others count from 0 in depth-first order.
#ifndef CBULLET_H
#define CBULLET_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  CBULLET_OK = 0,
  // A body, link or joint that does not exist, or a joint that cannot move.
  CBULLET_INVALID_ARGUMENT = 1,
  // The caller's buffer is too small; the needed size is in the count output.
  CBULLET_BUFFER_TOO_SMALL = 2,
  // An exception was caught at the boundary (out of memory).
  CBULLET_FAILURE = 3,
} cbullet_status;

typedef struct {
  double position[3];
  double orientation[4];
} cbullet_pose;

typedef struct cbullet_shape cbullet_shape;
typedef struct cbullet_model cbullet_model;
typedef struct cbullet_world cbullet_world;

// ---- Shapes: the caller owns the handle; models keep what they need of it. ----

// A box with these full edge lengths.
cbullet_status cbullet_shape_create_box(const double size[3], cbullet_shape **shape);
cbullet_status cbullet_shape_create_sphere(double radius, cbullet_shape **shape);
// A 32-sided prism along z with this full length.
cbullet_status cbullet_shape_create_cylinder(
    double radius, double length, cbullet_shape **shape);
// A compound of convex hulls as PyBullet makes of an OBJ file: hull i takes the next
// `point_counts[i]` points (x, y, z), duplicates included.
cbullet_status cbullet_shape_create_hull_compound(
    const double *points, const int32_t *point_counts, int32_t hull_count,
    cbullet_shape **shape);
// One convex hull as PyBullet makes of an STL file.
cbullet_status cbullet_shape_create_hull(
    const double *points, int32_t point_count, cbullet_shape **shape);
// A triangle mesh for static bodies: three points (x, y, z) per triangle.
cbullet_status cbullet_shape_create_mesh(
    const double *points, int32_t triangle_count, cbullet_shape **shape);
void cbullet_shape_destroy(cbullet_shape *shape);

// ---- Models: what a URDF file describes, ready to be put into any world. ----

typedef struct {
  double position[3];
  double roll_pitch_yaw[3];
  // False keeps the basis exactly identity; given zeros go through a quaternion.
  bool has_angles;
} cbullet_origin;

typedef struct {
  const cbullet_shape *shape;
  cbullet_origin origin;
} cbullet_collision;

typedef enum {
  CBULLET_FIXED = 0,
  CBULLET_REVOLUTE = 1,
  CBULLET_CONTINUOUS = 2,
  CBULLET_PRISMATIC = 3,
} cbullet_joint_kind;

typedef struct {
  double lateral_friction;
  double spinning_friction;
  double rolling_friction;
  double restitution;
  double stiffness;
  double damping;
  bool has_spinning_friction;
  bool has_rolling_friction;
  bool has_restitution;
  bool has_stiffness_and_damping;
  bool has_friction_anchor;
} cbullet_contact_parameters;

typedef struct {
  // The parent's link index (-1 is the base); ignored for the base itself.
  int32_t parent;
  cbullet_joint_kind joint;
  // Parent link frame to joint frame.
  cbullet_origin joint_origin;
  double axis[3];
  // No limit when lower > upper.
  double lower;
  double upper;
  double joint_damping;
  // Link frame to centre-of-mass frame.
  cbullet_origin inertial_origin;
  double mass;
  const cbullet_collision *collisions;
  int32_t collision_count;
  // Margin of the compound that holds the collision shapes.
  double compound_margin;
  cbullet_contact_parameters contact;
} cbullet_link;

// Creates a model of `count` links in depth-first order, the base first. `fixed_base` removes the
// base's mass. The caller owns the handle; worlds keep what they need of it.
cbullet_status cbullet_model_create(
    const cbullet_link *links, int32_t count, bool fixed_base, cbullet_model **model);
void cbullet_model_destroy(cbullet_model *model);

// Moments of inertia of a link about its centre of mass, -1 is the base.
cbullet_status cbullet_model_get_inertia(
    const cbullet_model *model, int32_t link, double inertia[3]);

// ---- Inverse kinematics: immutable once created, shared by any threads. ----

// What pulls a movable joint where the target leaves it free.
typedef struct {
  double lower;
  double upper;
  double range;
  double rest;
} cbullet_null_space;

// Most movable joints a chain and its whole body may have.
enum { CBULLET_CHAIN_MOST_COLUMNS = 8, CBULLET_CHAIN_MOST_DEGREES = 32 };

typedef struct cbullet_chain cbullet_chain;

// The links from the base to `link`, whose centre of mass must be at its frame's origin, with one
// null space per movable joint of the model. `plain` uses no instructions beyond SSE2; the numbers
// are the same. The caller owns the handle; nothing of the model is kept.
cbullet_status cbullet_chain_create(
    const cbullet_model *model, int32_t link, const cbullet_null_space *null_space,
    int32_t count, bool plain, cbullet_chain **chain);
void cbullet_chain_destroy(cbullet_chain *chain);

// Improves `positions`, one per movable joint, until the chain's last link is at the target or 20
// iterations are done: calculateInverseKinematics with null-space arguments, bit for bit.
// `world_from_base` is the base's centre-of-mass frame. Allocates nothing.
void cbullet_chain_solve(
    const cbullet_chain *chain, const cbullet_pose *world_from_target,
    const cbullet_pose *world_from_base, double *positions);

// Pseudoinverses of up to 4 matrices of 6 x 6 numbers side by side, as the chain takes them.
cbullet_status cbullet_pseudo_invert(
    const double *matrices, int32_t count, bool plain, double *inverses);

// ---- Worlds. The caller owns the handle. ----

cbullet_status cbullet_world_create(
    const double gravity[3], double time_step, cbullet_world **world);
void cbullet_world_destroy(cbullet_world *world);

// Adds a body with its link frame at `pose`; every movable joint gets a velocity motor with an
// impulse limit of 1, as loadURDF installs it. The world shares ownership of the model.
cbullet_status cbullet_world_add_body(
    cbullet_world *world, const cbullet_model *model, const cbullet_pose *pose, int32_t *body);

// Couples two joints of one body: q_a + ratio * q_b is driven to zero.
cbullet_status cbullet_world_add_gear(
    cbullet_world *world, int32_t body, int32_t link_a, int32_t link_b, double ratio,
    double erp, double max_force);

// POSITION_CONTROL with PyBullet's default gains; `max_velocity` <= 0 leaves the bound unchanged.
cbullet_status cbullet_world_set_position_motor(
    cbullet_world *world, int32_t body, int32_t link, double target, double force,
    double max_velocity);
// VELOCITY_CONTROL towards zero velocity: friction of this force.
cbullet_status cbullet_world_set_velocity_motor(
    cbullet_world *world, int32_t body, int32_t link, double force);

// resetJointState: sets the joint at rest, refreshes the whole body's poses and bounding boxes.
cbullet_status cbullet_world_reset_joint(
    cbullet_world *world, int32_t body, int32_t link, double position);
// resetBasePositionAndOrientation: centre-of-mass pose, quaternion taken as it is.
cbullet_status cbullet_world_reset_base(
    cbullet_world *world, int32_t body, const cbullet_pose *pose);

// Advances the world by one time step.
cbullet_status cbullet_world_step(cbullet_world *world);

// ---- Readers write into buffers of the caller and allocate nothing. ----

// Position and velocity of every link's joint, 0 for fixed ones; `count` must be the link count.
cbullet_status cbullet_world_get_joints(
    const cbullet_world *world, int32_t body, double *positions, double *velocities,
    int32_t count);
// Centre-of-mass pose of the base.
cbullet_status cbullet_world_get_base_pose(
    const cbullet_world *world, int32_t body, cbullet_pose *pose);
// Velocity of the base's centre of mass.
cbullet_status cbullet_world_get_base_velocity(
    const cbullet_world *world, int32_t body, double linear[3], double angular[3]);
// Cached centre-of-mass pose of a link: after a step it is the pose before the last integration.
cbullet_status cbullet_world_get_link_pose(
    const cbullet_world *world, int32_t body, int32_t link, cbullet_pose *pose);
// Up-to-date poses of all colliders, base first; `count` is the number of poses asked for.
cbullet_status cbullet_world_get_collider_poses(
    const cbullet_world *world, int32_t body, cbullet_pose *poses, int32_t count);

typedef struct {
  int32_t body_a;
  int32_t body_b;
  int32_t link_a;
  int32_t link_b;
} cbullet_contact;

// One entry per contact manifold that holds points (pairs may repeat).
cbullet_status cbullet_world_get_contacts(
    const cbullet_world *world, cbullet_contact *contacts, int32_t capacity, int32_t *count);

typedef struct {
  cbullet_contact sides;
  // In the world frame; the normal points from B to A.
  double position_on_a[3];
  double position_on_b[3];
  double normal_on_b[3];
  // Negative when the bodies overlap.
  double distance;
  // Newtons, over the last time step.
  double normal_force;
  double lateral_friction1;
  double lateral_direction1[3];
  double lateral_friction2;
  double lateral_direction2[3];
} cbullet_contact_point;

// Every contact point of the last step's collision detection, manifold by manifold.
cbullet_status cbullet_world_get_contact_points(
    const cbullet_world *world, cbullet_contact_point *points, int32_t capacity, int32_t *count);

#ifdef __cplusplus
}
#endif
#endif
