/// stub
struct TorchFile {
  init(path: String) throws(VLAError) { throw VLAError(path, nil, "not yet") }
  func stateDictionary() throws(VLAError) -> [String: StoredTensor] { [:] }
}
