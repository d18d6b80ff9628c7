// The kernels in terms of lanes; included once per instruction set.

// GLSL's quaternion product and rotation as PyBullet's vertex shader writes them.
INLINE void rotate(const F q[4], F px, F py, F pz, F out[3]) {
  F tx = q[3] * px + (q[1] * pz - q[2] * py);
  F ty = q[3] * py + (q[2] * px - q[0] * pz);
  F tz = q[3] * pz + (q[0] * py - q[1] * px);
  F tw = -(q[0] * px) - q[1] * py - q[2] * pz;
  F cx = -q[0], cy = -q[1], cz = -q[2];
  out[0] = (tw * cx + tx * q[3]) + (ty * cz - tz * cy);
  out[1] = (tw * cy + ty * q[3]) + (tz * cx - tx * cz);
  out[2] = (tw * cz + tz * q[3]) + (tx * cy - ty * cx);
}

INLINE F transform_row(const float *m, int row, F x, F y, F z) {
  return ((m[row] * x + m[4 + row] * y) + m[8 + row] * z) + m[12 + row];
}

static void move(craster_points points, int count, const float position[3],
                 const float quaternion[4], float *x, float *y, float *z) {
  F q[4];
  for (int i = 0; i < 4; i++) q[i] = splat(quaternion[i]);
  for (int i = 0; i < count; i += LANES) {
    F out[3];
    rotate(q, load<F>(points.x + i), load<F>(points.y + i), load<F>(points.z + i), out);
    store(x + i, position[0] + out[0]);
    store(y + i, position[1] + out[1]);
    store(z + i, position[2] + out[2]);
  }
}

// A cluster's vertices in window space.
struct Window {
  alignas(64) int32_t ix[CRASTER_MAX_CLUSTER_VERTICES + 16];
  alignas(64) int32_t iy[CRASTER_MAX_CLUSTER_VERTICES + 16];
  alignas(64) float x[CRASTER_MAX_CLUSTER_VERTICES + 16];
  alignas(64) float y[CRASTER_MAX_CLUSTER_VERTICES + 16];
  alignas(64) float z[CRASTER_MAX_CLUSTER_VERTICES + 16];
  alignas(64) int32_t cut[CRASTER_MAX_CLUSTER_VERTICES + 16];
  bool has_cuts;
  bool is_small; // products of differences fit 32 bits

  raster::Corner corner(int i) const { return {ix[i], iy[i], x[i], y[i], z[i]}; }
};

template <bool orthographic>
INLINE void make_window(Window &w, const craster_target &t, craster_points world, int first,
                        int count) {
  I xmin = splati(INT32_MAX), xmax = splati(INT32_MIN), ymin = xmin, ymax = xmax, cuts = I{};
  for (int i = 0; i < count; i += LANES) {
    F px = load<F>(world.x + first + i), py = load<F>(world.y + first + i),
      pz = load<F>(world.z + first + i);
    F cx = transform_row(t.matrix, 0, px, py, pz), cy = transform_row(t.matrix, 1, px, py, pz),
      cz = transform_row(t.matrix, 2, px, py, pz);
    I used = i + iota() < count;
    if (!orthographic) {
      F cw = transform_row(t.matrix, 3, px, py, pz);
      // OpenGL clips depth exactly, sides only outside a guard band of twice the view.
      I cut = ((I)(cz + cw < 0.0f) & 1) | ((I)(cw - cz < 0.0f) & 2) |
              ((I)(0.5f * cx + cw < 0.0f) & 4) | ((I)(cw - 0.5f * cx < 0.0f) & 8) |
              ((I)(0.5f * cy + cw < 0.0f) & 16) | ((I)(cw - 0.5f * cy < 0.0f) & 32);
      cut &= used;
      cuts |= cut;
      store(w.cut + i, cut);
      F rw = 1.0f / cw;
      cx *= rw;
      cy *= rw;
      cz *= rw;
      used &= cut == 0;
    }
    F x = cx * t.half_width + t.half_width;
    F y = cy * (t.y_sign * t.half_height) + t.half_height;
    F z = cz * 0.5f + 0.5f;
    // Rounding holds below 2^22 subpixels; shadow casters farther out than that are moved in.
    x = max(min(x, splat(8190.0f)), splat(-8190.0f));
    y = max(min(y, splat(8190.0f)), splat(-8190.0f));
    I ix = round_even(choose(used, (x - 0.5f) * 256.0f, F{}));
    I iy = round_even(choose(used, (y - 0.5f) * 256.0f, F{}));
    xmin = min(xmin, choose(used, ix, xmin));
    xmax = max(xmax, choose(used, ix, xmax));
    ymin = min(ymin, choose(used, iy, ymin));
    ymax = max(ymax, choose(used, iy, ymax));
    store(w.x + i, x);
    store(w.y + i, y);
    store(w.z + i, z);
    store(w.ix + i, ix);
    store(w.iy + i, iy);
  }
  int64_t left = __builtin_reduce_min(xmin), right = __builtin_reduce_max(xmax),
          top = __builtin_reduce_min(ymin), bottom = __builtin_reduce_max(ymax);
  w.has_cuts = !orthographic && any(cuts != 0);
  w.is_small = right - left < 16384 && bottom - top < 16384;
}

