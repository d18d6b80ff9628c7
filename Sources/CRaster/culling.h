// Which clusters may show; included by kernels.h. What is sorted out here draws nothing.

// A cluster's sphere and cone of normals.
struct Bounds {
  F x, y, z, ax, ay, az, radius, cutoff;

  METHOD Bounds(const craster_bounds &b, int i)
      : x(load<F>(b.centers.x + i)), y(load<F>(b.centers.y + i)), z(load<F>(b.centers.z + i)),
        ax(load<F>(b.axes.x + i)), ay(load<F>(b.axes.y + i)), az(load<F>(b.axes.z + i)),
        radius(load<F>(b.radius + i)), cutoff(load<F>(b.cutoff + i)) {}
};

INLINE int append(unsigned wanted, int first, const craster_item &item, craster_item *items,
                  int count) {
  for (; wanted; wanted &= wanted - 1) {
    items[count] = item;
    items[count].cluster += uint32_t(first + __builtin_ctz(wanted));
    count++;
  }
  return count;
}

static int find_visible(const craster_frustum *frustum, const craster_bounds *bounds, int count,
                        const craster_item *item, craster_item *items) {
  const craster_frustum &f = *frustum;
  int found = 0;
  for (int i = 0; i < count; i += LANES) {
    Bounds b(*bounds, i);
    F dx = b.x - f.eye[0], dy = b.y - f.eye[1], dz = b.z - f.eye[2];
    F distance = root(dx * dx + dy * dy + dz * dz);
    I hidden = (I)(dx * b.ax + dy * b.ay + dz * b.az > b.cutoff * distance + b.radius);
    F limit = -b.radius - 1e-5f;
    for (int p = 0; p < 6; p++) {
      const float *plane = f.planes[p];
      hidden |= (I)(plane[0] * b.x + plane[1] * b.y + plane[2] * b.z + plane[3] < limit);
    }
    found = append(bits(~hidden & (i + iota() < count)), i, *item, items, found);
  }
  return found;
}

static int find_casters(const craster_light *light, const craster_bounds *bounds, int count,
                        const craster_item *item, craster_item *items, int box[4]) {
  const craster_light &l = *light;
  float half = l.size / 2;
  I x0 = splati(box[0]), y0 = splati(box[1]), x1 = splati(box[2]), y1 = splati(box[3]);
  int found = 0;
  for (int i = 0; i < count; i += LANES) {
    Bounds b(*bounds, i);
    I casts = ~(I)(b.ax * l.direction[0] + b.ay * l.direction[1] + b.az * l.direction[2] >
                   b.cutoff) &
              (i + iota() < count);
    F x = transform_row(l.matrix, 0, b.x, b.y, b.z) * half + half;
    F y = transform_row(l.matrix, 1, b.x, b.y, b.z) * half + half;
    // Far outside the map nothing casts; the clamps keep conversions in range.
    x = max(min(x, splat(3 * half)), splat(-half));
    y = max(min(y, splat(3 * half)), splat(-half));
    F reach = min(b.radius * l.texels_per_metre, splat(4 * half)) + 2.0f;
    I size = splati(int(l.size));
    I left = max(truncate(x - reach), I{}), top = max(truncate(y - reach), I{});
    I right = min(truncate(x + reach), size), bottom = min(truncate(y + reach), size);
    casts &= (left < right) & (top < bottom);
    x0 = min(x0, choose(casts, left, x0));
    y0 = min(y0, choose(casts, top, y0));
    x1 = max(x1, choose(casts, right, x1));
    y1 = max(y1, choose(casts, bottom, y1));
    found = append(bits(casts), i, *item, items, found);
  }
  box[0] = __builtin_reduce_min(x0);
  box[1] = __builtin_reduce_min(y0);
  box[2] = __builtin_reduce_max(x1);
  box[3] = __builtin_reduce_max(y1);
  return found;
}
