#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Kernels of the software rasteriser. All of them exist once per instruction set and give the same
// bytes in each: no fused multiply-add, no reciprocal estimates, no libm, one order of operations.
// Pointers stay owned by the caller; arrays of floats read by lanes have CRASTER_PADDING readable
// elements behind their last one.

enum { CRASTER_PADDING = 16, CRASTER_MAX_CLUSTER_VERTICES = 64 };

/// Instruction sets, slowest first.
typedef enum { CRASTER_BASELINE = 0, CRASTER_AVX2 = 1, CRASTER_AVX512 = 2 } craster_level;

/// The best instruction set of this processor.
craster_level craster_best_level(void);

/// A group of neighbouring triangles of one shape with its own vertices.
typedef struct {
  uint32_t first_vertex;   // in the shape's vertices
  uint32_t vertex_count;   // at most CRASTER_MAX_CLUSTER_VERTICES
  uint32_t first_triangle; // in the corner arrays
  uint32_t triangle_count;
} craster_cluster;

/// Triangles of all clusters: corner numbers within the cluster and the number in the shape's
/// original order, which decides ties.
typedef struct {
  const craster_cluster *clusters;
  const uint8_t *corner0, *corner1, *corner2;
  const uint32_t *original;
} craster_meshes;

/// World positions, xyz apart.
typedef struct {
  const float *x, *y, *z;
} craster_points;

/// A cluster to draw.
typedef struct {
  uint32_t cluster;
  uint32_t first_point; // of the instance in the world positions
  uint32_t code;        // instance << 24
  uint32_t rank;        // place in the draw order, 0...255
} craster_item;

/// Where to draw: the viewport and the part of it that is kept.
typedef struct {
  float matrix[16];            // world to clip space, column-major
  float half_width, half_height;
  float y_sign;                // -1: rows from the top, 1: rows from the bottom
  int x0, y0, x1, y1;          // kept pixels, upper bounds excluded
  int stride;                  // elements per row of the buffer, which starts at (x0, y0)
  int bottom_edge_rule;        // 1: pixel centres on bottom edges belong to the triangle
  int depth_bits;              // 16 or 24
} craster_target;

/// Spheres around clusters and cones of their normals, in the world. Lanes read past `count`.
typedef struct {
  craster_points centers, axes;
  const float *radius;
  const float *cutoff; // sine of the cone's half angle, above 1 where it tells nothing
} craster_bounds;

/// What a view sees.
typedef struct {
  float eye[3];
  float planes[6][4]; // inward, normalised
} craster_frustum;

/// What a light draws shadows with.
typedef struct {
  float matrix[16];    // world to clip space of the shadow map
  float direction[3];  // towards the light
  float texels_per_metre;
  float size; // texels per side
} craster_light;

/// A triangle that reaches through a clipping plane: to be clipped by the caller.
typedef struct {
  uint32_t item;     // index into the items
  uint32_t triangle; // index into the corner arrays
} craster_cut;

/// A visible surface per pixel, nearest smallest: depth << 40 | rank << 32 | instance << 24 |
/// triangle << 4 | piece.
typedef uint64_t craster_fragment;

/// The fragment of an empty pixel.
craster_fragment craster_background(int depth_bits);

/// Moves points: by the quaternion (xyzw), then by the translation. `count` is rounded up to lanes.
void craster_move(craster_level level, craster_points points, int count, const float position[3],
                  const float quaternion[4], float *x, float *y, float *z);

/// Clusters that face the eye and touch the frustum, appended to `items`, which has room for all of
/// them: `item` with the cluster's number added to its own. Returns how many there are.
int craster_find_visible(craster_level level, const craster_frustum *frustum,
                         const craster_bounds *bounds, int count, const craster_item *item,
                         craster_item *items);

