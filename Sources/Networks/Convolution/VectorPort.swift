import Tensors

/// A few vectors somewhere in memory, by number.
///
/// A type for each way they lie, and no closures: what a closure takes and gives travels in halves of a vector.
protocol VectorPort {
  func callAsFunction(_ index: Int) -> Vector
  func callAsFunction(_ index: Int, _ value: Vector)
}

/// Vectors that lie `step` numbers apart.
struct SteppedPort: VectorPort {
  let start: UnsafeMutablePointer<Float>
  let step: Int

  @inline(__always)
  init(_ start: UnsafeMutablePointer<Float>, step: Int) {
    self.start = start
    self.step = step
  }

  @inline(__always)
  func callAsFunction(_ index: Int) -> Vector { load(start + index &* step) }
  @inline(__always)
  func callAsFunction(_ index: Int, _ value: Vector) { store(value, start + index &* step) }
}

/// As above, but stores add to the values in memory.
struct AddingPort: VectorPort {
  private let port: SteppedPort

  @inline(__always)
  init(_ start: UnsafeMutablePointer<Float>, step: Int) { port = SteppedPort(start, step: step) }

  @inline(__always)
  func callAsFunction(_ index: Int) -> Vector { port(index) }
  @inline(__always)
  func callAsFunction(_ index: Int, _ value: Vector) { port(index, port(index) + value) }
}

/// Vectors behind every `step`th of some addresses.
struct TablePort: VectorPort {
  let addresses: UnsafeMutablePointer<UnsafeMutablePointer<Float>>
  let step: Int
  let place: Int

  @inline(__always)
  init(_ addresses: UnsafeMutablePointer<UnsafeMutablePointer<Float>>, step: Int, place: Int) {
    self.addresses = addresses
    self.step = step
    self.place = place
  }

  @inline(__always)
  func callAsFunction(_ index: Int) -> Vector { load(addresses[index &* step] + place) }
  @inline(__always)
  func callAsFunction(_ index: Int, _ value: Vector) { store(value, addresses[index &* step] + place) }
}
