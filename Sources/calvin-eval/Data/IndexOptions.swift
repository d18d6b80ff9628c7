import ArgumentParser
import Datasets
import Foundation

/// Where lists of large datasets' frames are kept between runs.
struct IndexOptions: ParsableArguments {
  @Option(
    name: .customLong("index-cache"),
    help: ArgumentHelp(
      "Keep lists of the frames of large datasets here, or nowhere with 'none' (default: the "
        + "user's cache folder).", valueName: "dir"))
  var folder: String?

  /// The cache, nil when none is wanted or the user has no home.
  var cache: InventoryCache? {
    if folder == "none" { return nil }
    let environment = ProcessInfo.processInfo.environment
    let usual =
      environment["XDG_CACHE_HOME"].map { "\($0)/calvin-eval" }
      ?? environment["HOME"].map { "\($0)/.cache/calvin-eval" }
    return (folder ?? usual).map { InventoryCache(folder: $0) }
  }
}
