import Base
import Glibc
import Tensors

// What the measures and searches of this module share: checks of rows, their norms and means, and sums whose order
// does not depend on the workers.

/// Throws unless `x` holds at least `least` rows of finite numbers.
func checkRows(_ x: Tensor, atLeast least: Int, for task: RowsError.Task) throws(RowsError) {
  precondition(x.shape.count == 2, "rows are a matrix, not \(x.shape)")
  let rows = x.shape[0]
  guard rows >= least else { throw .few(task, least: least, rows: rows) }
  guard x.shape[1] > 0 else { throw .empty(task) }
  guard x.isFinite else { throw .notFinite }
}

/// Throws where `bytes` would not fit into memory beside the `rows` rows that `task` is about.
func checkMemory(_ bytes: Int, rows: Int, for task: RowsError.Task) throws(RowsError) {
  try MachineMemory.ask(for: bytes) { RowsError.memory(task, rows: rows, $0) }
}

/// Throws unless both hold as many rows of as many finite numbers: row i of one belongs to row i of the other.
func checkPairs(_ first: Tensor, _ second: Tensor, for task: RowsError.Task) throws(RowsError) {
  try checkRows(first, atLeast: 1, for: task)
  try checkRows(second, atLeast: 1, for: task)
  guard first.shape == second.shape else { throw .differ(task, first.shape, second.shape) }
}

/// Σ over blocks of `grain` items of what `part` makes of them, added up in their order.
func sum(_ count: Int, grain: Int, run: Run, _ part: (Range<Int>) -> Double) throws -> Double {
  let blocks = (count + grain - 1) / grain
  return try withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, blocks)) { parts in
    parts.initialize(repeating: 0)
    try run.forEachRange(count, grain: grain) { range, _ in parts[range.lowerBound / grain] = part(range) }
    return parts.reduce(0, +)
  }
}

/// `Σ a·b` in double precision.
@inline(__always)
func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Double {
  var lanes = SIMD8<Double>()
  var at = 0
  while at &+ 8 <= count {
    lanes += SIMD8<Double>(load8(a + at)) * SIMD8<Double>(load8(b + at))
    at &+= 8
  }
  var sum = lanes.sum()
  while at < count {
    sum += Double(a[at]) * Double(b[at])
    at &+= 1
  }
  return sum
}

/// `Σ (a − b)²` in double precision.
@inline(__always)
func squaredDistance(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Double {
  var lanes = SIMD8<Double>()
  var at = 0
  while at &+ 8 <= count {
    let apart = SIMD8<Double>(load8(a + at)) - SIMD8<Double>(load8(b + at))
    lanes += apart * apart
    at &+= 8
  }
  var sum = lanes.sum()
  while at < count {
    let apart = Double(a[at]) - Double(b[at])
    sum += apart * apart
    at &+= 1
  }
  return sum
}

@inline(__always)
func load8(_ address: UnsafePointer<Float>) -> SIMD8<Float> {
  UnsafeRawPointer(address).loadUnaligned(as: SIMD8<Float>.self)
}

/// ‖x_i‖² of each row, `[rows]`, each sum made in double precision.
func squaredNorms(_ x: Tensor, run: Run) throws -> Tensor {
  let width = x.shape[1]
  let norms = Tensor([x.shape[0]])
  try run.forEachRange(x.shape[0], grain: 256) { range, _ in
    for row in range {
      let start = x.pointer + row * width
      norms.pointer[row] = Float(dot(start, start, width))
    }
  }
  return norms
}

/// x_i / ‖x_i‖; a row of zeros, which has no direction, stays as it is.
func unitRows(_ x: Tensor, run: Run) throws -> Tensor {
  let width = x.shape[1]
  let unit = Tensor(uninitialized: x.shape)
  try run.forEachRange(x.shape[0], grain: 256) { range, _ in
    for row in range {
      let from = x.pointer + row * width
      let norm = dot(from, from, width).squareRoot()
      let scale = Float(norm > 0 ? 1 / norm : 0)
      for c in 0..<width { unit.pointer[row * width + c] = from[c] * scale }
    }
  }
  return unit
}

/// The mean of each column, `[columns]`, summed in double precision by blocks of rows.
func columnMeans(_ x: Tensor, run: Run) throws -> Tensor {
  let (rows, columns) = (x.shape[0], x.shape[1])
  let means = Tensor([columns])
  try run.forEachRange(columns, grain: 64) { range, _ in
    var sums = [Double](repeating: 0, count: range.count)
    for row in 0..<rows {
      let from = x.pointer + row * columns + range.lowerBound
      for c in 0..<range.count { sums[c] += Double(from[c]) }
    }
    for c in 0..<range.count { means.pointer[range.lowerBound + c] = Float(sums[c] / Double(max(1, rows))) }
  }
  return means
}

/// x − `mean`, row by row.
func centred(_ x: Tensor, by mean: Tensor, run: Run) throws -> Tensor {
  let columns = x.shape[1]
  let result = Tensor(uninitialized: x.shape)
  let offsets = mean.pointer
  try run.forEachRange(x.shape[0], grain: 64) { range, _ in
    for row in range {
      let (from, to) = (x.pointer + row * columns, result.pointer + row * columns)
      for c in 0..<columns { to[c] = from[c] - offsets[c] }
    }
  }
  return result
}

/// `eˣ` to a few units in the last place for −87 ≤ x ≤ 88, and that of the nearer end outside: 2ⁿ times a polynomial of
/// what is left (Cody and Waite's reduction, the polynomial of Cephes' `expf`).
@inline(__always)
func exponential(_ x: SIMD8<Float>) -> SIMD8<Float> {
  typealias Lanes = SIMD8<Float>
  var x = x.replacing(with: -87, where: x .< -87)
  x = x.replacing(with: 88, where: x .> 88)
  // Adding 1.5·2²³ leaves the nearest integer in the low bits.
  let shifted = x * 1.442_695_04 + 12_582_912
  let n = shifted - 12_582_912
  let r = x - n * 0.693_359_375 + n * 2.121_944_4e-4
  var p = Lanes(repeating: 1.987_569_15e-4)
  p = p * r + 1.398_199_95e-3
  p = p * r + 8.333_451_9e-3
  p = p * r + 4.166_579_6e-2
  p = p * r + 0.166_666_65
  p = p * r + 0.500_000_01
  let value = p * r * r + r + 1
  let bits = unsafeBitCast(shifted, to: SIMD8<UInt32>.self) &<< 23
  return unsafeBitCast(unsafeBitCast(value, to: SIMD8<UInt32>.self) &+ bits, to: Lanes.self)
}
