#pragma once
#ifdef __cplusplus
extern "C" {
#endif

/// Most corners and triangles a drawn hull can have (42 sample directions).
enum { CBULLET_HULL_MAX_VERTICES = 64, CBULLET_HULL_MAX_INDICES = 384 };

/// The shapes PyBullet draws as hulls.
typedef enum {
  CBULLET_HULL_BOX = 0,      // size: full edge lengths
  CBULLET_HULL_CYLINDER = 1, // size: radius, length along z, unused
  CBULLET_HULL_SPHERE = 2,   // size: radius, unused, unused
} cbullet_hull_kind;

/// The triangles Bullet's shape hull gives for a primitive: what PyBullet draws in its place.
/// Writes xyz triples to `vertices` (room for CBULLET_HULL_MAX_VERTICES) and corner indices to
/// `indices` (room for CBULLET_HULL_MAX_INDICES); returns 0, or 1 when Bullet finds no hull or it
/// does not fit.
int cbullet_hull_build(cbullet_hull_kind kind, const double size[3], double *vertices,
                       int *vertex_count, int *indices, int *index_count);

#ifdef __cplusplus
}
#endif
