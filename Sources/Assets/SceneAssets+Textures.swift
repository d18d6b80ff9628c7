extension OBJModel {
  /// The texture PyBullet draws this mesh with: of the first group, in file order, whose material
  /// names a `map_Kd` that exists beside the mesh. Also the key in `SceneAssets.textures`.
  public func diffuseTexturePath(meshPath: String) -> String? {
    for group in groups {
      guard let material = group.material, let name = materials[material].diffuseTexture else {
        continue
      }
      let path = "\(folder(of: meshPath))/\(name)"
      if isFile(path) { return path }
    }
    return nil
  }
}

extension SceneAssets {
  /// The texture of a mesh file, nil when it has none.
  public func texture(ofMesh path: String) -> Bitmap? {
    guard case .obj(let model) = meshes[path] else { return nil }
    return model.diffuseTexturePath(meshPath: path).flatMap { textures[$0] }
  }
}