// raster::Edge for the lanes' triangles, with its value at a pixel of each.
struct Edges {
  I value, dcdx, dcdy;

  METHOD Edges(I ax, I ay, I bx, I by, I px, I py, int bottom_edge_rule)
      : dcdx(ay - by), dcdy(ax - bx) {
    I horizontal = bottom_edge_rule ? dcdy < 0 : dcdy > 0;
    I on_edge = (dcdx < 0) | ((dcdx == 0) & horizontal);
    // Masks are -1: subtracting one adds the adjustment.
    value = dcdx * (ax - px) - dcdy * (ay - py) - on_edge;
  }
};

// raster::DepthPlane of the lanes' triangles.
struct DepthPlanes {
  F a, dadx, dady;

  METHOD DepthPlanes(const Window &w, I i0, I i1, I i2) {
    Table64 xs(w.x), ys(w.y), zs(w.z);
    F px = (F)xs.at(i0), py = (F)ys.at(i0), pz = (F)zs.at(i0);
    F dx01 = px - (F)xs.at(i1), dy01 = py - (F)ys.at(i1);
    F dx20 = (F)xs.at(i2) - px, dy20 = (F)ys.at(i2) - py;
    F area = 1.0f / (dx01 * dy20 - dx20 * dy01);
    F da01 = pz - (F)zs.at(i1), da20 = (F)zs.at(i2) - pz;
    dadx = da01 * (dy20 * area) - da20 * (dy01 * area);
    dady = da20 * (dx01 * area) - da01 * (dx20 * area);
    a = pz - (dadx * (px - 0.5f) + dady * (py - 0.5f));
  }

  METHOD explicit DepthPlanes(const raster::DepthPlane &p)
      : a(splat(p.a)), dadx(splat(p.dadx)), dady(splat(p.dady)) {}

  METHOD F at(I x, I y) const { return (a + dadx * to_float(x)) + dady * to_float(y); }
};

// raster::quantise.
INLINE I quantise(F z, int depth_bits) {
  z = choose(z > 0.0f, choose(z < 1.0f, z, splat(1.0f)), F{});
  if (depth_bits == 16) return (I)(z * (65535.0f / 65536.0f) + 128.0f) & 0xffff;
  F scaled = z * 16777215.0f;
  return truncate(choose(scaled < 8388608.0f, (scaled + 8388608.0f) - 8388608.0f, scaled));
}

// Puts one surface into neighbouring pixels: those from `at` on whose mask is set.
INLINE void put_row(const raster::FragmentSink &sink, int64_t at, F z, I mask) {
  Q depth = __builtin_convertvector((U)quantise(z, sink.depth_bits), Q);
  Q fragment = ((depth << 8 | sink.rank) << 32) | sink.code;
  Q known = load<Q>(sink.fragments + at);
  Q is_nearer = (Q)(fragment < known) & (Q)__builtin_convertvector(mask, L);
  store(sink.fragments + at, is_nearer ? fragment : known);
}

INLINE void put_row(const raster::ShadowSink &sink, int64_t at, F z, I mask) {
  I known = __builtin_convertvector(load<H>(sink.depths + at), I);
  I depth = choose(mask, quantise(z, 16), known);
  store(sink.depths + at, __builtin_convertvector(min(depth, known), H));
}

// raster::draw_large, a row of lanes at a time. Buffers are padded: what lies behind a row's end is
// read and written back.
template <typename Sink>
INLINE void draw_large(const craster_target &t, const raster::Corner v[3], const Sink &sink) {
  DepthPlanes plane(raster::DepthPlane(v[0], v[1], v[2]));
  raster::for_each_span(t, v, [&](int y, int first, int last) {
    int64_t row = int64_t(y - t.y0) * t.stride - t.x0;
    for (int x = first; x <= last; x += LANES) {
      I column = x + iota();
      put_row(sink, row + x, plane.at(column, splati(y)), column <= last);
    }
  });
}

