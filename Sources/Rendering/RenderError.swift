/// What went wrong while a scene was prepared or drawn.
public enum RenderError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A model names a mesh the assets do not hold.
  case missingMesh(path: String, model: String)
  /// Bullet finds no hull for a primitive shape.
  case noHull(model: String, link: String)
  /// A drawing does not fit the scene: number of bodies, or of links of one body.
  case drawingMismatch(what: String, expected: Int, found: Int)
  /// More than the software rasteriser can number.
  case tooLarge(what: String, limit: Int, found: Int)
  /// A view's matrices or size are unusable.
  case invalidView(String)
  /// Every pixel of a picture has one colour: the frame is no observation.
  case constantImage(renderer: String, rgb: [UInt8])
  /// The backend cannot be used, with what to install or choose instead.
  case unavailable(String)
  /// The graphics driver reported a failure.
  case driver(String)

  /// What happened, where, and what was expected.
  public var description: String {
    switch self {
    case .missingMesh(let path, let model):
      "\(model): mesh \(path) was not loaded; expected an OBJ or STL file the model names"
    case .noHull(let model, let link):
      "\(model): link \(link): no hull for this primitive; expected positive sizes"
    case .drawingMismatch(let what, let expected, let found):
      "drawing: \(what): expected \(expected), found \(found)"
    case .tooLarge(let what, let limit, let found):
      "scene: expected at most \(limit) \(what), found \(found)"
    case .invalidView(let message): "view: \(message)"
    case .constantImage(let renderer, let rgb):
      "\(renderer): every pixel is \(rgb): the frame shows nothing (camera pose, assets or driver)"
    case .unavailable(let message): message
    case .driver(let message): "graphics driver: \(message)"
    }
  }
}
