import Base
import Foundation
import Images
import Learning
import Networks
import Tensors
import Testing

/// Attention and similarity as they are shown.
@Suite("Looking into networks")
struct LookingTests {
  private func vision(_ style: ViT.Style, layers: Int = 3) throws -> ContrastiveModel {
    var random = RandomStream(seed: 2)
    let encoder = try Network(
      .vit(
        style, layers: layers, heads: 2, width: style == .paper ? nil : 16, patch: 4, size: 16, dropout: 0.2),
      random: &random)
    return try stepModel(encoder)
  }

  @Test(
    "attention is the softmax of the class token's query, as the network itself uses it",
    arguments: ViT.Style.allCases)
  func attention(style: ViT.Style) throws {
    let model = try vision(style)
    let images = try shapes().train.subset(0..<5)
    for block in [0, 1, 2] {
      let maps = try attentionMaps(of: images, with: model, block: block, run: Run())
      #expect(maps.rows == 4 && maps.columns == 4 && maps.heads == 2 && maps.maps.count == 5)
      for (image, heads) in maps.maps.enumerated() {
        // All tokens together have the whole attention.
        let patches = heads.map { $0.reduce(0, +) / 17 }
        let mean = patches.reduce(0, +) / 2
        #expect(abs(mean + maps.toItself[image] - 1) < 1e-5, "block \(block)")
        #expect(heads.joined().allSatisfy { $0 > 0 })
      }
    }
    let last = try attentionMaps(of: images, with: model, run: Run())
    #expect(last.maps == (try attentionMaps(of: images, with: model, block: 2, run: Run())).maps)
    let others = try attentionMaps(of: images, with: model, run: Run(workers: Workers(count: 3)))
    #expect(others.maps == last.maps && others.toItself == last.toItself)
  }

  @Test("with keys of zero attention is even: 1 everywhere")
  func keys() throws {
    let model = try vision(.standard, layers: 1)
    let images = try shapes().train.subset(0..<3)
    let state = model.state
    func tensor(_ name: String) throws -> Tensor {
      try #require(state.entries.first { $0.name == name }).entry.tensor
    }
    let weight = try tensor("blocks.0.attention.in_proj_weight")
    // Rows 16 to 31 make the keys.
    for at in 16 * 16..<32 * 16 { weight[at] = 0 }
    let even = try attentionMaps(of: images, with: model, run: Run())
    #expect(even.maps.joined().joined().allSatisfy { abs($0 - 1) < 1e-5 })
    #expect(even.toItself.allSatisfy { abs($0 - 1.0 / 17) < 1e-6 })
  }

  @Test(
    "contributions of both views' places add up to the cosine similarity of h, and are those of the pairs")
  func similarity() throws {
    for encoder in [
      try Network(.cnn(width: 4, size: 32)),
      try Network(.resnet(.resnet18, stem: .cifar, width: 4, size: 32)),
    ] {
      let model = try stepModel(encoder)
      let images = try Shapes.generate(count: 8, test: 4, size: 32, seed: 5, run: Run()).train
      let indices = [0, 3, 5]
      let seen = try similarityMaps(
        of: images, indices: indices, with: model, augmentation: .simclr, run: Run(seed: 4))
      // The same views by the network as a whole.
      let normalisation = try Normalisation(of: images, run: Run())
      let x = try views(
        of: images, indices: indices, epoch: 0, with: .simclr, normalisation: normalisation, run: Run(seed: 4)
      )
      var tape = Tape(pass: Pass(), mode: .evaluation)
      let h = encoder.forward(x, saving: &tape)
      let places = try #require(encoder.places(of: x, pass: Pass()))
      let (count, width) = (16, encoder.outputWidth)
      #expect(places.shape == [6, 4, 4, width])
      for (at, maps) in seen.maps.enumerated() {
        func row(_ of: Tensor, _ row: Int) -> [Double] {
          (0..<width).map { Double(of[row * width + $0]) }
        }
        func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        let (a, b) = (row(h, at), row(h, at + 3))
        let lengths = (dot(a, a) * dot(b, b)).squareRoot()
        let cosine = dot(a, b) / lengths
        #expect(abs(maps.first.reduce(0, +) - cosine) < 1e-5 && abs(maps.second.reduce(0, +) - cosine) < 1e-5)
        #expect(abs(maps.similarity - cosine) < 1e-5 && cosine > 0.1)
        for i in 0..<count {
          let f = row(places, at * count + i)
          let pairs = (0..<count).map { dot(f, row(places, (at + 3) * count + $0)) / (256 * lengths) }
          #expect(abs(pairs.reduce(0, +) - maps.first[i]) < 1e-6)
        }
      }
      #expect(
        seen.pixels
          == (try pictures(of: images, indices: indices, epoch: 0, with: .simclr, run: Run(seed: 4))))
      let others = try similarityMaps(
        of: images, indices: indices, with: model, augmentation: .simclr,
        run: Run(seed: 4, workers: Workers(count: 3)))
      #expect(others.maps.map(\.first) == seen.maps.map(\.first))
    }
  }

  @Test("a view beside itself has the similarity 1; a representation of zeros has none")
  func itself() {
    var random = RandomStream(seed: 1)
    let f = Tensor([2, 3, 5], drawnFrom: &random) { $0.normal() }
    let same = SimilarityMaps(f, f)
    #expect(abs(same.similarity - 1) < 1e-12 && same.first == same.second && same.rows == 2)
    let none = SimilarityMaps(f, Tensor([2, 3, 5]))
    #expect(none.similarity == 0 && none.first.allSatisfy { $0 == 0 })
  }

  @Test("a network that cannot be looked into so is refused before any work, and an interrupt gives nothing")
  func refused() throws {
    let images = try shapes().train
    let (vision, plain) = (try vision(.standard), try tinyModel())
    #expect(throws: LookingError.noAttention("resnet18")) {
      try attentionMaps(of: images, with: plain, run: Run())
    }
    #expect(throws: LookingError.block(3, of: 3)) {
      try attentionMaps(of: images, with: vision, block: 3, run: Run())
    }
    #expect(throws: LookingError.noPlaces("vit")) {
      try similarityMaps(of: images, indices: [0], with: vision, augmentation: .simclr, run: Run())
    }
    let interrupt = Interrupt()
    interrupt.request()
    #expect(throws: Interrupted.self) {
      try attentionMaps(of: images, with: vision, run: Run(interrupt: interrupt))
    }
    #expect(throws: Interrupted.self) {
      try similarityMaps(
        of: images, indices: [0], with: plain, augmentation: .simclr, run: Run(interrupt: interrupt))
    }
    MachineMemory.$assumed.withValue(1 << 16) {
      for error in [
        #expect(throws: TrainingError.self) { try attentionMaps(of: images, with: vision, run: Run()) },
        #expect(throws: TrainingError.self) {
          try similarityMaps(of: images, indices: [0], with: plain, augmentation: .simclr, run: Run())
        },
      ] {
        guard case .passageMemory? = error else {
          Issue.record("\(String(describing: error))")
          continue
        }
      }
    }
  }
}