// A triangle whose extents are below 2^14 subpixels, over the given pixels only.
template <typename Sink>
INLINE void draw_small(const craster_target &t, const raster::Corner v[3], int x0, int y0, int x1,
                       int y1, const Sink &sink) {
  I value[3], dcdx[3], dcdy[3];
  for (int i = 0; i < 3; i++) {
    const raster::Corner &p = v[i];
    raster::Edge e = raster::make_edge(p, v[(i + 1) % 3], t.bottom_edge_rule);
    dcdx[i] = splati(e.dcdx * 256 * LANES);
    dcdy[i] = splati(e.dcdy * 256);
    value[i] = e.dcdx * (p.ix - x0 * 256) - e.dcdy * (p.iy - y0 * 256) + e.adjust -
               splati(e.dcdx * 256) * iota();
  }
  DepthPlanes plane(raster::DepthPlane(v[0], v[1], v[2]));
  for (int y = y0; y <= y1; y++) {
    int64_t row = int64_t(y - t.y0) * t.stride - t.x0;
    I a = value[0], b = value[1], c = value[2];
    for (int x = x0; x <= x1; x += LANES) {
      I column = x + iota();
      I covered = (min(min(a, b), c) > 0) & (column <= x1);
      if (any(covered)) put_row(sink, row + x, plane.at(column, splati(y)), covered);
      a -= dcdx[0];
      b -= dcdx[1];
      c -= dcdx[2];
    }
    for (int i = 0; i < 3; i++) value[i] += dcdy[i];
  }
}

// Triangles of at most this many pixels a side are drawn one per lane.
constexpr int TINY = 4;

template <bool orthographic, typename Sink, typename Cut>
INLINE void draw_cluster(const craster_target &t, const craster_meshes &m,
                         const craster_cluster &c, const Window &w, Sink &&sink_for, Cut &&cut) {
  Table64 xs(w.ix), ys(w.iy);
  for (uint32_t first = 0; first < c.triangle_count; first += LANES) {
    uint32_t at = c.first_triangle + first;
    I i0 = load_bytes(m.corner0 + at), i1 = load_bytes(m.corner1 + at),
      i2 = load_bytes(m.corner2 + at);
    unsigned count = c.triangle_count - first;
    unsigned alive = count >= LANES ? (1u << (LANES - 1) << 1) - 1 : (1u << count) - 1;
    if (!orthographic && w.has_cuts) {
      I c0 = gather(w.cut, i0), c1 = gather(w.cut, i1), c2 = gather(w.cut, i2);
      unsigned crossing = alive & bits((c0 | c1 | c2) != 0);
      alive &= ~crossing;
      // All outside one plane: nothing to see.
      crossing &= bits((c0 & c1 & c2) == 0);
      for (; crossing; crossing &= crossing - 1) cut(at + unsigned(__builtin_ctz(crossing)));
    }
    I x0 = xs.at(i0), x1 = xs.at(i1), x2 = xs.at(i2);
    I y0 = ys.at(i0), y1 = ys.at(i1), y2 = ys.at(i2);
    I left = max((min(min(x0, x1), x2) + 255) >> 8, splati(t.x0));
    I right = min(max(max(x0, x1), x2) >> 8, splati(t.x1 - 1));
    I top = max((min(min(y0, y1), y2) + 255) >> 8, splati(t.y0));
    I bottom = min(max(max(y0, y1), y2) >> 8, splati(t.y1 - 1));
    alive &= bits((left <= right) & (top <= bottom));
    if (!alive) continue;
    if (w.is_small) {
      alive &= bits((x0 - x1) * (y2 - y0) - (x2 - x0) * (y0 - y1) > 0);
      I width = right - left, height = bottom - top;
      unsigned tiny = alive & bits(max(width, height) < TINY);
      alive &= ~tiny;
      if (tiny) {
        I px = left * 256, py = top * 256;
        Edges e0(x0, y0, x1, y1, px, py, t.bottom_edge_rule),
            e1(x1, y1, x2, y2, px, py, t.bottom_edge_rule),
            e2(x2, y2, x0, y0, px, py, t.bottom_edge_rule);
        unsigned in_row = tiny;
        for (int dy = 0; in_row; in_row &= bits(height >= ++dy)) {
          I c0 = e0.value, c1 = e1.value, c2 = e2.value;
          unsigned here = in_row;
          for (int dx = 0; here; here &= bits(width >= ++dx)) {
            unsigned covered = here & bits(min(min(c0, c1), c2) > 0);
            c0 -= e0.dcdx << 8;
            c1 -= e1.dcdx << 8;
            c2 -= e2.dcdx << 8;
            if (!covered) continue;
            I x = left + dx, y = top + dy;
            alignas(64) int32_t place[LANES], depth[LANES];
            store(place, (y - t.y0) * t.stride + x - t.x0);
            store(depth, quantise(DepthPlanes(w, i0, i1, i2).at(x, y), t.depth_bits));
            for (; covered; covered &= covered - 1) {
              unsigned lane = unsigned(__builtin_ctz(covered));
              sink_for(at + lane).put(place[lane], uint32_t(depth[lane]));
            }
          }
          e0.value += e0.dcdy << 8;
          e1.value += e1.dcdy << 8;
          e2.value += e2.dcdy << 8;
        }
      }
    }
    if (!alive) continue;
    alignas(64) int32_t box[4][LANES];
    store(box[0], left);
    store(box[1], top);
    store(box[2], right);
    store(box[3], bottom);
    for (; alive; alive &= alive - 1) {
      unsigned lane = unsigned(__builtin_ctz(alive));
      uint32_t triangle = at + lane;
      raster::Corner v[3] = {w.corner(m.corner0[triangle]), w.corner(m.corner1[triangle]),
                             w.corner(m.corner2[triangle])};
      if (w.is_small) {
        draw_small(t, v, box[0][lane], box[1][lane], box[2][lane], box[3][lane],
                   sink_for(triangle));
      } else if (raster::area(v) > 0) {
        draw_large(t, v, sink_for(triangle));
      }
    }
  }
}

