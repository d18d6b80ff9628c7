// Scalar rasterisation shared by all instruction sets. Follows llvmpipe: 8 bits of subpixel
// precision, edge functions in integers, depth from a plane through the unsnapped vertices.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstring>

#include "craster.h"

namespace raster {

struct Corner {
  int32_t ix, iy; // 1/256 pixel, origin at the centre of pixel (0, 0)
  float x, y, z;  // window coordinates, origin at the corner of pixel (0, 0)
};

struct Edge {
  int32_t dcdx, dcdy;
  int32_t adjust; // 1 when points on the edge are inside
};

inline Edge make_edge(const Corner &a, const Corner &b, int bottom_edge_rule) {
  Edge e{a.iy - b.iy, a.ix - b.ix, 0};
  bool horizontal = bottom_edge_rule ? e.dcdy < 0 : e.dcdy > 0;
  e.adjust = e.dcdx < 0 || (e.dcdx == 0 && horizontal);
  return e;
}

// Depth as a plane: a + dadx * x + dady * y at pixel (x, y).
struct DepthPlane {
  float a, dadx, dady;

  DepthPlane(const Corner &p, const Corner &q, const Corner &r) {
    float dx01 = p.x - q.x, dy01 = p.y - q.y, dx20 = r.x - p.x, dy20 = r.y - p.y;
    float area = 1.0f / (dx01 * dy20 - dx20 * dy01);
    float da01 = p.z - q.z, da20 = r.z - p.z;
    dadx = da01 * (dy20 * area) - da20 * (dy01 * area);
    dady = da20 * (dx01 * area) - da01 * (dx20 * area);
    a = p.z - (dadx * (p.x - 0.5f) + dady * (p.y - 0.5f));
  }

  float at(int x, int y) const { return (a + dadx * float(x)) + dady * float(y); }
};

struct FragmentSink {
  craster_fragment *fragments;
  uint64_t rank;
  uint32_t code;
  int depth_bits;

  void put(int64_t at, uint64_t depth) const {
    uint64_t fragment = (depth << 8 | rank) << 32 | code;
    if (fragment < fragments[at]) fragments[at] = fragment;
  }
};

struct ShadowSink {
  uint16_t *depths;

  void put(int64_t at, uint32_t depth) const {
    if (depth < depths[at]) depths[at] = uint16_t(depth);
  }
};

inline int64_t area(const Corner v[3]) {
  return int64_t(v[0].ix - v[1].ix) * (v[2].iy - v[0].iy) -
         int64_t(v[2].ix - v[0].ix) * (v[0].iy - v[1].iy);
}

inline int floor_div256(int32_t x) { return x >> 8; }

inline int64_t floor_div(int64_t a, int64_t b) { // b > 0
  int64_t q = a / b;
  return q - (a % b < 0);
}

// Calls `span(y, first, last)` for each row of pixels a triangle of any size covers, given that it
// is counter-clockwise in raster space (area > 0): spans from exact 64-bit edge functions.
template <typename Span>
inline void for_each_span(const craster_target &t, const Corner v[3], Span &&span) {
  auto [ymin, ymax] = std::minmax({v[0].iy, v[1].iy, v[2].iy});
  auto [xmin, xmax] = std::minmax({v[0].ix, v[1].ix, v[2].ix});
  int y0 = std::max(t.y0, floor_div256(ymin + 255)), y1 = std::min(t.y1 - 1, floor_div256(ymax));
  int left = std::max(t.x0, floor_div256(xmin + 255));
  int right = std::min(t.x1 - 1, floor_div256(xmax));
  if (y0 > y1 || left > right) return;
  Edge edges[3];
  int64_t constants[3];
  for (int i = 0; i < 3; i++) {
    const Corner &p = v[i];
    edges[i] = make_edge(p, v[(i + 1) % 3], t.bottom_edge_rule);
    constants[i] =
        int64_t(edges[i].dcdx) * p.ix - int64_t(edges[i].dcdy) * p.iy + edges[i].adjust;
  }
  for (int y = y0; y <= y1; y++) {
    int64_t first = left, last = right;
    for (int i = 0; i < 3; i++) {
      // Inside where c - 256 dcdx x > 0.
      int64_t c = constants[i] + int64_t(edges[i].dcdy) * y * 256;
      int64_t step = int64_t(edges[i].dcdx) * 256;
      if (step > 0) {
        last = std::min(last, floor_div(c - 1, step));
      } else if (step < 0) {
        first = std::max(first, floor_div(-c, -step) + 1);
      } else if (c <= 0) {
        last = first - 1;
      }
    }
    if (first <= last) span(y, int(first), int(last));
  }
}

} // namespace raster
