import AllocationCounter
import Calvin
import Simulation
import Testing

/// Heap allocations of control steps, counted in the C library's own functions.
@Suite struct AllocationTests {
  #if DEBUG
    private static let isOptimized = false
  #else
    private static let isOptimized = true
  #endif

  private struct Count {
    var own = 0
    var bullet = 0
    var bytes = 0
  }

  private func count(_ work: () throws -> Void) rethrows -> Count {
    var count = Count()
    allocation_counter_start()
    do {
      defer { allocation_counter_stop(&count.own, &count.bullet, &count.bytes) }
      try work()
    }
    return count
  }

  @Test func theCounterSeesAllocations() {
    var array: [Double] = []
    let counted = count { array.reserveCapacity(1000) }
    #expect(counted.own >= 1 && counted.bytes >= 8000)
    #expect(array.capacity >= 1000)
  }

  /// Unoptimised Swift allocates what the optimiser keeps on the stack.
  @Test(.enabled(if: isOptimized), arguments: ["A", "B", "C", "D"])
  func stepsAllocateNothingOfOurs(scene: String) throws {
    let environment = try Environment(models: Embedded.models(scene))
    let actions = Script.actions(count: 200, seed: 1)
    try environment.reset(to: nil)
    // The first pass grows every array to the size this motion needs, in a world of its own.
    for action in actions.prefix(100) { try environment.step(action) }
    let counted = try count {
      for action in actions.dropFirst(100) { try environment.step(action) }
    }
    print("scene \(scene): \(counted.own) of ours, \(counted.bullet) of Bullet's in 100 steps")
    #expect(counted.own == 0)
  }

  /// What a reset allocates, the next one frees.
  @Test func resetsKeepNothing() throws {
    let environment = try Environment(models: Embedded.models("D"))
    let state = environment.state
    for _ in 0..<5 { try environment.reset(to: state) }
    let resets = 50
    let counted = try count { for _ in 0..<resets { try environment.reset(to: state) } }
    #expect(counted.own > 0 && counted.bullet > 0)
    // The C library hands out at least 24 bytes at a time: a leak would show as that much each.
    #expect(counted.bytes < 24 * resets)
  }
}
