extension InitialState {
  /// The 32-bit hash that seeds numpy for the state's numbers: pyhash's `fnv1_32` (start value 0)
  /// over the UTF-16-LE bytes of Python's `str(state.values())`.
  public var seed: UInt32 {
    var hash: UInt32 = 0
    for unit in pythonValues.utf16 {
      for byte in [UInt32(unit & 0xff), UInt32(unit >> 8)] {
        hash = (hash &* 0x0100_0193) ^ byte
      }
    }
    return hash
  }

  /// `dict_values([1, 0, 'left', ...])`, as Python prints the values.
  var pythonValues: String {
    let values = entries.map { entry in
      switch entry.value {
      case .number(let number): String(number)
      case .word(let word): "'\(word)'"
      }
    }
    return "dict_values([\(values.joined(separator: ", "))])"
  }
}
