// Colours of visible pixels; included by kernels.h.

// A vertex of each lane's triangle.
struct Vertex {
  F x, y, z;    // world
  F nx, ny, nz; // normal in the shape's frame
  F u, v;
  F wx, wy, rw; // window coordinates and 1 / clip w

  METHOD void fetch(const craster_surface &s, int32_t index, I lanes) {
    const craster_attributes &a = s.attributes[index];
    x = choose(lanes, splat(s.world.x[index]), x);
    y = choose(lanes, splat(s.world.y[index]), y);
    z = choose(lanes, splat(s.world.z[index]), z);
    nx = choose(lanes, splat(a.nx), nx);
    ny = choose(lanes, splat(a.ny), ny);
    nz = choose(lanes, splat(a.nz), nz);
    u = choose(lanes, splat(a.u), u);
    v = choose(lanes, splat(a.v), v);
  }

  METHOD void project(const craster_lighting &l) {
    F cx = transform_row(l.matrix, 0, x, y, z), cy = transform_row(l.matrix, 1, x, y, z);
    rw = 1.0f / transform_row(l.matrix, 3, x, y, z);
    wx = cx * rw * l.half_width + l.half_width;
    wy = cy * rw * (l.y_sign * l.half_height) + l.half_height;
  }
};

// Neighbouring pixels show few triangles: fetching each of those once beats one gather per number.
INLINE void fetch(const craster_surface &s, const int32_t *triangles, Vertex v[3]) {
  for (int i = 0; i < 3; i++) v[i] = Vertex{};
  I numbers = load<I>(triangles);
  unsigned left = bits(splati(-1));
  do {
    int32_t triangle = triangles[__builtin_ctz(left)];
    I same = numbers == triangle;
    for (int i = 0; i < 3; i++) v[i].fetch(s, s.corners[3 * int64_t(triangle) + i], same);
    left &= ~bits(same);
  } while (left);
}

// Asks for what `fetch` will read, one group of pixels ahead and the corner numbers two: vertices lie
// anywhere in megabytes, and waiting for them would take longer than shading.
INLINE void prefetch(const craster_surface &s, const craster_pixels &pixels, int first) {
  int32_t last = -1;
  for (int at = first + LANES; at < first + 2 * LANES && at < pixels.count; at++) {
    int32_t triangle = pixels.triangles[at];
    if (triangle == last) continue;
    last = triangle;
    for (int i = 0; i < 3; i++) {
      int32_t vertex = s.corners[3 * int64_t(triangle) + i];
      __builtin_prefetch(s.attributes + vertex);
      __builtin_prefetch(s.world.x + vertex);
      __builtin_prefetch(s.world.y + vertex);
      __builtin_prefetch(s.world.z + vertex);
    }
  }
  last = -1;
  for (int at = first + 2 * LANES; at < first + 3 * LANES && at < pixels.count; at++) {
    int32_t triangle = pixels.triangles[at];
    if (triangle != last) __builtin_prefetch(s.corners + 3 * int64_t(triangle));
    last = triangle;
  }
}

// Perspective-correct weights of the second and third vertex at pixel centres.
struct Weights {
  F b, c;
  METHOD F mix(F v0, F v1, F v2) const { return (v0 + b * (v1 - v0)) + c * (v2 - v0); }
};

struct Plane {
  F x, y, e1x, e1y, e2x, e2y, inverse;
  F rw0, rw1, rw2;

  METHOD Plane(const Vertex &v0, const Vertex &v1, const Vertex &v2)
      : x(v0.wx - 0.5f), y(v0.wy - 0.5f), e1x(v1.wx - v0.wx), e1y(v1.wy - v0.wy),
        e2x(v2.wx - v0.wx), e2y(v2.wy - v0.wy), inverse(1.0f / (e1x * e2y - e1y * e2x)),
        rw0(v0.rw), rw1(v1.rw), rw2(v2.rw) {}

