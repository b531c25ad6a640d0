import ArgumentParser
import Images
import Tensors

/// `benchmark augment`: SimCLR's views on one core.
struct AugmentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "augment", abstract: "Views a second on one core: crop, flip, jitter, grey.")

  @Option(help: "Side of a picture in pixels.")
  var size = 32
  @Option(help: "Pictures; two views of each are made.")
  var pictures = 500

  func validate() throws {
    guard (1...2048).contains(size), (1...100_000).contains(pictures) else {
      throw ValidationError(
        "A picture has 1 to 2048 pixels a side, and there are 1 to 100000: write --size 32.")
    }
  }

  func run() throws {
    let views = try ViewBatch(pictures: pictures, size: size)
    let time = bestSeconds(budget: 1) { views.make() }
    try printLine(Line(size: size, views: views.count, rate: (Double(views.count) / time).short))
  }

  private struct Line: Encodable {
    let name = "augment"
    let size, views: Int
    let rate: Double

    enum CodingKeys: String, CodingKey {
      case name = "case"
      case size, views
      case rate = "views_per_s"
    }
  }
}

/// Two views of each of some pictures of noise, normalised, made on one core.
struct ViewBatch {
  private let images: ImageSet
  private let run = Run(workers: Workers(count: 1))

  init(pictures: Int, size: Int) throws {
    var random = RandomStream(seed: 1)
    let bytes = (0..<pictures * size * size * 3).map { _ in UInt8(truncatingIfNeeded: random.next() >> 32) }
    images = try ImageSet(name: "noise", pixels: bytes, size: size, labels: nil, classes: [])
  }

  var count: Int { 2 * images.count }

  func make() {
    do {
      _ = try views(
        of: images, indices: Array(0..<images.count), epoch: 0, with: .simclr, normalisation: .cifar10,
        run: run)
    } catch {
      preconditionFailure("nothing interrupts a benchmark: \(error)")
    }
  }
}
