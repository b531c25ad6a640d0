import Foundation
import Images
import Tensors
import Testing

@Suite struct AugmentationTests {
  @Test("bad values are refused by what they were given for")
  func validation() {
    func refused(_ augmentation: Augmentation, _ error: AugmentationError) {
      #expect(throws: error) { try augmentation.validate() }
    }
    let ratio = Augmentation.usualRatio
    refused(.crop(scale: 0...1, ratio: ratio), .scale(0...1))
    refused(.crop(scale: -1...1, ratio: ratio), .scale(-1...1))
    refused(.crop(scale: 0.5...1.5, ratio: ratio), .scale(0.5...1.5))
    refused(.crop(scale: 0.5...1, ratio: 0...1), .ratio(0...1))
    refused(.crop(scale: 0.5...1, ratio: 1...Float.infinity), .ratio(1...Float.infinity))
    refused(.flip(chance: 1.1), .chance(1.1))
    #expect(throws: AugmentationError.self) { try Augmentation.flip(chance: .nan).validate() }
    refused(.grey(chance: -0.1), .chance(-0.1))
    func jitter(_ b: Float = 0, _ c: Float = 0, _ s: Float = 0, _ h: Float = 0, _ p: Float = 1)
      -> Augmentation
    {
      .jitter(brightness: b, contrast: c, saturation: s, hue: h, chance: p)
    }
    refused(jitter(-1), .strength(.brightness, -1))
    refused(jitter(0, .infinity), .strength(.contrast, .infinity))
    refused(jitter(0, 0, -2), .strength(.saturation, -2))
    #expect(throws: AugmentationError.self) { try jitter(0, 0, .nan).validate() }
    refused(jitter(0, 0, 0, 0.6), .hue(0.6))
    refused(jitter(0, 0, 0, 0, 2), .chance(2))
    refused(.blur(sigma: 0...1, chance: 1), .sigma(0...1))
    refused(.blur(sigma: 1...2, chance: -1), .chance(-1))
    refused(.sequence([.flip(chance: 0.5), .either([.grey(chance: 7)])]), .chance(7))
    refused(.normalised(jitter(0, 0, 0, 0, 2)), .chance(2))
    refused(.normalised(.flip(chance: 1)), .notJitter(.flip(chance: 1)))
    refused(.either([]), .noChoices)
    refused(.asymmetric([.none, .grey(chance: 7)]), .chance(7))
    refused(.asymmetric([]), .noChoices)
    refused(.solarise(threshold: 1.5, chance: 1), .threshold(1.5))
    refused(.solarise(threshold: 0.5, chance: 2), .chance(2))
    refused(.pad(-1), .margin(-1))
  }

  @Test("the presets are valid")
  func presets() throws {
    for preset in [Augmentation.paper, .published, .simclr, .byol, .none, .sequence([])] {
      try preset.validate()
    }
    #expect(Augmentation.none.isDeterministic)
    #expect(Augmentation.sequence([.flip(chance: 1), .grey(chance: 0)]).isDeterministic)
    #expect(!Augmentation.paper.isDeterministic)
    #expect(!Augmentation.simclr.isDeterministic)
    #expect(!Augmentation.asymmetric([.none, .grey(chance: 1)]).isDeterministic)
    #expect(Augmentation.byol.isAsymmetric && !Augmentation.simclr.isAsymmetric)
  }

  /// The view of a picture whose pixels all differ.
  private func view(_ augmentation: Augmentation, side: Int, seed: UInt64) -> (
    before: [Float], after: [Float]
  ) {
    let bytes = (0..<side * side * 3).map { UInt8(($0 * 37 + 11) % 256) }
    var after = [Float](repeating: 0, count: bytes.count)
    var random = RandomStream(seed: seed)
    bytes.withUnsafeBufferPointer { from in
      after.withUnsafeMutableBufferPointer {
        augmentation.apply(to: from, size: side, outputSize: side, random: &random, into: $0.baseAddress!)
      }
    }
    return (bytes.map { Float($0) / 255 }, after)
  }