  METHOD Weights at(F px, F py) const {
    F dx = px - x, dy = py - y;
    F b = (dx * e2y - dy * e2x) * inverse;
    F c = (e1x * dy - e1y * dx) * inverse;
    F q0 = ((1.0f - b) - c) * rw0, q1 = b * rw1, q2 = c * rw2;
    F sum = 1.0f / ((q0 + q1) + q2);
    return {q1 * sum, q2 * sum};
  }
};

INLINE F dot3(F ax, F ay, F az, F bx, F by, F bz) { return (ax * bx + ay * by) + az * bz; }

// RGBX texels with red and blue in one number, green in another.
struct Texel {
  U red_blue, green;

  METHOD explicit Texel(I t) : red_blue((U)t & 0xff00ff), green(((U)t >> 8) & 0xff) {}
  METHOD Texel(U red_blue, U green) : red_blue(red_blue), green(green) {}
};

// a + (b - a) * weight / 256, rounded; no channel reaches into the next.
INLINE Texel lerp8(const Texel &a, const Texel &b, I weight) {
  U w = (U)weight, v = 256 - w;
  return {((a.red_blue * v + b.red_blue * w + 0x800080) >> 8) & 0xff00ff,
          (a.green * v + b.green * w + 128) >> 8};
}

// Texel number and weight (of 256) along one axis, wrapping around. The texel after the last one
// is the first.
INLINE void wrap(F coordinate, I size, I &first, I &weight) {
  F whole = to_float(floor_int(coordinate));
  I position = round_even((coordinate - whole) * to_float(size * 256)) - 128;
  weight = position & 255;
  first = position >> 8;
  first = choose(first < 0, size - 1, first);
  first = min(first, size - 1);
}

INLINE Texel sample_level(const craster_texture &t, I level, F u, F v) {
  I width = Table16(t.width).at(level), height = Table16(t.height).at(level);
  I x, wx, y, wy;
  wrap(u, width, x, wx);
  wrap(v, height, y, wy);
  // Rows end with a copy of their first texel.
  I stride = width + 1;
  I below = choose(y == height - 1, -y, splati(1));
  I low = Table16(t.offset).at(level) + y * stride + x, high = low + below * stride;
  I t00, t01, t10, t11;
  gather_two(t.texels, low, t00, t01);
  gather_two(t.texels, high, t10, t11);
  return lerp8(lerp8(Texel(t00), Texel(t01), wx), lerp8(Texel(t10), Texel(t11), wx), wy);
}

// log2 of a positive number, linear between powers of two, as llvmpipe takes it.
INLINE F fast_log2(F x) {
  I bits = (I)x;
  F exponent = to_float(((bits >> 23) & 255) - 128);
  F mantissa = (F)((bits & 0x7fffff) | 0x3f800000);
  return exponent + mantissa;
}

// Trilinear lookup; the level comes from the derivatives at the pixel's 2 x 2 block.
INLINE void sample(const craster_texture &t, F u, F v, F dudx, F dvdx, F dudy, F dvdy, F rgb[3]) {
  F rho = max(max(absolute(dudx), absolute(dudy)) * float(t.width[0]),
              max(absolute(dvdx), absolute(dvdy)) * float(t.height[0]));
  F lod = fast_log2(rho * rho) * 0.5f;
  lod = max(min(lod, splat(float(t.level_count))), splat(-1.0f));
  I level = floor_int(lod);
  I fraction = truncate((lod - to_float(level)) * 256.0f);
  I last = splati(t.level_count - 1);
  fraction = choose((level < 0) | (level >= last), I{}, fraction);
  level = max(min(level, last), I{});
  Texel texel = sample_level(t, level, u, v);
  if (any(fraction > 0)) {
    texel = lerp8(texel, sample_level(t, min(level + 1, last), u, v), fraction);
  }
  rgb[0] = to_float((I)(texel.red_blue & 0xff)) * (1.0f / 255.0f);
  rgb[1] = to_float((I)texel.green) * (1.0f / 255.0f);
  rgb[2] = to_float((I)(texel.red_blue >> 16)) * (1.0f / 255.0f);
}

// Where in the shadow map pixels look: the first of 2 x 2 texels and the depth to compare.
struct ShadowPlace {
  I x, y;
  F depth;
};

