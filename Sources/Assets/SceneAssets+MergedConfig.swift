extension SceneAssets {
  /// The text of a `merged_config.yaml` for a dataset recorded in this scene: what `load` composes,
  /// with the environment section that calvin_env's `get_env` instantiates. Both `load` and `get_env`
  /// read it.
  public static func mergedConfig(
    root: AssetRoot, scene: String, robot: String = "panda_longer_finger",
    cameras: String = "static_and_gripper", datasetConfig: String? = nil
  ) throws(AssetError) -> String {
    var folder = AssetFolder(root: root)
    if let datasetConfig {
      let bytes = try folder.read(datasetConfig, as: ".hydra/merged_config.yaml")
      return String(decoding: bytes, as: UTF8.self)
    }
    var top = try composed(&folder, scene: scene, robot: robot, cameras: cameras)
    let name = ConfigValue(content: .scalar("calvin_scene_\(scene)"), file: top.file, line: 1)
    for section in [environmentSection(file: top.file), entry("name", name, under: "scene")] {
      top = top.merging(section)
    }
    return top.yaml
  }

  private static func environmentSection(file: String) -> ConfigValue {
    func scalar(_ text: String) -> ConfigValue {
      ConfigValue(content: .scalar(text), file: file, line: 1)
    }
    let environment: KeyValuePairs = [
      "_target_": "calvin_env.envs.play_table_env.PlayTableSimEnv", "_recursive_": "false",
      "cameras": "${cameras}", "seed": "0", "bullet_time_step": "240.0", "use_vr": "false",
      "show_gui": "false", "robot_cfg": "${robot}", "scene_cfg": "${scene}",
      "use_scene_info": "false", "use_egl": "true", "control_freq": "30",
    ]
    let entries = environment.map { ConfigValue.Entry(key: $0.key, value: scalar($0.value)) }
    return entry(
      "env", ConfigValue(content: .mapping(entries), file: file, line: 1), under: nil)
  }

  private static func entry(
    _ key: String, _ value: ConfigValue, under section: String?
  ) -> ConfigValue {
    let inner = ConfigValue(
      content: .mapping([.init(key: key, value: value)]), file: value.file, line: 1)
    return section.map { entry($0, inner, under: nil) } ?? inner
  }
}

extension ConfigValue {
  /// The value as block YAML; lists of scalars stay on one line.
  var yaml: String {
    var text = ""
    write(to: &text, indent: "")
    return text
  }

  private func write(to text: inout String, indent: String) {
    guard case .mapping(let entries) = content else { return }
    for entry in entries {
      text += "\(indent)\(entry.key):"
      if case .mapping(let inner) = entry.value.content, !inner.isEmpty {
        text += "\n"
        entry.value.write(to: &text, indent: indent + "  ")
      } else {
        text += " \(entry.value.inline)\n"
      }
    }
  }

  private var inline: String {
    switch content {
    case .scalar(let text): Self.quotedIfNeeded(text)
    case .list(let list): "[" + list.map(\.inline).joined(separator: ", ") + "]"
    case .mapping(let entries):
      "{" + entries.map { "\($0.key): \($0.value.inline)" }.joined(separator: ", ") + "}"
    }
  }

  /// Texts that would mean something else unquoted are quoted; interpolations are not.
  private static func quotedIfNeeded(_ text: String) -> String {
    let marks = Set<Character>("#&*!|>%@`'\"[]{},:?")
    let isPlain =
      text.hasPrefix("${")
      || (!text.isEmpty && !text.contains { $0.isNewline } && !text.hasPrefix("- ")
        && !text.contains(where: marks.contains))
    return isPlain
      ? text : "'" + text.replacing("'", with: "''") + "'"
  }
}
