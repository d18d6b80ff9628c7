import ArgumentParser

/// Where a dataset's annotations are.
struct LanguageOptions: ParsableArguments {
  @Option(
    name: .customLong("lang-folder"),
    help: ArgumentHelp(
      "The split's folder with auto_lang_ann.npy (default: lang_annotations, else another of the "
        + "official ones, such as lang_paraphrase-MiniLM-L3-v2).", valueName: "name"))
  var folder: String?
}
