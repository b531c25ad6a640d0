import Images
import Tensors
import Testing

@Suite struct ViewsTests {
  @Test("the same seed gives the same views for any number of workers and any order")
  func determinism() throws {
    let set = try randomSet(40, size: 17)
    let indices = Array(0..<40)
    func make(workers: Int, seed: UInt64 = 3, epoch: Int = 2, _ indices: [Int]) throws -> [Float] {
      try views(
        of: set, indices: indices, epoch: epoch, with: .simclr, normalisation: .cifar10,
        run: run(seed: seed, workers: workers)
      ).elements
    }
    let one = try make(workers: 1, indices)
    #expect(try make(workers: 2, indices) == one)
    #expect(try make(workers: 8, indices) == one)
    let width = 17 * 17 * 3
    let turned = try make(workers: 2, indices.reversed())
    for place in 0..<40 {
      for view in 0..<2 {
        let (a, b) = ((view * 40 + place) * width, (view * 40 + 39 - place) * width)
        #expect(one[a..<a + width] == turned[b..<b + width])
      }
    }
    #expect(try make(workers: 1, seed: 4, indices) != one)
    #expect(try make(workers: 1, epoch: 3, indices) != one)
    #expect(one[..<(40 * width)] != one[(40 * width)...], "two views of a picture differ")
  }

  @Test("without augmentation a view is the normalised picture")
  func normalisation() throws {
    let set = try randomSet(3, size: 5)
    let tensor = try set.tensor([2, 0], normalisation: .imagenet, run: run())
    #expect(tensor.shape == [2, 5, 5, 3])
    for (row, index) in [2, 0].enumerated() {
      let pixels = set.pixels(of: index)
      for (place, byte) in pixels.enumerated() {
        let (mean, deviation) = (
          Normalisation.imagenet.mean[place % 3], Normalisation.imagenet.deviation[place % 3]
        )
        #expect(abs(tensor[row * 75 + place] - (Float(byte) / 255 - mean) / deviation) < 1e-5)
      }
    }
    let rows = try set.asRows(run: run())
    #expect(rows.shape == [3, 75])
    #expect(rows[75] == Float(set.pixels(of: 1)[0]) / 255)
  }

  @Test("views of different recipes take them in turn, whether they are made together or alone")
  func asymmetric() throws {
    let set = try randomSet(5, size: 7)
    func make(_ augmentation: Augmentation, _ numbers: Range<Int>) throws -> [Float] {
      try views(
        of: set, indices: [4, 0, 2], epoch: 1, numbers: numbers, with: augmentation, normalisation: .none,
        run: run()
      ).pixels.elements
    }
    let (first, second) = (
      Augmentation.crop(scale: 0.2...0.9, ratio: 1...1), Augmentation.solarise(threshold: 0, chance: 1)
    )
    let both = Augmentation.asymmetric([first, second])
    #expect(try make(both, 0..<4) == (0..<4).flatMap { try make($0 % 2 == 0 ? first : second, $0..<$0 + 1) })
    // As a step: what stands before and behind is shared.
    let step = Augmentation.sequence([.flip(chance: 1), .either([both]), .grey(chance: 1)])
    func alone(_ recipe: Augmentation) -> Augmentation {
      .sequence([.flip(chance: 1), .either([recipe]), .grey(chance: 1)])
    }
    #expect(try make(step, 1..<2) == make(alone(second), 1..<2))
    #expect(try make(step, 2..<3) == make(alone(first), 2..<3))
    #expect(try make(step, 1..<2) != make(alone(first), 1..<2))
    // One view that no number tells of is made as the first.
    #expect(both.recipe(ofView: 0) == first && both.recipe(ofView: 5) == second)
  }

  @Test("pictures are the views before normalisation, as bytes")
  func bytes() throws {
    let set = try randomSet(4, size: 9)
    let shown = try pictures(of: set, indices: [1, 3], epoch: 5, views: 3, with: .simclr, run: run(seed: 8))
    let numbers = try views(
      of: set, indices: [1, 3], epoch: 5, views: 3, with: .simclr, normalisation: .none, run: run(seed: 8))
    #expect(shown.count == numbers.count)
    for (byte, number) in zip(shown, numbers.elements) { #expect(abs(Float(byte) - number * 255) <= 0.501) }
    #expect(
      try pictures(of: set, indices: [2], epoch: 0, views: 1, with: .none, run: run()) == set.pixels(of: 2))
    #expect(try pictures(of: set, indices: [], epoch: 0, with: .simclr, run: run()).isEmpty)
  }

  @Test("views come in the size asked for, whatever the augmentation ends with")
  func outputSize() throws {
    let set = try randomSet(2, size: 12)
    for augmentation in [Augmentation.paper, .simclr, .none, .blur(sigma: 1...1, chance: 1)] {
      let tensor = try views(
        of: set, indices: [0, 1], epoch: 0, with: augmentation, outputSize: 20, normalisation: .none,
        run: run())
      #expect(tensor.shape == [4, 20, 20, 3])
      #expect(tensor.isFinite)
    }
    let small = try set.resized(to: 5, run: run())
    let resizedLate = try views(
      of: set, indices: [0], epoch: 0, views: 1, with: .none, outputSize: 5, normalisation: .none, run: run())
    for (byte, number) in zip(small.pixels(of: 0), resizedLate.elements) {
      #expect(abs(Float(byte) - number * 255) <= 0.501)
    }
  }

  @Test("one view made alone is the view made in a batch")
  func apply() throws {
    let set = try randomSet(3, size: 10)
    let batch = try views(
      of: set, indices: [2], epoch: 1, views: 2, with: .paper, outputSize: 7, normalisation: .none,
      run: run(seed: 6))
    let alone = Tensor([7, 7, 3])
    var random = run(seed: 6).random("augment", 1, 2, 1)
    set.withPixels(of: 2) {
      Augmentation.paper.apply(to: $0, size: 10, outputSize: 7, random: &random, into: alone.pointer)
    }
    #expect(alone.elements == Array(batch.elements[147...]))
  }
}
