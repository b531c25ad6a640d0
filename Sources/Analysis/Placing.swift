import Base
import Glibc
import Tensors

extension TSNE {
  /// Points for the rows of `new` on a map that stays as it is, `[rows of new, dimensions]`.
  ///
  /// As openTSNE's `transform` (Poličar, Stražar and Zupan, 2024): each new point starts among the points of its nearest rows of `x`,
  /// weighted by its affinities to them at a perplexity of 5, and follows the gradient of t-SNE with the map's points fixed,
  /// exaggerated 1.5 times. New points neither attract nor repel each other, so each place depends on its own row alone.
  /// Shapes: new `[m, width]`, x `[n, width]` the rows that the map was made of.
  /// Throws `MapError` and `RowsError` for shapes or values that do not fit, and `Interrupted`.
  public func place(_ new: Tensor, into map: Map, of x: Tensor, run: Run) throws -> Tensor {
    try checkRows(x, atLeast: 4, for: .placing)
    try checkRows(new, atLeast: 0, for: .placing)
    let (rows, dimensions) = (map.points.shape[0], map.points.shape[1])
    guard x.shape[0] == rows else { throw MapError.placed(points: rows, rows: x.shape[0]) }
    guard new.shape[1] == x.shape[1] else { throw MapError.width(x.shape[1], new: new.shape[1]) }
    let perplexity = min(5, Float(rows - 1) / 3)
    let near = try neighbours(
      of: new, in: x, count: max(1, Int(3 * perplexity)), metric: .euclidean, run: run)
    let fixed = FixedMap(map.points)
    let placed = Tensor(uninitialized: [new.shape[0], dimensions])
    let grain = 32
    for start in stride(from: 0, to: new.shape[0], by: 64 * grain) {
      let length = min(64 * grain, new.shape[0] - start)
      try run.pass { pass in
        pass.forEachRange(length, grain: grain) { range, _ in
          for i in range where !pass.isCut {
            let row = start + i
            let weights = Affinities.conditional(
              near.values[row].map { $0 * $0 }, perplexity: perplexity)
            let point = fixed.place(near.indices[row], weights)
            for c in 0..<dimensions { placed.pointer[row * dimensions + c] = point[c] }
          }
        }
      }
      run.report(
        Progress("Placing", completed: start + length, total: new.shape[0], unit: "points"))
    }
    return placed
  }
}

/// The points of a finished map, one plane of numbers per dimension, padded to whole vectors with points so far away that they
/// repel nothing.
private struct FixedMap {
  private static let iterations = 250
  private static let rate: Float = 0.1
  private static let momentum: Float = 0.8
  private static let exaggeration: Float = 1.5
  /// Gradients longer than this are cut to it: a point alone in a void would leap.
  private static let longest: Float = 0.25

  private let rows: Int
  private let dimensions: Int
  private let padded: Int
  private let planes: Tensor

  init(_ points: Tensor) {
    (rows, dimensions) = (points.shape[0], points.shape[1])
    padded = (rows + 7) / 8 * 8
    planes = Tensor([3, padded])
    for c in 0..<dimensions {
      for i in 0..<padded {
        planes.pointer[c * padded + i] = i < rows ? points.pointer[i * dimensions + c] : 1e15
      }
    }
  }

  /// The place of a row whose nearest rows and affinities to them these are.
  func place(_ neighbours: [Int], _ weights: [Float]) -> SIMD4<Float> {
    var here = SIMD4<Float>()
    for (j, weight) in zip(neighbours, weights) { here += weight * point(j) }
    var velocity = SIMD4<Float>()
    var gains = SIMD4<Float>(repeating: 1)
    for _ in 0..<FixedMap.iterations {
      var gradient = -repulsion(at: here)
      for (j, weight) in zip(neighbours, weights) {
        let apart = here - point(j)
        gradient += apart * (FixedMap.exaggeration * weight / (1 + (apart * apart).sum()))
      }
      let length = (gradient * gradient).sum().squareRoot()
      if length > FixedMap.longest { gradient *= FixedMap.longest / length }
      for c in 0..<dimensions {
        gains[c] = (gradient[c] > 0) == (velocity[c] > 0) ? max(0.01, gains[c] * 0.8) : gains[c] + 0.2
      }
      velocity = FixedMap.momentum * velocity - FixedMap.rate * gains * gradient
      here += velocity
    }
    return here
  }

  @inline(__always)
  private func point(_ i: Int) -> SIMD4<Float> {
    SIMD4(planes.pointer[i], planes.pointer[padded + i], planes.pointer[2 * padded + i], 0)
  }

  /// Σ_j q²(y − y_j) / Σ_j q over the map, q = 1 / (1 + ‖y − y_j‖²).
  private func repulsion(at here: SIMD4<Float>) -> SIMD4<Float> {
    let (xs, ys, zs) = (planes.pointer, planes.pointer + padded, planes.pointer + 2 * padded)
    var (sum, fx, fy, fz) = (SIMD8<Float>(), SIMD8<Float>(), SIMD8<Float>(), SIMD8<Float>())
    for at in stride(from: 0, to: padded, by: 8) {
      let (dx, dy) = (here.x - load8(xs + at), here.y - load8(ys + at))
      let dz = here.z - load8(zs + at)
      let q = 1 / (1 + dx * dx + dy * dy + dz * dz)
      sum += q
      let square = q * q
      fx += square * dx
      fy += square * dy
      fz += square * dz
    }
    return SIMD4(fx.sum(), fy.sum(), fz.sum(), 0) / max(sum.sum(), 1e-30)
  }
}