// Which of the 2 x 2 texels the light reaches: bit 0 the first, 1 its right neighbour, 2 and 3 those
// of the next row.
INLINE I lit_texels(const craster_shadow &m, const ShadowPlace &p) {
  I left = max(min(p.x, splati(m.x1 - 1)), splati(m.x0)) - m.x0;
  I result = I{};
  for (int row = 0; row < 2; row++) {
    I ty = p.y + row;
    I at = (max(min(ty, splati(m.y1 - 1)), splati(m.y0)) - m.y0) * m.stride + left;
    I pair = gather_pair(m.depths, at);
    I row_stored = (ty >= m.y0) & (ty < m.y1);
    for (int column = 0; column < 2; column++) {
      I tx = p.x + column;
      I stored = row_stored & (tx >= m.x0) & (tx < m.x1);
      // Left of the stored part the pair starts one texel late.
      I depth = column == 0 ? pair & 0xffff
                            : choose(p.x < m.x0, pair & 0xffff, (pair >> 16) & 0xffff);
      depth = choose(stored, depth, splati(65535));
      I is_lit = (I)(p.depth <= to_float(depth) * (1.0f / 65535.0f));
      result |= is_lit & (1 << (2 * row + column));
    }
  }
  return result;
}

// Shadow places and lit texels as they are kept between frames.
constexpr int RECORD_OFFSET = 8;

INLINE Q pack(const ShadowPlace &p, I lit) {
  I place = (p.x + RECORD_OFFSET) | (p.y + RECORD_OFFSET) << 14 | lit << 28;
  return __builtin_convertvector((U)p.depth, Q) << 32 | __builtin_convertvector((U)place, Q);
}

INLINE ShadowPlace unpack(Q record, I &lit) {
  U place = __builtin_convertvector(record, U);
  lit = (I)(place >> 28);
  return {(I)(place & 0x3fff) - RECORD_OFFSET, (I)(place >> 14 & 0x3fff) - RECORD_OFFSET,
          (F)__builtin_convertvector(record >> 32, U)};
}

// Part of the 2 x 2 texels around (s, t) that the light reaches at depth r.
INLINE F visible_part(const craster_shadow &m, F s, F t, F r, Q &record) {
  F x = s * m.size - 0.5f, y = t * m.size - 0.5f;
  // Far outside the map everything is lit; keep conversions in range.
  x = max(min(x, splat(m.size + 1.0f)), splat(-2.0f));
  y = max(min(y, splat(m.size + 1.0f)), splat(-2.0f));
  ShadowPlace place{floor_int(x), floor_int(y), max(min(r, splat(1.0f)), F{})};
  F wx = x - to_float(place.x), wy = y - to_float(place.y);
  I lit = lit_texels(m, place);
  record = pack(place, lit);
  F value[4];
  for (int i = 0; i < 4; i++) value[i] = to_float((lit >> i) & 1);
  F low = (1.0f - wx) * value[0] + wx * value[1];
  F high = (1.0f - wx) * value[2] + wx * value[3];
  return low + wy * (high - low);
}

// NaN becomes 0.
INLINE I to_byte(F x) {
  x = choose(x > 0.0f, x, F{});
  return round_even(min(x, splat(1.0f)) * 255.0f);
}

