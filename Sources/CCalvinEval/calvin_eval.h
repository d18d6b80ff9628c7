// The simulator of calvin-eval as a C library (libCalvinEval.so).
//
// Every function returns a status and writes, when it is not CALVIN_OK, one sentence of at most
// `capacity` bytes (UTF-8, ending in 0) into `message`, which may be null. Nothing is printed, no
// exception and no crash crosses this border whatever the arguments are, except pointers that do
// not hold what is said below. A simulator is named by a number that is never used again after it
// was closed. Calls on one simulator take turns; different simulators share nothing mutable and may
// run on different threads at the same time. Arrays belong to the caller and are written in place.
//
// Metres, radians, seconds; quaternions xyzw; images row by row from the top.
#ifndef CALVIN_EVAL_H
#define CALVIN_EVAL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  CALVIN_OK = 0,
  // A number names no open simulator, a pointer is null, or a size does not fit.
  CALVIN_BAD_CALL = 1,
  // Options, files or a state that cannot be used.
  CALVIN_BAD_INPUT = 2,
  // An action that cannot be executed; nothing has changed.
  CALVIN_BAD_ACTION = 3,
  // The simulation left the numbers in which it means something; reset it.
  CALVIN_DIVERGED = 4,
  // Physics library or renderer failed.
  CALVIN_FAILED = 5,
  // A text or list does not fit its buffer; the size needed was written.
  CALVIN_TOO_SMALL = 6,
};

// Kinds of actions: CALVIN's cartesian_rel (7 numbers), cartesian_abs (7, or 8 with a quaternion),
// joint_rel (8) and joint_abs (8). The gripper, last, is 1 (open) or -1 (close). Arrays of
// float32 and of float16 are kinds of cartesian_rel of their own: upstream scales them as they are.
enum {
  CALVIN_CARTESIAN_REL = 0,
  CALVIN_CARTESIAN_ABS = 1,
  CALVIN_JOINT_REL = 2,
  CALVIN_JOINT_ABS = 3,
  CALVIN_CARTESIAN_REL_FLOAT32 = 4,
  CALVIN_CARTESIAN_REL_FLOAT16 = 5,
};

// Numbers per contact point: body A, body B, link A, link B, then PyBullet's position on A, position
// on B, normal on B (3 each), distance, normal force, lateral friction 1 and its direction (1 + 3),
// lateral friction 2 and its direction (1 + 3).
#define CALVIN_CONTACT_NUMBERS 23

// Raised when a function changes or goes.
int32_t calvin_interface_version(void);

// Opens a simulator after a random reset. `options` is a JSON object; all members are optional:
// "home" (folder at or below the one with Scenes/ and Tasks/), "scene" ("D"), "calvin_env" and
// "dataset" (paths, as on the command line), "renderer" ("auto", "egl", "cpu"), "gpu" (number),
// "depth_bits" (24), "shadows" (true), "seed" (0). The renderer is made when somebody first looks.
int32_t calvin_open(
    const char *options, int64_t *simulator, char *message, int32_t capacity);

// Opens another simulator of the same scene; it shares files and meshes with the first.
int32_t calvin_open_another(
    int64_t simulator, int64_t seed, int64_t *other, char *message, int32_t capacity);

// Ends a simulator.
int32_t calvin_close(int64_t simulator, char *message, int32_t capacity);

// Writes a JSON object that names what the arrays below hold: scene, assets digest, cameras,
// bodies, links, doors, buttons, switches, lights, blocks, tasks with instructions. `length` gets
// the bytes needed, with the 0 at the end; CALVIN_TOO_SMALL when `text_capacity` is less.
int32_t calvin_describe(
    int64_t simulator, char *text, int64_t text_capacity, int64_t *length, char *message,
    int32_t capacity);

// Writes a JSON list of evaluation chains as [initial state, [task, ...]]: the first `count` of the
// official 1000, or upstream's get_sequences(count) when `as_upstream` is not 0.
int32_t calvin_chains(
    int64_t simulator, int32_t count, int32_t as_upstream, char *text, int64_t text_capacity,
    int64_t *length, char *message, int32_t capacity);

// The vectors an initial state (JSON object, keys in upstream's order) starts from.
int32_t calvin_start_state(
    int64_t simulator, const char *initial_state, double *robot_obs, int32_t robot_count,
    double *scene_obs, int32_t scene_count, char *message, int32_t capacity);

// Loads the world anew. A null vector resets its part as upstream does without one: the arm to its
// initial joints, the scene at random from the seed.
int32_t calvin_reset(
    int64_t simulator, const double *robot_obs, int32_t robot_count, const double *scene_obs,
    int32_t scene_count, char *message, int32_t capacity);

// One control step (1/30 s).
int32_t calvin_step(
    int64_t simulator, int32_t kind, const double *action, int32_t count, char *message,
    int32_t capacity);

// robot_obs (15 numbers) and scene_obs (24 in the official scenes).
int32_t calvin_observe(
    int64_t simulator, double *robot_obs, int32_t robot_count, double *scene_obs,
    int32_t scene_count, char *message, int32_t capacity);

// What the oracle reads. `numbers`: position of each door; position and logical state of each
// button and of each switch; logical state of each light; per block position, orientation, linear
// and angular velocity (3 + 4 + 3 + 3). `contacts` gets every contact point of the last physics
// step once, CALVIN_CONTACT_NUMBERS each, in Bullet's order; `found` their number, also when
// `contact_capacity` (in points) is less and CALVIN_TOO_SMALL is returned.
int32_t calvin_info(
    int64_t simulator, double *numbers, int32_t count, double *contacts, int32_t contact_capacity,
    int32_t *found, char *message, int32_t capacity);

// Tasks achieved between two infos as `calvin_info` writes them: `achieved[i]` becomes 1 or 0 for
// the i-th task of `calvin_describe`. Of a contact only its bodies and links are read.
int32_t calvin_achieved(
    int64_t simulator, const double *start_numbers, const double *start_contacts,
    int32_t start_contact_count, const double *end_numbers, const double *end_contacts,
    int32_t end_contact_count, int32_t number_count, uint8_t *achieved, int32_t task_count,
    char *message, int32_t capacity);

// Renders `count` cameras, named by their place in `calvin_describe`'s list. `rgb[i]` gets height x
// width x 3 bytes, `depth[i]` height x width float32 metres; `depth` or any `depth[i]` may be null.
int32_t calvin_render(
    int64_t simulator, const int32_t *cameras, int32_t count, uint8_t *const *rgb,
    float *const *depth, char *message, int32_t capacity);

// The view and projection matrices a camera has now: 16 float32 each, column by column.
int32_t calvin_camera(
    int64_t simulator, int32_t camera, float *view, float *projection, char *message,
    int32_t capacity);

#ifdef __cplusplus
}
#endif
#endif
