/// Reads URDFs with the meshes and textures they name, each file once.
struct ModelFiles {
  var folder: AssetFolder
  var meshes: [String: MeshFile] = [:]
  var textures: [String: Bitmap] = [:]
  private var models: [String: URDFModel] = [:]

  init(folder: AssetFolder) {
    self.folder = folder
  }

  /// The model in a file relative to `data/`.
  mutating func model(_ file: String) throws(AssetError) -> URDFModel {
    let path = "\(folder.root.path)/data/\(file)"
    if let known = models[path] { return known }
    let model = try URDFModel(urdf: folder.read(path), path: path) {
      findMesh($0, besideURDF: path)
    }
    models[path] = model
    for link in model.links {
      for collision in link.collisions { try read(collision.geometry, isVisual: false) }
      for visual in link.visuals { try read(visual.geometry, isVisual: true) }
    }
    return model
  }

  private mutating func read(_ geometry: URDFGeometry, isVisual: Bool) throws(AssetError) {
    guard case .mesh(let path, _) = geometry else { return }
    if meshes[path] == nil { meshes[path] = try mesh(path) }
    guard isVisual, case .obj(let model) = meshes[path],
      let texture = model.diffuseTexturePath(meshPath: path), textures[texture] == nil
    else { return }
    textures[texture] = try Bitmap(png: folder.read(texture), file: texture).rgb()
  }

  private mutating func mesh(_ path: String) throws(AssetError) -> MeshFile {
    let bytes = try folder.read(path)
    guard path.lowercased().hasSuffix(".obj") else {
      return .stl(try STLModel(stl: bytes, file: path))
    }
    var folder = folder
    defer { self.folder = folder }
    let beside = Assets.folder(of: path)
    let model = try OBJModel(obj: bytes, file: path) {
      (name) throws(AssetError) -> [MTLMaterial]? in
      let library = "\(beside)/\(name)"
      guard isFile(library) else { return nil }
      return try MTLMaterial.materials(mtl: folder.read(library), file: library)
    }
    return .obj(model)
  }
}