static void shade(const craster_lighting *lighting, const craster_surface *surface,
                  const craster_pixels *pixels, uint8_t *rgb) {
  const craster_lighting &l = *lighting;
  const craster_surface &s = *surface;
  F q[4];
  for (int i = 0; i < 4; i++) q[i] = splat(s.quaternion[i]);
  for (int first = 0; first < pixels->count; first += LANES) {
    I place = load<I>(pixels->places + first);
    I px = place & 0xffff, py = place >> 16;
    Vertex vertices[3];
    prefetch(s, *pixels, first);
    fetch(s, pixels->triangles + first, vertices);
    for (int i = 0; i < 3; i++) vertices[i].project(l);
    const Vertex &v0 = vertices[0], &v1 = vertices[1], &v2 = vertices[2];
    Plane plane(v0, v1, v2);
    Weights w = plane.at(to_float(px), to_float(py));

    F n[3];
    {
      F n0[3], n1[3], n2[3];
      rotate(q, v0.nx, v0.ny, v0.nz, n0);
      rotate(q, v1.nx, v1.ny, v1.nz, n1);
      rotate(q, v2.nx, v2.ny, v2.nz, n2);
      for (int i = 0; i < 3; i++) n[i] = w.mix(n0[i], n1[i], n2[i]);
    }
    F length = 1.0f / root(dot3(n[0], n[1], n[2], n[0], n[1], n[2]));
    for (int i = 0; i < 3; i++) n[i] *= length;

    F texel[3] = {splat(1.0f), splat(1.0f), splat(1.0f)};
    if (s.texture) {
      auto mix_u = [&](const Weights &at) { return at.mix(v0.u, v1.u, v2.u); };
      auto mix_v = [&](const Weights &at) { return at.mix(v0.v, v1.v, v2.v); };
      F qx = to_float(px & ~1), qy = to_float(py & ~1);
      Weights here = plane.at(qx, qy), right = plane.at(qx + 1.0f, qy),
              below = plane.at(qx, qy + 1.0f);
      F u = mix_u(here), v = mix_v(here);
      sample(*s.texture, mix_u(w), mix_v(w), mix_u(right) - u, mix_v(right) - v, mix_u(below) - u,
             mix_v(below) - v, texel);
    }

    F diffuse = dot3(n[0], n[1], n[2], splat(l.light_direction[0]), splat(l.light_direction[1]),
                     splat(l.light_direction[2]));
    F intensity = 0.5f + 0.5f * max(min(diffuse, splat(1.0f)), splat(-1.0f));

    F x = w.mix(v0.x, v1.x, v2.x), y = w.mix(v0.y, v1.y, v2.y), z = w.mix(v0.z, v1.z, v2.z);
    F lx = l.light[0] - x, ly = l.light[1] - y, lz = l.light[2] - z;
    F ll = 1.0f / root(dot3(lx, ly, lz, lx, ly, lz));
    lx *= ll;
    ly *= ll;
    lz *= ll;
    F ex = l.eye[0] - x, ey = l.eye[1] - y, ez = l.eye[2] - z;
    F el = 1.0f / root(dot3(ex, ey, ez, ex, ey, ez));
    ex *= el;
    ey *= el;
    ez *= el;
    // reflect(-L, N) = -L + 2 (N.L) N
    F twice = 2.0f * dot3(n[0], n[1], n[2], lx, ly, lz);
    F glance = max(dot3(ex, ey, ez, twice * n[0] - lx, twice * n[1] - ly, twice * n[2] - lz), F{});
    // Below 1/8 the 41st power vanishes; stopping there keeps denormal numbers out.
    glance = choose(glance < 0.125f, F{}, glance);
    F p2 = glance * glance, p4 = p2 * p2, p8 = p4 * p4, p16 = p8 * p8, p32 = p16 * p16;
    F specular = choose(diffuse < 0.0f, F{}, (p32 * p8 * glance) * l.specular);

    F visibility = splat(1.0f);
    Q record = Q{};
    if (l.shadow.depths) {
      F c[3];
      for (int i = 0; i < 3; i++) {
        c[i] = w.mix(transform_row(l.shadow.matrix, i, v0.x, v0.y, v0.z),
                     transform_row(l.shadow.matrix, i, v1.x, v1.y, v1.z),
                     transform_row(l.shadow.matrix, i, v2.x, v2.y, v2.z));
      }
      visibility = visible_part(l.shadow, c[0], c[1], c[2], record);
    }
    visibility = choose(intensity < 0.5f, F{}, visibility);
    intensity = (1.0f - l.shadow_intensity) * intensity +
                l.shadow_intensity * intensity * visibility;
    F factor = (intensity * (1.0f - l.ambient) + l.ambient) + specular * visibility;

    I packed = I{};
    for (int i = 0; i < 3; i++) packed |= to_byte(texel[i] * s.color[i] * factor) << (8 * i);
    alignas(64) int32_t output[LANES], colors[LANES];
    alignas(64) uint64_t records[LANES];
    store(output, py * pixels->width + px);
    store(colors, packed);
    store(records, record);
    int count = pixels->count - first < LANES ? pixels->count - first : LANES;
    for (int lane = 0; lane < count; lane++) {
      uint8_t *out = rgb + 3 * int64_t(output[lane]);
      __builtin_memcpy(out, &colors[lane], 2);
      out[2] = uint8_t(colors[lane] >> 16);
    }
    if (pixels->records) {
      for (int lane = 0; lane < count; lane++) pixels->records[output[lane]] = records[lane];
    }
  }
}