/// The same for clusters that cast shadows; grows `box` (x0, y0, x1, y1) by their texels.
int craster_find_casters(craster_level level, const craster_light *light,
                         const craster_bounds *bounds, int count, const craster_item *item,
                         craster_item *items, int box[4]);

/// Depths in 0...1 of pixels.
void craster_read_depths(craster_level level, const craster_fragment *fragments, int count,
                         int depth_bits, float *depths);

/// Draws clusters into a buffer of fragments. Writes at most `capacity` cuts and returns how many
/// there are.
int craster_draw(craster_level level, const craster_target *target, const craster_meshes *meshes,
                 craster_points world, const craster_item *items, int item_count,
                 craster_fragment *fragments, craster_cut *cuts, int capacity);

/// Draws the back faces of clusters into a 16-bit depth map; `target` is orthographic.
void craster_draw_shadow(craster_level level, const craster_target *target,
                         const craster_meshes *meshes, craster_points world,
                         const craster_item *items, int item_count, uint16_t *depths);

/// Draws one triangle given by clip coordinates (xyzw each), as a piece of a clipped one.
void craster_draw_piece(craster_level level, const craster_target *target, const float clip[3][4],
                        uint32_t rank, uint32_t code, craster_fragment *fragments);

/// A texture: all levels in one buffer, RGBX; each row is followed by a copy of its first texel.
typedef struct {
  const uint32_t *texels;
  int level_count;
  int32_t width[16], height[16], offset[16];
} craster_texture;

/// A shadow map, of which the texels from (x0, y0) to before (x1, y1) are stored.
typedef struct {
  float matrix[16];       // world to shadow texture coordinates
  const uint16_t *depths; // NULL for none
  int x0, y0, x1, y1, stride;
  float size; // texels per side of the whole map
} craster_shadow;

/// Everything a pixel's colour depends on besides its triangle.
typedef struct {
  float matrix[16]; // world to clip space
  float half_width, half_height;
  float y_sign;
  craster_shadow shadow;
  float light[3], light_direction[3], eye[3];
  float shadow_intensity, specular, ambient;
} craster_lighting;

/// What a vertex has besides its place.
typedef struct {
  float nx, ny, nz; // in the shape's frame
  float u, v;
  float unused[3];
} craster_attributes;

/// The triangles pixels are shaded from.
typedef struct {
  craster_points world;
  const craster_attributes *attributes;
  const int32_t *corners; // three vertex numbers per triangle
  float quaternion[4];
  float color[3];
  const craster_texture *texture; // NULL for plain white
} craster_surface;

/// Pixels to shade; arrays are padded with valid numbers up to a multiple of lanes.
typedef struct {
  const int32_t *places; // row << 16 | column
  const int32_t *triangles;
  int count, width;
  uint64_t *records; // by pixel: how the shadow map was read, for craster_find_changes; or NULL
} craster_pixels;

/// Colours of pixels of one surface; writes three bytes per pixel.
void craster_shade(craster_level level, const craster_lighting *lighting,
                   const craster_surface *surface, const craster_pixels *pixels, uint8_t *rgb);

/// A picture's pixels as they were last shaded, and what has changed since.
typedef struct {
  int width, height, depth_bits;
  uint32_t *codes;         // low half of each pixel's fragment, all ones where nothing showed
  const uint64_t *records; // as craster_shade left them
  uint8_t *rgb;
  const int32_t *is_moved; // by instance, 256 numbers: -1 where it moved, else 0
  craster_shadow shadow;
  int shadow_x0, shadow_y0, shadow_x1, shadow_y1; // texels that may have changed
  uint8_t background[3];
} craster_changes;

/// Finds the pixels that show something else, something that moved, or something in another shadow
/// than before: writes their places and codes, updates `codes`, colours those that became empty, and
/// returns how many there are to shade.
int craster_find_changes(craster_level level, const craster_changes *changes,
                         const craster_fragment *fragments, int32_t *places, uint32_t *codes);

#ifdef __cplusplus
}
#endif
