import Base
import Images
import Tensors
import Testing

@Suite struct ImageSetTests {
  @Test("a subset keeps pictures, labels and order, and so does a subset of it")
  func subsets() throws {
    let set = try randomSet(10, size: 3)
    let part = set.subset([7, 1, 1, 9], name: "part")
    #expect(part.count == 4 && part.name == "part" && part.size == 3)
    #expect(part.labels == [1, 1, 1, 0])
    #expect(part.pixels(of: 3) == set.pixels(of: 9))
    let inner = part.subset([3, 0])
    #expect(inner.labels == [0, 1])
    #expect(inner.pixels(of: 1) == set.pixels(of: 7))
    #expect(set.subset([]).count == 0)
    #expect(set.classCounts == [4, 3, 3])
    #expect(part.classCounts == [1, 3, 0])
  }

  @Test("a sample is seeded, has no picture twice, and begins a larger one")
  func sample() throws {
    let set = try randomSet(60, size: 2)
    let few = try set.sample(20, seed: 42)
    #expect(few.count == 20)
    #expect(try set.sample(20, seed: 42).labels == few.labels)
    #expect(try set.sample(20, seed: 43).labels != few.labels)
    let more = try set.sample(60, seed: 42)
    for index in 0..<20 { #expect(more.pixels(of: index) == few.pixels(of: index)) }
    #expect(Set((0..<60).map { more.pixels(of: $0) }).count == 60)
  }

  @Test("a balanced sample has as many of each class as there are")
  func balanced() throws {
    // Classes of 30, 20 and 2.
    let set = try randomSet(90, size: 2).subset(
      (0..<90).filter { $0 % 3 == 0 || ($0 % 3 == 1 && $0 < 60) || ($0 % 3 == 2 && $0 < 6) })
    #expect(set.classCounts == [30, 20, 2])
    #expect(try set.sample(6, seed: 1, balanced: true).classCounts == [2, 2, 2])
    #expect(try set.sample(22, seed: 1, balanced: true).classCounts == [10, 10, 2])
    #expect(try set.sample(52, seed: 1, balanced: true).classCounts == [30, 20, 2])
  }

  @Test("a sample by class has as many of each, begins a larger one, and names the classes that have too few")
  func perClass() throws {
    // Classes of 30, 20 and 2.
    let set = try randomSet(90, size: 2).subset(
      (0..<90).filter { $0 % 3 == 0 || ($0 % 3 == 1 && $0 < 60) || ($0 % 3 == 2 && $0 < 6) })
    let two = try set.sample(perClass: 2, seed: 4)
    #expect(two.classCounts == [2, 2, 2] && two.count == 6)
    let one = try set.sample(perClass: 1, seed: 4)
    for index in 0..<3 { #expect(one.pixels(of: index) == two.pixels(of: index)) }
    #expect(try set.sample(perClass: 2, seed: 5).pixels(of: 0) != two.pixels(of: 0))
    #expect(
      throws: ImageSetError.perClass(21, set.name, few: Array(set.classes[1...]), counts: [20, 2])
    ) { try set.sample(perClass: 21, seed: 4) }
    #expect(throws: ImageSetError.sample(0, of: 52)) { try set.sample(perClass: 0, seed: 4) }
    #expect(throws: ImageSetError.noneToDraw(set.name)) { try set.subset([]).sample(perClass: 1, seed: 4) }
    let plain = try ImageSet(name: "plain", pixels: [1, 2, 3, 4, 5, 6], size: 1, labels: nil, classes: [])
    #expect(throws: ImageSetError.unlabelled("plain")) { try plain.sample(perClass: 1, seed: 1) }
  }

  @Test("a split is two parts that make the whole")
  func split() throws {
    let set = try randomSet(50, size: 2)
    let (first, rest) = try set.split(0.7, seed: 3)
    #expect(first.count == 35 && rest.count == 15)
    let all = (0..<35).map { first.pixels(of: $0) } + (0..<15).map { rest.pixels(of: $0) }
    #expect(Set(all) == Set((0..<50).map { set.pixels(of: $0) }))
    #expect(try set.split(0.7, seed: 3).0.labels == first.labels)
  }

  @Test("what cannot be drawn is refused")
  func refusals() throws {
    let set = try randomSet(5, size: 2)
    for count in [0, -1, 6, Int.max, Int.min] {
      #expect(throws: ImageSetError.sample(count, of: 5)) { try set.sample(count, seed: 1) }
    }
    for share in [0, 1, -0.5, 2, .infinity] as [Double] {
      #expect(throws: ImageSetError.share(share)) { try set.split(share, seed: 1) }
    }
    #expect(throws: ImageSetError.self) { try set.split(.nan, seed: 1) }
    for share in [0.01, 0.99] {
      #expect(throws: ImageSetError.emptyPart(share, count: 5)) { try set.split(share, seed: 1) }
    }
    let plain = try ImageSet(name: "plain", pixels: [1, 2, 3, 4, 5, 6], size: 1, labels: nil, classes: [])
    #expect(throws: ImageSetError.unlabelled("plain")) { try plain.sample(1, seed: 1, balanced: true) }
    #expect(plain.classCounts.isEmpty)
    for size in [0, -3] {
      #expect(throws: ImageSetError.size(size)) { try set.resized(to: size, run: run()) }
    }
    #expect(throws: PixelStoreError.self) { try set.resized(to: 1 << 40, run: run()) }
  }

  @Test("chosen classes are all classes there are; a set can be numbered as another")
  func classes() throws {
    let set = try randomSet(9, size: 2)
    let (places, two) = set.ofClasses([2, 0])
    #expect(places == [0, 2, 3, 5, 6, 8] && two.classes == ["class 0", "class 2"])
    #expect(two.labels == [0, 1, 0, 1, 0, 1] && two.classCounts == [3, 3])
    #expect(two.pixels(of: 1) == set.pixels(of: 2))
    let again = try #require(two.renumbered(to: ["class 2", "x", "class 0"]))
    #expect(again.labels == [2, 0, 2, 0, 2, 0] && again.pixels(of: 1) == set.pixels(of: 2))
    #expect(set.renumbered(to: two.classes) == nil)
    #expect(set.subset([0, 3]).classes.count == 3 && set.subset([0, 3]).presentClasses == ["class 0"])
    #expect(set.ofClasses([]).images.count == 0)
  }

  @Test("pictures that do not fit in memory are refused before any is made, with what would fit")
  func memory() throws {
    MachineMemory.$assumed.withValue(300_000_000) {
      let memory = MemoryShortage(needed: 301_000 * 32 * 32 * 3, available: 300_000_000)
      #expect(
        throws: ShapesError.memory(
          .memory(count: 301_000, size: 32, fittingSize: 17, fittingCount: 85_449, memory))
      ) {
        try Shapes.generate(count: 300_000, test: 1_000, run: run())
      }
      #expect(throws: PixelStoreError.self) { try askForPictures(10_000, size: 128) }
    }
  }

