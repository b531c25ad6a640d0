import Tensors

extension Vector {
  /// Number of values in a vector.
  @inline(__always)
  static var lanes: Int { scalarCount }

  /// `count` rounded up to whole vectors.
  @inline(__always)
  static func whole(_ count: Int) -> Int { (count &+ lanes &- 1) & ~(lanes &- 1) }
}

/// A vector from any address.
@inline(__always)
func load(_ address: UnsafePointer<Float>) -> Vector {
  UnsafeRawPointer(address).loadUnaligned(as: Vector.self)
}

/// A vector to any address.
@inline(__always)
func store(_ value: Vector, _ address: UnsafeMutablePointer<Float>) {
  UnsafeMutableRawPointer(address).storeBytes(of: value, as: Vector.self)
}

/// The first `count` numbers of a vector, the rest 0; nothing behind them is read.
@inline(__always)
func load(_ address: UnsafePointer<Float>, _ count: Int) -> Vector {
  if count >= Vector.lanes { return load(address) }
  var value = Vector(repeating: 0)
  for lane in 0..<count { value[lane] = address[lane] }
  return value
}

/// Writes the first `count` numbers of a vector.
@inline(__always)
func store(_ value: Vector, _ address: UnsafeMutablePointer<Float>, _ count: Int) {
  if count >= Vector.lanes { return store(value, address) }
  for lane in 0..<count { address[lane] = value[lane] }
}

/// `max(x, 0)`, and 0 for NaN.
@inline(__always)
func positivePart(_ x: Vector) -> Vector {
  x.replacing(with: 0, where: .!(x .> Vector(repeating: 0)))
}

/// `√x` for `x ≥ 0`, in a form that the compiler can turn into whole vectors, as it cannot the C library's: the well-known
/// first guess at `1/√x` from the exponent and three steps of Newton's method, which leave less than a rounding error.
@inline(__always)
func squareRoot(_ x: Float) -> Float {
  let half = x * 0.5
  var y = Float(bitPattern: 0x5f37_59df &- (x.bitPattern &>> 1))
  y *= 1.5 - half * y * y
  y *= 1.5 - half * y * y
  y *= 1.5 - half * y * y
  return x * y
}

/// Calls `body` for each of `count` items in parts of as many as a vector has and their number, the last part of fewer.
@inline(__always)
func forEachVector(_ count: Int, _ body: (_ at: Int, _ lanes: Int) -> Void) {
  var at = 0
  while at &+ Vector.lanes <= count {
    body(at, Vector.lanes)
    at &+= Vector.lanes
  }
  if at < count { body(at, count &- at) }
}

/// Number of items in a piece of work of about `target` values, if each item has `width`.
func grain(width: Int, target: Int = 1 << 16) -> Int { max(1, target / max(1, width)) }

/// Calls `body` for some pixels after others, as many as stay in the L1 cache with their channels.
func forEachStretch(_ pixels: Range<Int>, _ body: (Range<Int>) -> Void) {
  for start in stride(from: pixels.lowerBound, to: pixels.upperBound, by: 32) {
    body(start..<min(pixels.upperBound, start + 32))
  }
}

/// The larger of two values; the second if the first is NaN.
@inline(__always)
func larger(_ x: Vector, _ y: Vector) -> Vector { y.replacing(with: x, where: x .> y) }

/// `eˣ` to a few units in the last place for −87 ≤ x ≤ 88, and that of the nearer end outside: 2ⁿ times a polynomial of what is
/// left (Cody and Waite's reduction, the polynomial of Cephes' `expf`). Loops over it become whole vectors.
@inline(__always)
func exponential(_ x: Float) -> Float {
  let x = x < -87 ? -87 : (x > 88 ? 88 : x)
  // Adding 1.5·2²³ leaves the nearest integer in the low bits.
  let shifted = x * 1.442_695_04 + 12_582_912
  let n = shifted - 12_582_912
  let r = x - n * 0.693_359_375 + n * 2.121_944_4e-4
  var p: Float = 1.987_569_15e-4
  p = p * r + 1.398_199_95e-3
  p = p * r + 8.333_451_9e-3
  p = p * r + 4.166_579_6e-2
  p = p * r + 1.666_666_55e-1
  p = p * r + 5.000_000_1e-1
  let power = Float(bitPattern: (shifted.bitPattern &- 0x4b40_0000 &+ 127) &<< 23)
  return (p * r * r + r + 1) * power
}
