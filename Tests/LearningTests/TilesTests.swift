import Foundation
import Images
import Learning
import Networks
import Tensors
import Testing

/// Images whose every pixel has a colour of its own.
private func gradients(_ count: Int, size: Int) throws -> ImageSet {
  var pixels: [UInt8] = []
  for image in 0..<count {
    for place in 0..<size * size {
      let (line, column, other) = (place / size * 7, place % size * 7, image * 40 + place)
      pixels += [UInt8(line % 256), UInt8(column % 256), UInt8(other % 256)]
    }
  }
  return try ImageSet(name: "gradients", pixels: pixels, size: size, labels: nil, classes: [])
}

private func tiles(_ options: JigsawMethod.Options, _ images: ImageSet, workers: Int = 1) throws -> Views {
  var random = RandomStream(seed: 1)
  let method = try JigsawMethod(encoder: .cnn(width: 2, size: images.size), options: options, random: &random)
  let queue = ViewQueue(
    of: images, in: method.viewGroups(of: .none, side: images.size), normalisation: .none,
    run: Run(seed: 4, workers: Workers(count: workers)))
  return try queue.take(Portion(epoch: 0, indices: Array(0..<images.count)), following: nil)[0]
}

@Suite("Tiles of images")
struct TilesTests {
  @Test("lie where their order says, at random places of their cells", arguments: [2, 3])
  func places(grid: Int) throws {
    let (side, gap, count) = (8, 3, 30)
    // The same size as the cells together: pixels stay as they are.
    let images = try gradients(count, size: grid * (side + gap))
    let options = JigsawMethod.Options(
      tiles: Tiles(grid: grid, side: side, gap: gap, areNormalised: false))
    let views = try tiles(options, images)
    let answers = try #require(views.answers)
    #expect(answers.count == count && Set(answers).count > 10)
    #expect(views.pixels.shape == [grid * grid * count, side, side, 3])
    let orders = TileOrders(of: grid, count: options.orders)
    var offsets: Set<[Int]> = []
    for image in 0..<count {
      for place in 0..<grid * grid {
        // The corner's colours say where it lies: 7 for each line and column.
        let corner = (place * count + image) * side * side * 3
        let line = Int((views.pixels[corner] * 255 / 7).rounded())
        let column = Int((views.pixels[corner + 1] * 255 / 7).rounded())
        let cell = orders[answers[image]][place]
        let offset = [
          line - cell / grid * (side + gap), column - cell % grid * (side + gap),
        ]
        #expect(offset.allSatisfy { (0...gap).contains($0) }, "image \(image), place \(place): \(offset)")
        offsets.insert(offset)
        let next = Int((views.pixels[corner + (side + 1) * 3] * 255 / 7).rounded())
        #expect(next == line + 1)
      }
    }
    #expect(offsets.count == (gap + 1) * (gap + 1))
    #expect(try tiles(options, images, workers: 3).pixels.elements == views.pixels.elements)
  }

  @Test("have mean 0 and deviation 1 in each channel, and flat ones are 0")
  func normalised() throws {
    let views = try tiles(.init(tiles: Tiles(side: 8, gap: 1)), gradients(5, size: 18))
    for tile in 0..<20 {
      for channel in 0..<3 {
        let values = stride(from: tile * 192 + channel, to: (tile + 1) * 192, by: 3).map {
          Double(views.pixels[$0])
        }
        let mean = values.reduce(0, +) / 64
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 64
        #expect(abs(mean) < 1e-4 && abs(variance - 1) < 0.03)
      }
    }
    let plain = try ImageSet(
      name: "plain", pixels: [UInt8](repeating: 90, count: 18 * 18 * 3), size: 18, labels: nil, classes: [])
    let flat = try tiles(.init(tiles: Tiles(side: 8, gap: 1)), plain)
    #expect(flat.pixels.elements.allSatisfy { abs($0) < 1e-3 })
  }