  @Test("bytes that are no set are refused")
  func construction() throws {
    #expect(try ImageSet(name: "x", pixels: [], size: 3, labels: nil, classes: []).count == 0)
    func refused(
      _ pixels: [UInt8], _ size: Int, _ labels: [Int]?, _ classes: [String], _ error: ImageSetError
    ) {
      #expect(throws: error) {
        try ImageSet(name: "x", pixels: pixels, size: size, labels: labels, classes: classes)
      }
    }
    refused([1, 2, 3, 4], 1, nil, [], .bytes(4, size: 1))
    refused([1, 2, 3], 0, nil, [], .bytes(3, size: 0))
    refused([1, 2, 3], 1, [0, 0], ["a"], .labels(2, images: 1))
    refused([1, 2, 3], 1, [1], ["a"], .label(1, classes: 1))
  }

  @Test("channel statistics are those of all pixels, for any number of workers")
  func statistics() throws {
    let set = try randomSet(200, size: 13)
    var values = [[Double]](repeating: [], count: 3)
    for index in 0..<200 {
      for (place, byte) in set.pixels(of: index).enumerated() { values[place % 3].append(Double(byte) / 255) }
    }
    let (mean, deviation) = try set.channelStatistics(run(workers: 1))
    for channel in 0..<3 {
      let middle = values[channel].reduce(0, +) / Double(values[channel].count)
      let variance =
        values[channel].reduce(0) { $0 + ($1 - middle) * ($1 - middle) } / Double(values[channel].count)
      #expect(abs(Double(mean[channel]) - middle) < 1e-6)
      #expect(abs(Double(deviation[channel]) - variance.squareRoot()) < 1e-6)
    }
    for workers in [2, 8] {
      let other = try set.channelStatistics(run(workers: workers))
      #expect(other.mean == mean && other.deviation == deviation)
    }
    let normalisation = try Normalisation(of: set, run: run())
    #expect(normalisation.mean == mean && normalisation.deviation == deviation)
    let black = try ImageSet(
      name: "black", pixels: [UInt8](repeating: 0, count: 12), size: 2, labels: nil, classes: [])
    #expect(try Normalisation(of: black, run: run()) == .none)
  }

  @Test("resizing keeps labels and flat colours, for any number of workers")
  func resizing() throws {
    let set = try randomSet(9, size: 16)
    let small = try set.resized(to: 6, run: run(workers: 1))
    #expect(small.size == 6 && small.count == 9 && small.labels == set.labels)
    let other = try set.resized(to: 6, run: run(workers: 8))
    for index in 0..<9 { #expect(other.pixels(of: index) == small.pixels(of: index)) }
    let flat = try ImageSet(
      name: "flat", pixels: [UInt8](repeating: 77, count: 10 * 10 * 3), size: 10, labels: nil, classes: [])
    for size in [1, 3, 10, 31] {
      #expect(
        try flat.resized(to: size, run: run()).pixels(of: 0) == [UInt8](repeating: 77, count: size * size * 3)
      )
    }
  }

  @Test("an interrupt stops what takes long")
  func interrupt() throws {
    let set = try randomSet(9, size: 16)
    let stopped = run()
    stopped.interrupt.request()
    #expect(throws: Interrupted.self) { _ = try set.resized(to: 6, run: stopped) }
    #expect(throws: Interrupted.self) { _ = try Shapes.generate(count: 10, test: 10, run: stopped) }
  }
}
