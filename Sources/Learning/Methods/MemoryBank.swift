import Images
import Networks
import Synchronization
import Tensors

/// A memory of one output of each image of a set (Wu et al., 2018): it is made when the first training says what images there are, and
/// anew for other images.
public final class MemoryBank {
  /// Set of images that the rows belong to.
  public struct Place: Sendable, Equatable {
    let images: Int
    let fingerprint: UInt64

    public init(images: Int, fingerprint: UInt64 = 0) {
      (self.images, self.fingerprint) = (images, fingerprint)
    }
  }

  private let width: Int
  private let guardedMemory: Mutex<Memory?>

  /// Sendable: it is read and replaced as a whole under a lock, and its rows are changed only by the thread that has the model for
  /// itself.
  private struct Memory: @unchecked Sendable {
    let place: Place
    let rows: Tensor
  }

  init(width: Int, for place: Place?) {
    self.width = width
    let memory = place.map { Memory(place: $0, rows: MemoryBank.drawn(for: $0, width: width)) }
    guardedMemory = Mutex(memory)
  }

  /// `[images, width]`, of length 1; nil before the first training.
  var rows: Tensor? { guardedMemory.withLock { $0?.rows } }

  /// Rows of length 1 in directions of chance.
  private static func drawn(for place: Place, width: Int) -> Tensor {
    var random = RandomStream(seed: place.fingerprint, name: "memory", indices: [])
    return normalised(Tensor([place.images, width], drawnFrom: &random) { $0.normal() }, pass: Pass()).unit
  }

  func prepare(for images: ImageSet) {
    let place = Place(images: images.count, fingerprint: images.fingerprint)
    let isKnown = guardedMemory.withLock { $0?.place == place }
    guard !isKnown else { return }
    let memory = Memory(place: place, rows: MemoryBank.drawn(for: place, width: width))
    guardedMemory.withLock { $0 = memory }
  }

  /// Numbers of `count` rows of images that are not among `images`, each at most once.
  func others(than images: [Int], count: Int, random: inout RandomStream) -> [Int] {
    let own = Set(images)
    var left = (0..<(rows?.shape[0] ?? 0)).filter { !own.contains($0) }
    precondition(count <= left.count, "`prepare` looks at the number of negatives")
    for place in 0..<count { left.swapAt(place, place + random.integer(below: left.count - place)) }
    return Array(left[..<count])
  }

  /// `m ← normalised(momentum·m + (1 − momentum)·row)` for each of `images`.
  func move(_ images: [Int], to new: Tensor, momentum: Float) {
    guard let rows else { return }
    for (number, image) in images.enumerated() {
      let (m, row) = (rows.pointer + image * width, new.pointer + number * width)
      var squares: Float = 0
      for at in 0..<width {
        m[at] = momentum * m[at] + (1 - momentum) * row[at]
        squares += m[at] * m[at]
      }
      let length = max(squares.squareRoot(), 1e-12)
      for at in 0..<width { m[at] /= length }
    }
  }

  func write(to settings: inout MethodSettings) {
    guard let place = guardedMemory.withLock({ $0?.place }) else { return }
    settings["images"] = .number(Double(place.images))
    settings["fingerprint"] = .text(String(place.fingerprint))
  }
}

extension MemoryBank.Place {
  /// Place of the rows that a file holds; nil where it holds none.
  init?(from settings: MethodSettings) throws {
    guard settings["images"] != nil else { return nil }
    let text = try settings.text("fingerprint")
    guard let fingerprint = UInt64(text) else {
      throw MethodError.choice(settings.method, setting: "fingerprint", text)
    }
    self.init(images: try settings.whole("images", in: 1...1 << 26), fingerprint: fingerprint)
  }
}
