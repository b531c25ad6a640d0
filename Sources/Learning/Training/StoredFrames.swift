import Networks

/// Frames (`Frames`) as a model's card describes them; their epochs and points are columns beside the weights.
struct StoredFrames: Codable, Sendable {
  private let images: Int
  private let width: Int
  private let labels: [Int]?
  private let classes: [String]
  private let fingerprint: UInt64
  private let step: Int

  private static let (epochs, points) = ("history.frames.epoch", "history.frames.z")

  init(_ frames: Frames) {
    (images, width, step) = (frames.images, frames.width, frames.step)
    (labels, classes, fingerprint) = (frames.labels, frames.classes, frames.fingerprint)
  }

  static func columns(of frames: Frames) -> [Weights.Column] {
    [
      Weights.Column(epochs, frames.frames.map { Double($0.epoch) }),
      Weights.Column(points, frames.frames.flatMap { $0.z.map(Double.init) }),
    ]
  }

  /// The frames of a file; nil where they cannot have been.
  func frames(in file: WeightFile) -> Frames? {
    let counts = 1...Frames.mostImages
    guard counts.contains(images), (1...1 << 20).contains(width), (1...1 << 50).contains(step),
      labels.map({ $0.count == images && $0.allSatisfy(classes.indices.contains) }) ?? true,
      let epochs = file.column(Self.epochs), let points = file.column(Self.points),
      (1...Frames.most).contains(epochs.count), points.count == epochs.count * 2 * images * width,
      // Rounding lifts a length a little above 1.
      points.allSatisfy({ abs($0) <= 1.001 })
    else { return nil }
    let numbers = epochs.compactMap { Int(exactly: $0) }
    guard numbers.count == epochs.count, numbers.allSatisfy({ (0...1 << 50).contains($0) }),
      zip(numbers, numbers.dropFirst()).allSatisfy({ $0 < $1 })
    else { return nil }
    let count = 2 * images * width
    return Frames(
      images: images, width: width, labels: labels, classes: classes, fingerprint: fingerprint, step: step,
      frames: numbers.enumerated().map { place, epoch in
        Frames.Frame(epoch: epoch, z: points[place * count..<(place + 1) * count].map { Float($0) })
      })
  }
}
