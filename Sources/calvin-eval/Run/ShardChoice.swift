import ArgumentParser
import Results

/// `--shard`: a part, or where to find out.
enum ShardChoice: ExpressibleByArgument, Equatable {
  /// A given part.
  case part(Shard)
  /// The part a scheduler's environment variables name.
  case auto

  init?(argument: String) {
    if argument == "auto" {
      self = .auto
      return
    }
    let numbers = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let index = numbers[0], let count = numbers[1],
      count > 0, (0..<count).contains(index)
    else { return nil }
    self = .part(Shard(index: index, count: count))
  }

  /// The part, looked up in `environment` for `auto`. Throws when no scheduler set its variables.
  func shard(in environment: [String: String]) throws -> Shard {
    switch self {
    case .part(let shard): return shard
    case .auto:
      for (source, rank, size, first) in Self.schedulers {
        guard let index = environment[rank].flatMap({ Int($0) }),
          let count = environment[size].flatMap({ Int($0) })
        else { continue }
        let start = first.flatMap { environment[$0] }.flatMap { Int($0) } ?? 0
        guard count > 0, (0..<count).contains(index - start) else {
          throw InputError(
            "--shard auto: \(source) says \(rank)=\(index), \(size)=\(count); "
              + "expected a rank below the size")
        }
        return Shard(index: index - start, count: count)
      }
      throw InputError(
        "--shard auto found no scheduler; expected one of "
          + Self.schedulers.map { "\($0.rank)/\($0.size) (\($0.source))" }.joined(separator: ", "))
    }
  }

  private static let schedulers: [(source: String, rank: String, size: String, first: String?)] = [
    ("Slurm array", "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN"),
    ("torchrun", "RANK", "WORLD_SIZE", nil),
    ("Open MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", nil),
    ("PMI", "PMI_RANK", "PMI_SIZE", nil),
    ("Slurm step", "SLURM_PROCID", "SLURM_NTASKS", nil),
  ]
}

/// Something the user gave that cannot be used; exit code 2.
struct InputError: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) {
    self.description = description
  }
}
