import NumPy
import Testing

// Expected numbers were printed by numpy 1.23.5.

@Test func integerSeedDrawsNumpysNumbers() {
  var random = RandomState(seed: 0)
  #expect(
    [random.randomSample(), random.randomSample(), random.randomSample()]
      == [0.5488135039273248, 0.7151893663724195, 0.6027633760716439])
  #expect(random.randint(0, 1 << 31) == 192_771_779)
  #expect(random.randint(-5, 5) == 2)
  #expect(random.choice(["a", "b", "c"]) == "b")
  #expect(random.permutation(10) == [9, 1, 7, 6, 8, 0, 4, 2, 5, 3])
  #expect(random.uniform(-1, 3) == 2.1669001523306584)
  #expect(random.uniform([0, 0, -Double.pi], [0, 0, Double.pi]) == [0, 0, 2.6741025445054722])
}

@Test func listSeedDrawsNumpysNumbers() {
  var random = RandomState(seed: [1, 2, 3, 0xffff_ffff])
  #expect(
    (0..<5).map { _ in random.randint(0, 1 << 32) }
      == [668_312_976, 153_798_286, 11_442_888, 471_680_866, 1_853_427_431])
  #expect(random.randint(0, 1 << 40) == 844_369_171_667)
  #expect(random.randint(0, 1 << 40) == 1_082_223_438_820)
  var chosen = [0, 0, 0, 0, 0]
  random.choiceWithoutReplacement(34, into: &chosen)
  #expect(chosen == [33, 11, 8, 12, 4])
  random.choiceWithoutReplacement(34, into: &chosen)
  #expect(chosen == [10, 33, 8, 9, 4])
}

@Test func largestSeedAndSeveralRegenerations() {
  var random = RandomState(seed: .max)
  var list = [1, 2, 3, 4, 5, 6, 7]
  random.shuffle(&list)
  #expect(list == [2, 6, 1, 7, 5, 3, 4])
  #expect(random.randomSample() == 0.7800035981134678)
  for _ in 0..<2000 { _ = random.randomSample() }
  #expect(random.randomSample() == 0.3822232513496643)
}

@Test func aCopyContinuesOnItsOwn() {
  var random = RandomState(seed: 7)
  var copy = random
  let ahead = (0..<700).map { _ in copy.nextUInt32() }
  #expect((0..<700).map { _ in random.nextUInt32() } == ahead)
}

@Test func emptyAndSingleElementDrawNothing() {
  var random = RandomState(seed: 3)
  let before = random
  var single = ["only"]
  random.shuffle(&single)
  #expect(random.interval(0) == 0)
  #expect(random.randint(4, 5) == 4)
  #expect(random == before)
}

@Test(arguments: [1, 2, 3, 31, 32, 33, 700])
func choosingAllIsAPermutation(count: Int) {
  var random = RandomState(seed: 11)
  var copy = random
  var chosen = [Int](repeating: 0, count: count)
  for _ in 0..<20 {
    random.choiceWithoutReplacement(count, into: &chosen)
    #expect(chosen == copy.permutation(count))
  }
  #expect(random == copy)
}
