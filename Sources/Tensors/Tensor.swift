/// Float32 numbers with a shape, contiguous, last axis fastest.
///
/// A tensor is a handle: copies share the elements, as in NumPy. Elements are written by whoever made the tensor,
/// before anybody else reads them; that convention, not the type system, is what makes sharing between workers safe.
/// A shape that does not fit is a programmer's error and traps: what users type is checked before it gets here.
public struct Tensor: @unchecked Sendable {
  // Sendable: see above; disjoint parts are written by different workers by design.
  public let shape: [Int]
  public let count: Int
  /// The first element; valid for as long as the tensor is. Stored, since kernels ask for it again and again from other modules.
  public let pointer: UnsafeMutablePointer<Float>
  private let buffer: Buffer

  /// Elements are not set.
  public init(uninitialized shape: [Int]) {
    precondition(shape.allSatisfy { $0 >= 0 }, "a shape has no negative length: \(shape)")
    self.shape = shape
    count = shape.reduce(1, *)
    buffer = Buffer(count: count)
    pointer = buffer.address
  }

  public init(_ shape: [Int], filledWith value: Float = 0) {
    self.init(uninitialized: shape)
    pointer.update(repeating: value, count: count)
  }

  public init(_ shape: [Int], _ elements: [Float]) {
    self.init(uninitialized: shape)
    precondition(elements.count == count, "\(elements.count) numbers do not fill the shape \(shape)")
    elements.withUnsafeBufferPointer { if count > 0 { pointer.update(from: $0.baseAddress!, count: count) } }
  }

  /// Elements drawn one after the other; see `draw`.
  package init(
    _ shape: [Int], drawnFrom random: inout RandomStream, _ number: (inout RandomStream) -> Float
  ) {
    self.init(uninitialized: shape)
    draw(from: &random, number)
  }

  private init(sharing buffer: Buffer, shape: [Int]) {
    self.shape = shape
    count = shape.reduce(1, *)
    self.buffer = buffer
    pointer = buffer.address
  }

  public var elements: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

  public subscript(index: Int) -> Float {
    get {
      precondition(index >= 0 && index < count)
      return pointer[index]
    }
    nonmutating set {
      precondition(index >= 0 && index < count)
      pointer[index] = newValue
    }
  }

  /// The elements under another shape of the same count.
  public func reshaped(_ shape: [Int]) -> Tensor {
    precondition(shape.reduce(1, *) == count, "\(self.shape) cannot be seen as \(shape)")
    return Tensor(sharing: buffer, shape: shape)
  }

  /// All leading axes folded into one: `[n, …, c]` as `[rows, c]`.
  public var asMatrix: Tensor {
    let columns = shape.last ?? 1
    return reshaped([columns == 0 ? 0 : count / columns, columns])
  }

  public func copy() -> Tensor {
    let other = Tensor(uninitialized: shape)
    other.pointer.update(from: pointer, count: count)
    return other
  }

  /// A copy of `range` of the first axis.
  public func rows(_ range: Range<Int>) -> Tensor {
    precondition(range.lowerBound >= 0 && range.upperBound <= shape[0], "rows \(range) of \(shape)")
    let width = shape[0] == 0 ? 0 : count / shape[0]
    let part = Tensor(uninitialized: [range.count] + shape.dropFirst())
    part.pointer.update(from: pointer + range.lowerBound * width, count: part.count)
    return part
  }

  /// A copy of the named rows of the first axis, in that order.
  public func rows(_ indices: [Int]) -> Tensor {
    let width = shape[0] == 0 ? 0 : count / shape[0]
    let part = Tensor(uninitialized: [indices.count] + shape.dropFirst())
    for (place, index) in indices.enumerated() {
      precondition(index >= 0 && index < shape[0], "row \(index) of \(shape)")
      (part.pointer + place * width).update(from: pointer + index * width, count: width)
    }
    return part
  }

  /// Copies `range` of `other`'s rows, or all of them, over the rows from `start` on.
  package func replaceRows(from start: Int, by other: Tensor, _ range: Range<Int>? = nil) {
    let range = range ?? 0..<other.shape[0]
    precondition(shape.dropFirst() == other.shape.dropFirst(), "rows of \(other.shape) in \(shape)")
    precondition(
      range.upperBound <= other.shape[0] && start >= 0 && start + range.count <= shape[0], "rows \(range)")
    guard !range.isEmpty else { return }
    let width = count / shape[0]
    (pointer + start * width).update(
      from: other.pointer + range.lowerBound * width, count: range.count * width)
  }

  /// Sets the elements to numbers drawn one after the other. An interrupt of the stream skips what is left: whoever began looks
  /// at it before keeping anything.
  package func draw(from random: inout RandomStream, _ number: (inout RandomStream) -> Float) {
    for start in stride(from: 0, to: count, by: 1 << 16) {
      if random.interrupt?.isRequested == true { return }
      for at in start..<min(count, start + (1 << 16)) { pointer[at] = number(&random) }
    }
  }

  public func fill(_ value: Float) {
    pointer.update(repeating: value, count: count)
  }

  /// True if no element is infinite or NaN.
  public var isFinite: Bool {
    // x·0 is 0 for every finite x and NaN otherwise, so one sum tells.
    var sum = SIMD8<Float>(repeating: 0)
    let whole = count / 8 * 8
    for at in stride(from: 0, to: whole, by: 8) {
      sum += UnsafeRawPointer(pointer + at).loadUnaligned(as: SIMD8<Float>.self) * 0
    }
    var rest: Float = 0
    for at in whole..<count { rest += pointer[at] * 0 }
    return (sum.sum() + rest).isFinite
  }
}
