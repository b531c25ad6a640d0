import Tensors

/// A few vectors somewhere in memory, by number.
///
/// A type for each way they lie, and no closures: what a closure takes and gives travels in halves of a vector.
package protocol VectorPort {
  func callAsFunction(_ index: Int) -> Vector
  func callAsFunction(_ index: Int, _ value: Vector)
}

/// Vectors of `numbers`, whose rows lie without gaps, from `start` on, `step` numbers apart.
struct SteppedPort: VectorPort {
  private let numbers: Matrix
  private let start: Int
  private let step: Int

  @inline(__always)
  init(_ numbers: Matrix, from start: Int, step: Int) {
    (self.numbers, self.start, self.step) = (numbers, start, step)
  }

  @inline(__always)
  func callAsFunction(_ index: Int) -> Vector { numbers[start &+ index &* step, lanes: Vector.lanes] }
  @inline(__always)
  func callAsFunction(_ index: Int, _ value: Vector) {
    numbers[start &+ index &* step, lanes: Vector.lanes] = value
  }
}

/// As above, but stores add to the values in memory.
struct AddingPort: VectorPort {
  private let port: SteppedPort

  @inline(__always)
  init(_ numbers: Matrix, from start: Int, step: Int) {
    port = SteppedPort(numbers, from: start, step: step)
  }

  @inline(__always)
  func callAsFunction(_ index: Int) -> Vector { port(index) }
  @inline(__always)
  func callAsFunction(_ index: Int, _ value: Vector) { port(index, port(index) + value) }
}

/// Vectors of `numbers` at every `step`th of some places from the `first` on, each `offset` behind it.
struct TablePort: VectorPort {
  private let numbers: Matrix
  private let places: UnsafeMutableBufferPointer<Int>
  private let first: Int
  private let step: Int
  private let offset: Int

  @inline(__always)
  init(_ numbers: Matrix, at places: UnsafeMutableBufferPointer<Int>, from first: Int, step: Int, offset: Int)
  {
    (self.numbers, self.places, self.first) = (numbers, places, first)
    (self.step, self.offset) = (step, offset)
  }

  @inline(__always)
  func callAsFunction(_ index: Int) -> Vector {
    numbers[places[first &+ index &* step] &+ offset, lanes: Vector.lanes]
  }
  @inline(__always)
  func callAsFunction(_ index: Int, _ value: Vector) {
    numbers[places[first &+ index &* step] &+ offset, lanes: Vector.lanes] = value
  }
}

/// Scratch memory on the stack for `count` vectors, a row for each.
@inline(__always)
func withVectors(_ count: Int, _ body: (Matrix) -> Void) {
  withUnsafeTemporaryAllocation(
    byteCount: count * MemoryLayout<Vector>.stride, alignment: MemoryLayout<Vector>.alignment
  ) {
    let start = $0.baseAddress!.assumingMemoryBound(to: Float.self)
    body(Matrix(start: start, rows: count, columns: Vector.lanes, step: Vector.lanes))
  }
}