  @Test("solarising turns what is bright, and nothing else")
  func solarise() {
    let (before, after) = view(.solarise(threshold: 0.5, chance: 1), side: 7, seed: 1)
    for (x, y) in zip(before, after) { #expect(abs(y - (x >= 0.5 ? 1 - x : x)) < 1e-6) }
    #expect(view(.solarise(threshold: 0.5, chance: 0), side: 7, seed: 1).after.max()! > 0.9)
  }

  @Test("padding moves all pixels alike, by every step up to the margin, and brings in black")
  func pad() {
    let side = 9
    var seen: Set<[Int]> = []
    for seed in 0..<400 {
      let (before, after) = view(.pad(2), side: side, seed: UInt64(seed))
      let moves = (-2...2).flatMap { down in (-2...2).map { [down, $0] } }
      let move = moves.first { move in
        (0..<side * side).allSatisfy { place in
          let (row, column) = (place / side - move[0], place % side - move[1])
          let isInside = (0..<side).contains(row) && (0..<side).contains(column)
          return (0..<3).allSatisfy {
            abs(after[place * 3 + $0] - (isInside ? before[(row * side + column) * 3 + $0] : 0)) < 1e-6
          }
        }
      }
      guard let move else {
        Issue.record("no movement of the picture")
        return
      }
      seen.insert(move)
    }
    #expect(seen.count == 25)
  }

  @Test("crops keep the asked share and shape, inside the picture")
  func regions() {
    var random = RandomStream(seed: 5)
    var shares: [Float] = []
    var tops: Set<Int> = []
    for _ in 0..<4000 {
      let region = Region.random(of: 64, scale: 0.2...0.6, ratio: 0.5...2, &random)
      #expect(region.top >= 0 && region.left >= 0)
      #expect(region.top + region.height <= 64 && region.left + region.width <= 64)
      let shape = Float(region.width) / Float(region.height)
      #expect(shape > 0.45 && shape < 2.2)
      shares.append(Float(region.width * region.height) / 4096)
      tops.insert(region.top)
    }
    #expect(shares.min()! > 0.19 && shares.max()! < 0.61)
    #expect(abs(shares.reduce(0, +) / 4000 - 0.4) < 0.01)
    #expect(tops.count > 30)
  }

  @Test("a shape that fits nowhere falls back to the middle of the picture")
  func fallback() {
    var random = RandomStream(seed: 1)
    // A whole picture cannot be three times as wide as high.
    #expect(
      Region.random(of: 30, scale: 1...1, ratio: 3...3, &random)
        == Region(top: 10, left: 0, height: 10, width: 30))
    #expect(
      Region.random(of: 30, scale: 1...1, ratio: 0.5...0.5, &random)
        == Region(top: 0, left: 7, height: 30, width: 15))
    #expect(Region.middle(of: 9, ratio: 0.9...1.1) == Region(top: 0, left: 0, height: 9, width: 9))
  }

  @Test("flip exchanges left and right, at even and odd sizes", arguments: [4, 5])
  func flip(size: Int) throws {
    let set = try randomSet(1, size: size)
    let plain = try views(
      of: set, indices: [0], epoch: 0, views: 1, with: .none, normalisation: .none, run: run())
    let turned = try views(
      of: set, indices: [0], epoch: 0, views: 1, with: .flip(chance: 1), normalisation: .none, run: run())
    for y in 0..<size {
      for x in 0..<size {
        for c in 0..<3 {
          #expect(turned[(y * size + x) * 3 + c] == plain[(y * size + size - 1 - x) * 3 + c])
        }
      }
    }
  }

  @Test("chances and choices come as often as asked")
  func frequencies() throws {
    let set = try ImageSet(
      name: "two", pixels: [255, 0, 0, 0, 0, 255, 255, 0, 0, 0, 0, 255], size: 2, labels: nil, classes: [])
    func share(_ augmentation: Augmentation, _ isChanged: (Float) -> Bool) throws -> Double {
      let all = try views(
        of: set, indices: [0], epoch: 0, views: 4000, with: augmentation, normalisation: .none, run: run())
      return Double((0..<4000).count { isChanged(all[$0 * 12]) }) / 4000
    }
    #expect(abs(try share(.flip(chance: 0.3)) { $0 == 0 } - 0.3) < 0.03)
    #expect(abs(try share(.grey(chance: 0.1)) { $0 < 0.5 } - 0.1) < 0.02)
    let threeWays = Augmentation.either([.flip(chance: 1), .grey(chance: 1), .none])
    #expect(abs(try share(threeWays) { $0 == 1 } - 1 / 3) < 0.03)
    #expect(try share(.flip(chance: 0)) { $0 == 0 } == 0)
    #expect(try share(.flip(chance: 1)) { $0 == 0 } == 1)
  }

  @Test(
    "on normalised numbers jitter turns what is darker than the mean to the mean, and keeps all between mean and mean + deviation"
  )
  func normalised() throws {
    let numbers = Normalisation.cifar10
    let set = try randomSet(3, size: 8, seed: 4)
    func made(_ augmentation: Augmentation) throws -> Tensor {
      try views(of: set, indices: [0, 1, 2], epoch: 0, with: augmentation, normalisation: .none, run: run())
    }
    let plain = try made(.none)
    // A brightness factor of 1 ± 0 and nothing else: only the clamp acts.
    let clamped = try made(
      .normalised(.jitter(brightness: 1e-9, contrast: 0, saturation: 0, hue: 0, chance: 1)))
    var darker = 0
    for i in 0..<plain.count {
      let (mean, deviation) = (numbers.mean[i % 3], numbers.deviation[i % 3])
      #expect(abs(clamped[i] - min(max(plain[i], mean), mean + deviation)) < 1e-5)
      darker += plain[i] < mean ? 1 : 0
    }
    #expect(darker > plain.count / 4)
    #expect(
      try made(.normalised(.jitter(brightness: 1, contrast: 1, saturation: 1, hue: 0.5, chance: 0))).elements
        == plain.elements)
    // The same draws as without: where the branch with colours is drawn, and only there, the two differ.
    let (paper, published) = (try made(.paper), try made(.published))
    let differ = (0..<6).filter { paper.rows([$0]).elements != published.rows([$0]).elements }
    #expect(!differ.isEmpty && differ.count < 6)
    for view in differ {
      let row = published.rows([view])
      for i in 0..<row.count {
        let mean = numbers.mean[i % 3]
        #expect(row[i] >= mean - 1e-5 && row[i] <= mean + numbers.deviation[i % 3] + 1e-5)
      }
    }
  }

  @Test("saved augmentations read back, also those of earlier versions")
  func coded() throws {
    for augmentation in [Augmentation.paper, .published, .simclr] {
      let again = try JSONDecoder().decode(Augmentation.self, from: JSONEncoder().encode(augmentation))
      #expect(again == augmentation)
    }
    let old = #"{"jitter":{"brightness":0.5,"contrast":0,"saturation":0,"hue":0,"chance":1}}"#
    #expect(
      try JSONDecoder().decode(Augmentation.self, from: Data(old.utf8))
        == .jitter(brightness: 0.5, contrast: 0, saturation: 0, hue: 0, chance: 1))
  }

  @Test("jitter takes its steps in every order")
  func jitterOrder() throws {
    // One colour: each order of contrast, saturation and hue gives numbers of its own.
    let set = try randomSet(1, size: 8, seed: 4)
    let jitter = Augmentation.jitter(brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1, chance: 1)
    let all = try views(
      of: set, indices: [0], epoch: 0, views: 500, with: jitter, normalisation: .none, run: run())
    #expect(Set((0..<500).map { all[$0 * 192] }).count > 400)
    #expect(all.elements.allSatisfy { $0 >= 0 && $0 <= 1 })
  }

  @Test("any augmentation of any picture gives finite numbers between 0 and 1")
  func fuzz() throws {
    var random = RandomStream(seed: 99)
    for round in 0..<150 {
      let size = 1 + random.integer(below: 24)
      let outputSize = 1 + random.integer(below: 24)
      let augmentation = randomAugmentation(&random, depth: 3)
      try augmentation.validate()
      let set = try randomSet(2, size: size, seed: UInt64(round))
      let made = try views(
        of: set, indices: [0, 1], epoch: round, views: 3, with: augmentation, outputSize: outputSize,
        normalisation: .none, run: run())
      #expect(made.shape == [6, outputSize, outputSize, 3])
      #expect(
        made.elements.allSatisfy { $0 > -1e-5 && $0 < 1 + 1e-5 }, "\(augmentation) \(size) to \(outputSize)")
    }
  }

  @Test("a blur acts as strongly as its sigma says, on small pictures too", arguments: [16, 32, 96])
  func blurring(size: Int) throws {
    // Noise over an even grey: what is left of its contrast says how much was averaged, 1 / (2σ√π) of a wide picture's.
    let set = try randomSet(1, size: size)
    func contrast(_ sigma: Float) throws -> Double {
      let numbers = try views(
        of: set, indices: [0], epoch: 0, views: 1, with: .blur(sigma: sigma...sigma, chance: 1),
        normalisation: .none, run: run()
      ).elements.map(Double.init)
      let channels = (0..<3).map { channel in
        stride(from: channel, to: numbers.count, by: 3).map { numbers[$0] }
      }
      return channels.reduce(0) { sum, values in
        let mean = values.reduce(0, +) / Double(values.count)
        return sum + (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
      }
    }
    let whole = try contrast(0.01)
    let weak = try contrast(0.5) / whole
    #expect(weak < 0.75 && weak > 0.4)
    let usual = try contrast(1) / whole
    #expect(abs(usual - 0.28) < 0.06)
    let strong = try contrast(2)
    #expect(strong / whole < 0.25)
    let even = try contrast(200)
    #expect(even < 0.5 * strong)
  }

  @Test(
    "the window is SimCLR's tenth of the side where that holds the Gaussian, else six sigma, within the picture"
  )
  func window() {
    #expect(blurWindow(224, sigma: 2) == 23 && blurWindow(224, sigma: 0.1) == 23)
    #expect(blurWindow(32, sigma: 0.1) == 3 && blurWindow(32, sigma: 2) == 13)
    #expect(
      blurWindow(32, sigma: 200) == 63 && blurWindow(2, sigma: 9) == 3
        && blurWindow(96, sigma: .infinity) == 191)
  }

  private func randomAugmentation(_ random: inout RandomStream, depth: Int) -> Augmentation {
    switch random.integer(below: depth > 0 ? 9 : 7) {
    case 0:
      let (low, ratio) = (random.uniform(0.01, 1), random.uniform(0.1, 3))
      return .crop(scale: low...1, ratio: ratio...ratio * 2)
    case 1: return .flip(chance: random.uniform())
    case 2:
      return .jitter(
        brightness: random.uniform(0, 3), contrast: random.uniform(0, 3), saturation: random.uniform(0, 3),
        hue: random.uniform(0, 0.5), chance: 0.8)
    case 3: return .grey(chance: 0.5)
    case 4: return .blur(sigma: 0.01...5, chance: 0.7)
    case 5: return .none
    case 6:
      return .normalised(
        .jitter(
          brightness: random.uniform(0, 2), contrast: random.uniform(0, 2), saturation: random.uniform(0, 2),
          hue: random.uniform(0, 0.5), chance: 0.8))
    case 7:
      return .sequence(
        (0..<random.integer(below: 4)).map { _ in randomAugmentation(&random, depth: depth - 1) })
    default:
      return .either(
        (0...random.integer(below: 3)).map { _ in randomAugmentation(&random, depth: depth - 1) })
    }
  }
}
