/// An OBJ file as plain values, numbers rounded to float32 as PyBullet's reader does.
public struct OBJModel: Sendable, Equatable {
  /// `v` lines, three numbers each, flat.
  public var positions: [Float]
  /// `vn` lines, three numbers each, flat.
  public var normals: [Float]
  /// `vt` lines, two numbers each, flat.
  public var textureCoordinates: [Float]
  /// One entry per `o`/`g` group that has faces, in file order (`usemtl` does not split a group).
  public var groups: [OBJGroup]
  /// Materials of all readable `mtllib` files; unreadable libraries are skipped as PyBullet does.
  public var materials: [MTLMaterial]

  /// A model of these parts.
  public init(
    positions: [Float], normals: [Float], textureCoordinates: [Float], groups: [OBJGroup],
    materials: [MTLMaterial]
  ) {
    self.positions = positions
    self.normals = normals
    self.textureCoordinates = textureCoordinates
    self.groups = groups
    self.materials = materials
  }
}

/// The triangles between two group flushes of an OBJ file (polygons fanned).
public struct OBJGroup: Sendable, Equatable {
  /// Name on the `o`/`g` line, empty for leading faces.
  public var name: String
  /// Corners, three per triangle.
  public var corners: [OBJCorner]
  /// Index into `OBJModel.materials` of the material active when the group was flushed.
  public var material: Int?

  /// A group of these parts.
  public init(name: String, corners: [OBJCorner], material: Int?) {
    self.name = name
    self.corners = corners
    self.material = material
  }
}

/// One corner of a triangle: zero-based indices, -1 where the file gives none.
public struct OBJCorner: Sendable, Hashable {
  /// Index of the position.
  public var position: Int32
  /// Index of the texture coordinate or -1.
  public var textureCoordinate: Int32
  /// Index of the normal or -1.
  public var normal: Int32

  /// A corner with these indices.
  @inlinable public init(position: Int32, textureCoordinate: Int32, normal: Int32) {
    self.position = position
    self.textureCoordinate = textureCoordinate
    self.normal = normal
  }
}

/// One `newmtl` of an MTL file.
public struct MTLMaterial: Sendable, Equatable {
  /// Name on the `newmtl` line.
  public var name: String
  /// `map_Kd` as written (looked up beside the mesh by the consumer), nil when absent.
  public var diffuseTexture: String?

  /// A material of these parts.
  public init(name: String, diffuseTexture: String?) {
    self.name = name
    self.diffuseTexture = diffuseTexture
  }
}

/// A binary or ASCII STL file as plain values.
public struct STLModel: Sendable, Equatable {
  /// Facet normals as given, three numbers per facet, flat.
  public var normals: [Float]
  /// Three vertices of three numbers per facet, flat.
  public var vertices: [Float]

  /// A model of these parts.
  public init(normals: [Float], vertices: [Float]) {
    self.normals = normals
    self.vertices = vertices
  }
}