  @Test("come in orders that differ as much as can be")
  func orders() {
    let four = TileOrders(of: 2, count: 24)
    #expect(Set((0..<24).map { four[$0] }).count == 24 && four[0] == [0, 1, 2, 3])
    let nine = TileOrders(of: 3, count: 100)
    let all = (0..<100).map { nine[$0] }
    #expect(Set(all).count == 100 && all.allSatisfy { $0.sorted() == Array(0..<9) })
    func distance(_ a: [Int], _ b: [Int]) -> Int { zip(a, b).count { $0 != $1 } }
    // The first nine share no place at all, and the mean is above that of chance, 8.
    for i in 0..<9 {
      for j in 0..<i { #expect(distance(all[i], all[j]) == 9) }
    }
    var sum = 0
    for i in 0..<100 {
      for j in 0..<i { sum += distance(all[i], all[j]) }
    }
    #expect(Double(sum) / 4950 > 8.05)
  }

  @Test("are told apart better than by chance after some epochs")
  func learned() throws {
    let images = try shapes(256).train
    func top1(_ tiles: Tiles) throws -> Double {
      var random = RandomStream(seed: 2)
      let encoder = try Network(.cnn(width: 8, size: 16), random: &random)
      let method = try JigsawMethod(
        encoder: encoder.description, options: .init(head: [64], tiles: tiles), random: &random)
      let model = ContrastiveModel(encoder: encoder, method: method, augmentation: .flip(chance: 0.5))
      var plan = plan(epochs: 12, batch: 32)
      plan.rate = 3e-3
      try train(model, on: images, plan: plan, run: Run(seed: 1))
      return try #require(model.history.top1.last)
    }
    let usual = try top1(Tiles())
    #expect(usual > 3.0 / 24, "\(usual)")
  }

  @Test("what cannot be cut is refused before any work")
  func refused() throws {
    var random = RandomStream(seed: 1)
    let description = NetworkDescription.self
    func refusal(_ encoder: NetworkDescription, _ tiles: Tiles, _ error: MethodUseError) {
      #expect(throws: error) {
        try JigsawMethod(encoder: encoder, options: .init(tiles: tiles), random: &random)
      }
      #expect(throws: error) {
        try PIRLMethod(encoder: encoder, options: .init(tiles: tiles), random: &random)
      }
    }
    refusal(
      try description.cnn(width: 2, size: 16), Tiles(side: 5), .smallTiles(5, architecture: "cnn", least: 8))
    refusal(
      try description.resnet(.resnet18, stem: .imagenet, width: 2, size: 64), Tiles(),
      .smallTiles(28, architecture: "resnet18", least: 32))
    refusal(
      try description.vit(.standard, layers: 1, heads: 2, width: 16, patch: 8, size: 16), Tiles(),
      .fixedTiles(architecture: "vit", 8, size: 16))
    // Tiles that are joined do not go through one by one.
    let encoder = try Network(.cnn(width: 2, size: 16), random: &random)
    let model = ContrastiveModel(
      encoder: encoder,
      method: try JigsawMethod(encoder: encoder.description, options: .init(), random: &random),
      augmentation: .none)
    var alone = plan(epochs: 1, batch: 4)
    alone.views = .alone
    #expect(throws: TrainingError.joinedViews) {
      try train(model, on: shapes(16).train, plan: alone, run: Run())
    }
  }
}

@Suite("A memory of outputs")
struct MemoryTests {
  private func model(negatives: Int = 20) throws -> ContrastiveModel {
    var random = RandomStream(seed: 1)
    let encoder = try Network(.cnn(width: 2, size: 16), random: &random)
    let method = try PIRLMethod(
      encoder: encoder.description, options: .init(width: 6, negatives: negatives), random: &random)
    return ContrastiveModel(encoder: encoder, method: method, augmentation: .simclr)
  }

  private func bank(_ model: ContrastiveModel) throws -> Tensor {
    try #require(model.state.entries.first { $0.name == "bank" }).entry.tensor
  }

  @Test(
    "has a row of length 1 for each image, which moves where its image comes by; other images begin with new ones"
  )
  func rows() throws {
    let images = try shapes(40).train
    let model = try model()
    #expect(!model.state.entries.contains { $0.name == "bank" })
    _ = try step(model, on: images, plan: plan(batch: 4), run: Run(seed: 3))
    let first = try bank(model).copy()
    #expect(first.shape == [40, 6])
    let report = try step(model, on: images, plan: plan(batch: 4), run: Run(seed: 3))
    let second = try bank(model)
    for image in 0..<40 {
      let (a, b) = (first.rows([image]).elements, second.rows([image]).elements)
      #expect((a != b) == report.images.contains(image))
      #expect(abs(b.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
    }
    let others = try shapes(41).train
    _ = try step(model, on: others, plan: plan(batch: 4), run: Run(seed: 3))
    #expect(try bank(model).shape == [41, 6])
    // The same images again are the same memory.
    let before = try bank(model).copy()
    let last = try step(model, on: others, plan: plan(batch: 4), run: Run(seed: 3))
    let kept = (0..<41).filter { !last.images.contains($0) }
    #expect(try bank(model).rows(kept).elements == before.rows(kept).elements)
  }

  @Test("more negatives than images outside a batch are refused")
  func refused() throws {
    let images = try shapes(24).train
    #expect(throws: MethodUseError.negatives(20, most: 16, images.name, images: 24)) {
      try train(model(), on: images, plan: plan(epochs: 1, batch: 8), run: Run())
    }
    try train(model(), on: images, plan: plan(epochs: 1, batch: 4), run: Run())
  }
}