// Asks for a cluster's vertices and corners while the one before it is drawn.
INLINE void prefetch(const craster_meshes &m, craster_points world, const craster_item *items,
                     int next, int count) {
  if (next >= count) return;
  const craster_item &item = items[next];
  const craster_cluster &c = m.clusters[item.cluster];
  uint32_t first = item.first_point + c.first_vertex;
  for (uint32_t vertex = 0; vertex < c.vertex_count; vertex += 16) {
    __builtin_prefetch(world.x + first + vertex);
    __builtin_prefetch(world.y + first + vertex);
    __builtin_prefetch(world.z + first + vertex);
  }
  for (const uint8_t *corners : {m.corner0, m.corner1, m.corner2}) {
    __builtin_prefetch(corners + c.first_triangle);
    __builtin_prefetch(corners + c.first_triangle + c.triangle_count - 1);
  }
  if (next + 1 < count) __builtin_prefetch(m.clusters + items[next + 1].cluster);
}

static void draw_piece(const craster_target *target, const raster::Corner v[3],
                       const raster::FragmentSink &sink) {
  draw_large(*target, v, sink);
}

static int draw(const craster_target *target, const craster_meshes *meshes, craster_points world,
                const craster_item *items, int item_count, craster_fragment *fragments,
                craster_cut *cuts, int capacity) {
  Window w;
  int cut_count = 0;
  for (int i = 0; i < item_count; i++) {
    const craster_item &item = items[i];
    const craster_cluster &c = meshes->clusters[item.cluster];
    prefetch(*meshes, world, items, i + 1, item_count);
    make_window<false>(w, *target, world, int(item.first_point + c.first_vertex),
                       int(c.vertex_count));
    draw_cluster<false>(
        *target, *meshes, c, w,
        [&](uint32_t triangle) {
          return raster::FragmentSink{fragments, item.rank,
                                      item.code | meshes->original[triangle] << 4,
                                      target->depth_bits};
        },
        [&](uint32_t triangle) {
          if (cut_count < capacity) cuts[cut_count] = {uint32_t(i), triangle};
          cut_count++;
        });
  }
  return cut_count;
}

static void draw_shadow(const craster_target *target, const craster_meshes *meshes,
                        craster_points world, const craster_item *items, int item_count,
                        uint16_t *depths) {
  Window w;
  for (int i = 0; i < item_count; i++) {
    const craster_item &item = items[i];
    const craster_cluster &c = meshes->clusters[item.cluster];
    prefetch(*meshes, world, items, i + 1, item_count);
    make_window<true>(w, *target, world, int(item.first_point + c.first_vertex),
                      int(c.vertex_count));
    draw_cluster<true>(
        *target, *meshes, c, w, [&](uint32_t) { return raster::ShadowSink{depths}; },
        [](uint32_t) {});
  }
}

#include "culling.h"
#include "shading.h"
