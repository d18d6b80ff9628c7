// Colours of visible pixels; included by kernels.h.

// A vertex of each lane's triangle.
struct Vertex {
  F x, y, z;    // world
  F wx, wy, rw; // window coordinates and 1 / clip w
};

// Neighbouring pixels mostly show one triangle: then one number serves all lanes.
INLINE F pick(const float *base, I index, bool is_uniform) {
  return is_uniform ? splat(base[index[0]]) : gather(base, index);
}

INLINE Vertex fetch(const craster_lighting &l, const craster_surface &s, I index,
                    bool is_uniform) {
  Vertex v;
  v.x = pick(s.world.x, index, is_uniform);
  v.y = pick(s.world.y, index, is_uniform);
  v.z = pick(s.world.z, index, is_uniform);
  F cx = transform_row(l.matrix, 0, v.x, v.y, v.z);
  F cy = transform_row(l.matrix, 1, v.x, v.y, v.z);
  v.rw = 1.0f / transform_row(l.matrix, 3, v.x, v.y, v.z);
  v.wx = cx * v.rw * l.half_width + l.half_width;
  v.wy = cy * v.rw * (l.y_sign * l.half_height) + l.half_height;
  return v;
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

INLINE I lerp8(I a, I b, I weight) { return a + (((b - a) * weight + 128) >> 8); }

// Texel number and weight (of 256) along one axis, wrapping around.
INLINE void wrap(F coordinate, I size, I &first, I &second, I &weight) {
  F whole = to_float(floor_int(coordinate));
  I position = round_even((coordinate - whole) * to_float(size * 256)) - 128;
  weight = position & 255;
  first = position >> 8;
  first = choose(first < 0, size - 1, first);
  first = min(first, size - 1);
  second = choose(first == size - 1, I{}, first + 1);
}

INLINE void sample_level(const craster_texture &t, I level, F u, F v, I rgb[3]) {
  I width = gather(t.width, level), height = gather(t.height, level);
  I x0, x1, wx, y0, y1, wy;
  wrap(u, width, x0, x1, wx);
  wrap(v, height, y0, y1, wy);
  I low = gather(t.offset, level) + y0 * width, high = low + (y1 - y0) * width;
  const int32_t *texels = reinterpret_cast<const int32_t *>(t.texels);
  I t00 = gather(texels, low + x0), t01 = gather(texels, low + x1);
  I t10 = gather(texels, high + x0), t11 = gather(texels, high + x1);
  for (int channel = 0; channel < 3; channel++) {
    int shift = 8 * channel;
    I a = lerp8((t00 >> shift) & 255, (t01 >> shift) & 255, wx);
    I b = lerp8((t10 >> shift) & 255, (t11 >> shift) & 255, wx);
    rgb[channel] = lerp8(a, b, wy);
  }
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
  I low[3], high[3];
  sample_level(t, level, u, v, low);
  if (any(fraction > 0)) {
    sample_level(t, min(level + 1, last), u, v, high);
    for (int i = 0; i < 3; i++) low[i] = lerp8(low[i], high[i], fraction);
  }
  for (int i = 0; i < 3; i++) rgb[i] = to_float(low[i]) * (1.0f / 255.0f);
}

// Part of the 2 x 2 texels around (s, t) that the light reaches at depth r.
INLINE F lit(const craster_lighting &l, F s, F t, F r) {
  F x = s * l.shadow_size - 0.5f, y = t * l.shadow_size - 0.5f;
  // Far outside the map everything is lit; keep conversions in range.
  x = max(min(x, splat(l.shadow_size + 1.0f)), splat(-2.0f));
  y = max(min(y, splat(l.shadow_size + 1.0f)), splat(-2.0f));
  I ix = floor_int(x), iy = floor_int(y);
  F wx = x - to_float(ix), wy = y - to_float(iy);
  r = max(min(r, splat(1.0f)), F{});
  F value[4];
  I left = max(min(ix, splati(l.shadow_x1 - 1)), splati(l.shadow_x0)) - l.shadow_x0;
  for (int row = 0; row < 2; row++) {
    I ty = iy + row;
    I at = (max(min(ty, splati(l.shadow_y1 - 1)), splati(l.shadow_y0)) - l.shadow_y0) *
               l.shadow_stride + left;
    I pair = gather_pair(l.shadow, at);
    I row_stored = (ty >= l.shadow_y0) & (ty < l.shadow_y1);
    for (int column = 0; column < 2; column++) {
      I tx = ix + column;
      I stored = row_stored & (tx >= l.shadow_x0) & (tx < l.shadow_x1);
      // Left of the stored part the pair starts one texel late.
      I depth = column == 0 ? pair & 0xffff
                            : choose(ix < l.shadow_x0, pair & 0xffff, (pair >> 16) & 0xffff);
      depth = choose(stored, depth, splati(65535));
      value[2 * row + column] =
          choose(r <= to_float(depth) * (1.0f / 65535.0f), splat(1.0f), F{});
    }
  }
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
    I i0 = load<I>(pixels->i0 + first), i1 = load<I>(pixels->i1 + first),
      i2 = load<I>(pixels->i2 + first);
    I px = load<I>(pixels->x + first), py = load<I>(pixels->y + first);
    bool one = !any((i0 != i0[0]) | (i1 != i1[0]) | (i2 != i2[0]));
    Vertex v0 = fetch(l, s, i0, one), v1 = fetch(l, s, i1, one), v2 = fetch(l, s, i2, one);
    Plane plane(v0, v1, v2);
    Weights w = plane.at(to_float(px), to_float(py));

    F n[3];
    {
      F n0[3], n1[3], n2[3];
      rotate(q, pick(s.nx, i0, one), pick(s.ny, i0, one), pick(s.nz, i0, one), n0);
      rotate(q, pick(s.nx, i1, one), pick(s.ny, i1, one), pick(s.nz, i1, one), n1);
      rotate(q, pick(s.nx, i2, one), pick(s.ny, i2, one), pick(s.nz, i2, one), n2);
      for (int i = 0; i < 3; i++) n[i] = w.mix(n0[i], n1[i], n2[i]);
    }
    F length = 1.0f / root(dot3(n[0], n[1], n[2], n[0], n[1], n[2]));
    for (int i = 0; i < 3; i++) n[i] *= length;

    F texel[3] = {splat(1.0f), splat(1.0f), splat(1.0f)};
    if (s.texture) {
      F u0 = pick(s.u, i0, one), u1 = pick(s.u, i1, one), u2 = pick(s.u, i2, one);
      F t0 = pick(s.v, i0, one), t1 = pick(s.v, i1, one), t2 = pick(s.v, i2, one);
      F qx = to_float(px & ~1), qy = to_float(py & ~1);
      Weights here = plane.at(qx, qy), right = plane.at(qx + 1.0f, qy),
              below = plane.at(qx, qy + 1.0f);
      F u = here.mix(u0, u1, u2), v = here.mix(t0, t1, t2);
      sample(*s.texture, w.mix(u0, u1, u2), w.mix(t0, t1, t2), right.mix(u0, u1, u2) - u,
             right.mix(t0, t1, t2) - v, below.mix(u0, u1, u2) - u, below.mix(t0, t1, t2) - v,
             texel);
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
    int count = pixels->count - first < LANES ? pixels->count - first : LANES;
    if (l.shadow) {
      F c[3];
      for (int i = 0; i < 3; i++) {
        c[i] = w.mix(transform_row(l.shadow_matrix, i, v0.x, v0.y, v0.z),
                     transform_row(l.shadow_matrix, i, v1.x, v1.y, v1.z),
                     transform_row(l.shadow_matrix, i, v2.x, v2.y, v2.z));
      }
      visibility = lit(l, c[0], c[1], c[2]);
      if (pixels->shadow_x) {
        for (int lane = 0; lane < count; lane++) {
          pixels->shadow_x[pixels->output[first + lane]] = c[0][lane] * l.shadow_size;
          pixels->shadow_y[pixels->output[first + lane]] = c[1][lane] * l.shadow_size;
        }
      }
    }
    visibility = choose(intensity < 0.5f, F{}, visibility);
    intensity = (1.0f - l.shadow_intensity) * intensity +
                l.shadow_intensity * intensity * visibility;
    F factor = (intensity * (1.0f - l.ambient) + l.ambient) + specular * visibility;

    I packed = I{};
    for (int i = 0; i < 3; i++) packed |= to_byte(texel[i] * s.color[i] * factor) << (8 * i);
    for (int lane = 0; lane < count; lane++) {
      uint8_t *out = rgb + 3 * int64_t(pixels->output[first + lane]);
      int32_t color = packed[lane];
      __builtin_memcpy(out, &color, 2);
      out[2] = uint8_t(color >> 16);
    }
  }
}
