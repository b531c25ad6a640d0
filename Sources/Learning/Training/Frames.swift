import Tensors

/// Outputs z of two views each of a few fixed images, between the epochs of a model's training: what a map of them shows moving.
///
/// The views are the same at each epoch, so that what moves is the model.
public struct Frames: Sendable, Equatable {
  public struct Frame: Sendable, Equatable {
    /// Epochs that the model had been trained for; 0 before the first.
    public let epoch: Int
    /// Shape: `[2·images, width]`, all first views before all second ones, each row of length 1, or 0 where z was 0.
    public let z: [Float]

    package init(epoch: Int, z: [Float]) { (self.epoch, self.z) = (epoch, z) }
  }

  /// Images whose views are kept, at most: more points hide each other.
  public static let mostImages = 100
  /// Frames that are kept, at most, and the bytes of all together; of wide outputs there are fewer, but never fewer than two.
  package static let most = 64
  package static let mostBytes = 32 << 20
  /// Bytes that a model's file has for frames.
  package static let mostStored = 4 << 20

  public let images: Int
  /// Length of an output z.
  public let width: Int
  /// Class of each image, where the images have labels.
  public let labels: [Int]?
  public let classes: [String]
  /// Sum over the images: frames of others do not go on with these.
  let fingerprint: UInt64
  /// In the order of their epochs, one each.
  public private(set) var frames: [Frame] = []
  /// Epochs between frames that stay; the latest frame stays whatever its epoch.
  private(set) var step = 1

  package init(
    images: Int, width: Int, labels: [Int]?, classes: [String], fingerprint: UInt64, step: Int = 1,
    frames: [Frame] = []
  ) {
    (self.images, self.width, self.labels, self.classes) = (images, width, labels, classes)
    (self.fingerprint, self.step, self.frames) = (fingerprint, step, frames)
  }

  /// Whether frames of `other` show the same images by outputs of the same length.
  func continues(_ other: Frames) -> Bool {
    fingerprint == other.fingerprint && images == other.images && width == other.width
      && classes == other.classes
  }

  /// Outputs of the views of a frame, `[images, width]` each.
  public func views(_ frame: Frame) -> (first: Tensor, second: Tensor) {
    let count = images * width
    return (
      Tensor([images, width], Array(frame.z[..<count])), Tensor([images, width], Array(frame.z[count...]))
    )
  }

  /// All points of a frame, `[2·images, width]`.
  public func points(_ frame: Frame) -> Tensor { Tensor([2 * images, width], frame.z) }

  /// The frame of an epoch, or of the nearest one that has any: the earlier of two as near.
  public func nearest(to epoch: Int) -> Frame? {
    frames.min { abs($0.epoch - epoch) < abs($1.epoch - epoch) }
  }

  // MARK: - What is kept

  private static func bytes(images: Int, width: Int, of number: Int) -> Int { 2 * images * width * number }

  private static func most(images: Int, width: Int) -> Int {
    max(2, min(most, mostBytes / max(1, bytes(images: images, width: width, of: 4))))
  }

  /// Bytes of the frames of a training of so many epochs, the one that is being added among them.
  package static func bytes(images: Int, width: Int, epochs: Int) -> Int {
    let count = min(epochs + 1, most(images: images, width: width) + 1)
    return count * bytes(images: images, width: width, of: MemoryLayout<Float>.stride)
  }

  /// Adds a frame in the place of any of its epoch or a later one. Where there are too many, every second one goes, evenly over the
  /// epochs: the first and the latest stay.
  mutating func keep(_ frame: Frame) {
    frames.removeAll { $0.epoch >= frame.epoch }
    if frames.count > 1, let last = frames.last, !isOnGrid(last) { frames.removeLast() }
    frames.append(frame)
    thin(to: Frames.most(images: images, width: width))
  }

  mutating func cut(toEpoch epoch: Int) { frames.removeAll { $0.epoch > epoch } }

  private func isOnGrid(_ frame: Frame) -> Bool { (frame.epoch - (frames.first?.epoch ?? 0)) % step == 0 }

  private mutating func thin(to most: Int) {
    while frames.count > most {
      step *= 2
      let (first, latest) = (frames[0], frames.removeLast())
      frames = frames.filter { ($0.epoch - first.epoch) % step == 0 } + [latest]
    }
  }

  /// As many of the frames as a model's file has room for, evenly chosen; nil where there is no room for two.
  package var stored: Frames? {
    let most = Frames.mostStored / max(1, Frames.bytes(images: images, width: width, of: 8))
    guard most >= 2, !frames.isEmpty else { return nil }
    var copy = self
    copy.thin(to: most)
    return copy
  }
}

extension Observation {
  /// Views of the first `count` held images as a frame, and whose they are. Throws `Interrupted`.
  func frame(of count: Int, epoch: Int) throws -> Frames {
    let (first, second) = try views()
    let count = min(count, held.count)
    let shown = held.subset(Array(0..<count))
    let width = first.z.shape[1]
    var z: [Float] = []
    z.reserveCapacity(2 * count * width)
    for rows in [first.z, second.z] {
      for row in 0..<count {
        let line = UnsafeBufferPointer(start: rows.pointer + row * width, count: width)
        let norm = line.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        z += line.map { norm > 0 ? Float(Double($0) / norm) : 0 }
      }
    }
    return Frames(
      images: count, width: width, labels: shown.labels, classes: held.classes,
      fingerprint: shown.fingerprint, frames: [Frames.Frame(epoch: epoch, z: z)])
  }
}