// What each pixel shows, and which pixels may have another colour than before.
static int find_changes(const craster_changes *changes, const craster_fragment *fragments,
                        int32_t *places, uint32_t *codes) {
  const craster_changes &c = *changes;
  Q background = Q{} + craster_background(c.depth_bits);
  int count = 0;
  alignas(32) int32_t moved_bits[8] = {};
  for (int i = 0; i < 256; i += LANES) {
    moved_bits[i / 32] |= int32_t(bits(load<I>(c.is_moved + i)) << (i % 32));
  }
  const Table8 moved(moved_bits);
  // In blocks of 4 x 4 pixels, as neighbours share triangles and texels.
  for (int top = 0; top < c.height; top += 4) {
    int rows = c.height - top < 4 ? c.height - top : 4;
    for (int x = 0; x < c.width; x += LANES) {
      unsigned changed[4] = {};
      for (int row = 0; row < rows; row++) {
        int64_t at = int64_t(top + row) * c.width + x;
        Q fragment = load<Q>(fragments + at);
        I is_empty = __builtin_convertvector((L)(fragment == background), I);
        I code = choose(is_empty, splati(-1), (I)__builtin_convertvector(fragment, U));
        I known = load<I>(c.codes + at);
        I used = x + iota() < c.width;
        I differs = code != known;
        U instance = (U)code >> 24;
        differs |= -((I)((U)moved.at((I)(instance >> 5)) >> (instance & 31)) & 1);
        I rest = ~is_empty & ~differs & used;
        if (c.shadow.depths && any(rest)) {
          I lit;
          ShadowPlace p = unpack(load<Q>(c.records + at), lit);
          rest &= (p.x + 1 >= c.shadow_x0) & (p.x < c.shadow_x1) & (p.y + 1 >= c.shadow_y0) &
                  (p.y < c.shadow_y1);
          if (any(rest)) differs |= rest & (lit_texels(c.shadow, p) != lit);
        }
        changed[row] = bits(differs & used);
        if (changed[row]) store(c.codes + at, choose(used, code, known));
      }
      if (!(changed[0] | changed[1] | changed[2] | changed[3])) continue;
      for (int block = 0; block < LANES; block += 4) {
        for (int row = 0; row < rows; row++) {
          int64_t at = int64_t(top + row) * c.width + x;
          for (unsigned left = changed[row] >> block & 15; left; left &= left - 1) {
            int lane = block + __builtin_ctz(left);
            uint32_t now = c.codes[at + lane];
            if (now == UINT32_MAX) {
              for (int i = 0; i < 3; i++) c.rgb[3 * (at + lane) + i] = c.background[i];
            } else {
              places[count] = (top + row) << 16 | (x + lane);
              codes[count] = now;
              count++;
            }
          }
        }
      }
    }
  }
  return count;
}

// Drivers scale 24-bit depth in double, 16-bit depth in single precision.
static void read_depths(const craster_fragment *fragments, int count, int depth_bits,
                        float *depths) {
  typedef double D __attribute__((vector_size(8 * LANES)));
  for (int i = 0; i < count; i += LANES) {
    I depth = (I)__builtin_convertvector(load<Q>(fragments + i) >> 40, U);
    F value = depth_bits == 16
                  ? to_float(depth) * (1.0f / 65535.0f)
                  : __builtin_convertvector(__builtin_convertvector(depth, D) * (1.0 / 0xffffff), F);
    if (count - i >= LANES) {
      store(depths + i, value);
    } else {
      for (int lane = 0; lane < count - i; lane++) depths[i + lane] = value[lane];
    }
  }
}
