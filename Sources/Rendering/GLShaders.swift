/// The shading model of the pictures CALVIN was recorded with (PyBullet's OpenGL renderer).
///
/// The order of the arithmetic is the contract: on the same driver the same operations give the
/// same bytes. Vertices are rotated by quaternion products, not matrices; light and highlight are
/// world-fixed; the highlight's eye is not the camera.
enum GLShaders {
  private static let placement = """
    #version 330 core
    uniform vec4 linkPosition;
    uniform vec4 linkRotation;

    vec4 product(vec4 a, vec4 b) {
      vec3 imaginary = a.w * b.xyz + a.xyz * b.w + cross(a.xyz, b.xyz);
      float real = dot(a * b, vec4(-1.0, -1.0, -1.0, 1.0));
      return vec4(imaginary, real);
    }

    vec3 rotated(vec3 v, vec4 q) {
      return product(product(q, vec4(v, 0.0)), vec4(-q.x, -q.y, -q.z, q.w)).xyz;
    }

    """

  static let surfaceVertex =
    placement + """
      layout(location = 0) in vec3 position;
      layout(location = 1) in vec3 normal;
      layout(location = 2) in vec2 texel;
      uniform mat4 clipFromWorld;
      uniform mat4 shadowFromWorld;
      out vec3 worldNormal;
      out vec3 worldPosition;
      out vec4 shadowPosition;
      out vec2 texturePosition;

      void main() {
        worldNormal = rotated(normal, linkRotation);
        worldPosition = linkPosition.xyz + rotated(position, linkRotation);
        gl_Position = clipFromWorld * vec4(worldPosition, 1.0);
        shadowPosition = shadowFromWorld * vec4(worldPosition, 1.0);
        texturePosition = texel;
      }
      """

  static let surfaceFragment = """
    #version 330 core
    in vec3 worldNormal;
    in vec3 worldPosition;
    in vec4 shadowPosition;
    in vec2 texturePosition;
    uniform vec4 color;
    uniform vec3 lightPosition;
    uniform vec3 highlightEye;
    uniform vec2 shadowOrigin;
    uniform sampler2D surface;
    uniform sampler2DRectShadow shadowMap;
    out vec4 pixel;

    const float shadowMapSize = \(Float(Lighting.shadowMapSize));
    const float shadowIntensity = \(Lighting.shadowIntensity);
    const float shininess = \(Lighting.shininess);
    const vec3 highlightColor = vec3(\(Lighting.specular));
    const vec3 ambient = vec3(\(Lighting.ambient));

    void main() {
      vec4 base = color * texture(surface, texturePosition);
      vec3 toSun = normalize(lightPosition);
      vec3 facing = normalize(worldNormal);
      float intensity = 0.5 + 0.5 * clamp(dot(facing, toSun), -1.0, 1.0);

      vec3 highlight = vec3(0.0);
      if (!(dot(facing, toSun) < 0.0)) {
        vec3 toLight = normalize(lightPosition - worldPosition);
        vec3 toEye = normalize(highlightEye - worldPosition);
        float mirrored = max(0.0, dot(toEye, reflect(-toLight, facing)));
        highlight = pow(mirrored, shininess) * highlightColor;
      }

      // Multiplying by the map's size and subtracting whole texels is exact, so a cropped map
      // filters exactly as the full one.
      vec2 shadowTexel = shadowPosition.xy * shadowMapSize - shadowOrigin;
      float lit = texture(shadowMap, vec3(shadowTexel, shadowPosition.z / shadowPosition.w));
      if (intensity < 0.5) lit = 0.0;
      intensity = (1.0 - shadowIntensity) * intensity + shadowIntensity * intensity * lit;

      vec3 light = intensity * (vec3(1.0) - ambient) + ambient + highlight * lit;
      pixel = vec4(base.rgb * light, color.w);
    }
    """

  static let shadowVertex =
    placement + """
      layout(location = 0) in vec3 position;
      uniform mat4 clipFromWorld;

      void main() {
        gl_Position = clipFromWorld * vec4(linkPosition.xyz + rotated(position, linkRotation), 1.0);
      }
      """

  static let shadowFragment = """
    #version 330 core
    void main() {}
    """
}
