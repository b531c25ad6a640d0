import Images
import Tensors
import Testing

@Suite struct ShapesTests {
  @Test("a picture depends on the seed and its number, not on the count or the workers")
  func determinism() throws {
    let one = try Shapes.generate(count: 60, test: 20, size: 24, seed: 5, run: run(workers: 1))
    for (workers, count) in [(2, 60), (8, 95)] {
      let other = try Shapes.generate(count: count, test: 25, size: 24, seed: 5, run: run(workers: workers))
      #expect(Array(other.train.labels![..<60]) == one.train.labels)
      for index in 0..<60 { #expect(other.train.pixels(of: index) == one.train.pixels(of: index)) }
      for index in 0..<20 { #expect(other.test.pixels(of: index) == one.test.pixels(of: index)) }
    }
    let another = try Shapes.generate(count: 60, test: 20, size: 24, seed: 6, run: run())
    #expect(another.train.pixels(of: 0) != one.train.pixels(of: 0))
    #expect(one.train.pixels(of: 0) != one.test.pixels(of: 0))
  }

  @Test("classes come equally often and all pictures differ")
  func balance() throws {
    let set = try Shapes.generate(count: 203, test: 10, run: run()).train
    #expect(set.classes == Shapes.classes && Set(set.classes).count == 10)
    #expect(set.classCounts.allSatisfy { $0 == 20 || $0 == 21 })
    #expect(Set((0..<203).map { set.pixels(of: $0) }).count == 203)
  }

  @Test("raw pixels alone tell the classes apart badly, and worse the harder it is")
  func difficulty() throws {
    let normal = try rawAccuracy(.normal, train: 5000)
    for (neighbours, accuracy) in normal {
      #expect(accuracy > 0.25 && accuracy < 0.55, "k = \(neighbours)")
    }
    #expect(try rawAccuracy(.easy, train: 1000)[5]! > 0.6)
    #expect(try rawAccuracy(.hard, train: 1000)[5]! < 0.3)
  }

  /// The share of 1,000 test pictures whose class most of their k nearest training pictures have, by cosine; for k of
  /// 1, 5 and 20.
  private func rawAccuracy(_ difficulty: Shapes.Difficulty, train: Int) throws -> [Int: Double] {
    let run = Run()
    let data = try Shapes.generate(count: train, test: 1000, seed: 11, difficulty: difficulty, run: run)
    func directions(_ set: ImageSet) throws -> Tensor {
      let rows = try set.asRows(run: run)
      let width = rows.shape[1]
      try run.forEach(rows.shape[0]) { row, _ in
        var sum: Float = 0
        for place in 0..<width {
          sum += rows.pointer[row * width + place] * rows.pointer[row * width + place]
        }
        for place in 0..<width { rows.pointer[row * width + place] /= sum.squareRoot() }
      }
      return rows
    }
    let similarity = try product(directions(data.test), directions(data.train), transposeB: true, run: run)
    let (labels, truth) = (data.train.labels!, data.test.labels!)
    var right = [1: 0.0, 5: 0, 20: 0]
    for row in 0..<1000 {
      var best: [(similarity: Float, label: Int)] = []
      for column in 0..<train {
        let value = similarity.pointer[row * train + column]
        if best.count == 20, value <= best[19].similarity { continue }
        let place = best.firstIndex { $0.similarity < value } ?? best.count
        best.insert((value, labels[column]), at: place)
        if best.count > 20 { best.removeLast() }
      }
      for neighbours in right.keys {
        var votes = [Int](repeating: 0, count: 10)
        for neighbour in best.prefix(neighbours) { votes[neighbour.label] += 1 }
        if votes.firstIndex(of: votes.max()!) == truth[row] { right[neighbours]! += 0.001 }
      }
    }
    return right
  }

  @Test("any size from 16 pixels on, and nothing else")
  func sizes() throws {
    for size in [16, 17, 32, 50, 96] {
      let set = try Shapes.generate(count: 20, test: 1, size: size, run: run()).train
      #expect(set.size == size && set.count == 20)
      // Figure and ground are both there: no picture is of one brightness.
      for index in 0..<20 {
        let pixels = set.pixels(of: index)
        #expect(Int(pixels.max()!) - Int(pixels.min()!) > 40)
      }
    }
    for size in [15, 0, -1, 5000, Int.max] {
      #expect(throws: ShapesError.size(size, 16...1024)) {
        try Shapes.generate(count: 1, test: 1, size: size, run: run())
      }
    }
    for count in [0, -5, Int.max] {
      #expect(throws: ShapesError.trainCount(count)) {
        try Shapes.generate(count: count, test: 1, run: run())
      }
      #expect(throws: ShapesError.testCount(count)) {
        try Shapes.generate(count: 1, test: count, run: run())
      }
    }
    #expect {
      try Shapes.generate(count: 10_000_000, test: 1, size: 1024, run: run())
    } throws: {
      if case .memory? = $0 as? ShapesError { true } else { false }
    }
  }
}
