import Glibc
import Tensors

/// The map while it forms: one plane of numbers per dimension, padded to whole vectors with points so far away that
/// they repel nothing.
package struct Layout {
  let rows: Int
  let dimensions: Int
  let padded: Int
  let affinities: Affinities
  private let planes: Tensor
  private let velocities: Tensor
  private let gains: Tensor
  private let forces: Tensor
  private let sums: Tensor
  /// Number of rows that each point represents, `[padded]`; nil if each represents one.
  private let counts: Tensor?
  /// Repels through a grid; nil where all pairs are computed.
  private let grid: GridRepulsion?

  package init(start: Tensor, affinities: Affinities, usesGrid: Bool) {
    rows = start.shape[0]
    dimensions = start.shape[1]
    let padded = (rows + 7) / 8 * 8
    self.affinities = affinities
    planes = Tensor([dimensions, padded], filledWith: 1e15)
    for row in 0..<rows {
      for c in 0..<dimensions { planes[c * padded + row] = start[row * dimensions + c] }
    }
    velocities = Tensor([dimensions, padded])
    gains = Tensor([dimensions, padded], filledWith: 1)
    forces = Tensor([dimensions, padded])
    sums = Tensor([rows])
    grid = usesGrid ? GridRepulsion(count: rows, charges: affinities.counts) : nil
    counts = affinities.counts.map { counts in
      Tensor([padded], counts.map(Float.init) + Array(repeating: 0, count: padded - counts.count))
    }
    self.padded = padded
  }

  var points: Tensor {
    let result = Tensor(uninitialized: [rows, dimensions])
    for row in 0..<rows {
      for c in 0..<dimensions { result[row * dimensions + c] = planes[c * padded + row] }
    }
    return result
  }

  /// ∂KL/∂y of exaggerated affinities, `[n, dimensions]`, at the points of the latest repulsion (van der Maaten and Hinton, 2008,
  /// equation 5): 4·Σ_j (e·p_ij − q_ij)(y_i − y_j) / (1 + ‖y_i − y_j‖²).
  package func gradient(exaggeration: Float = 1, run: Run) throws -> Tensor {
    let result = Tensor([rows, dimensions])
    try forEachGradient(exaggeration, run: run) { i, c, value in
      result.pointer[i * dimensions + c] = value
    }
    return result
  }

  /// One gradient step with momentum and gains (Jacobs, 1988), by the forces of the latest repulsion.
  /// Throws `Interrupted`, and the points stay where they were.
  func move(exaggeration: Float, rate: Float, momentum: Float, run: Run) throws {
    try forEachGradient(exaggeration, run: run) { i, c, gradient in
      let at = c * padded + i
      let velocity = velocities.pointer[at]
      let gain = gains.pointer[at]
      gains.pointer[at] = (gradient > 0) == (velocity > 0) ? max(0.01, gain * 0.8) : gain + 0.2
      velocities.pointer[at] = momentum * velocity - rate * gains.pointer[at] * gradient
    }
    for c in 0..<dimensions {
      var mean = 0.0
      for i in 0..<rows {
        planes.pointer[c * padded + i] += velocities.pointer[c * padded + i]
        mean += Double(planes.pointer[c * padded + i]) / Double(rows)
      }
      for i in 0..<rows { planes.pointer[c * padded + i] -= Float(mean) }
    }
  }

  @inline(__always)
  private func forEachGradient(
    _ exaggeration: Float, run: Run, _ body: (_ i: Int, _ c: Int, _ gradient: Float) -> Void
  ) throws {
    let total = Float(normaliser)
    try run.forEachRange(rows, grain: 64) { range, _ in
      for i in range {
        let pull = dimensions == 2 ? attraction2(of: i) : attraction(of: i)
        for c in 0..<dimensions {
          body(i, c, 4 * (exaggeration * pull[c] - forces.pointer[c * padded + i] / total))
        }
      }
    }
  }

  private func attraction(of i: Int) -> SIMD4<Float> {
    let here = point(i)
    var pull = SIMD4<Float>()
    for at in affinities.starts[i]..<affinities.starts[i + 1] {
      let apart = here - point(Int(affinities.columns[at]))
      pull += apart * (affinities.values[at] / (1 + (apart * apart).sum()))
    }
    return pull
  }

  private func attraction2(of i: Int) -> SIMD4<Float> {
    let (xs, ys) = (planes.pointer, planes.pointer + padded)
    let (x, y) = (xs[i], ys[i])
    var (fx, fy): (Float, Float) = (0, 0)
    affinities.columns.withUnsafeBufferPointer { columns in
      affinities.values.withUnsafeBufferPointer { values in
        for at in affinities.starts[i]..<affinities.starts[i + 1] {
          let j = Int(columns[at])
          let (dx, dy) = (x - xs[j], y - ys[j])
          let weight = values[at] / (1 + dx * dx + dy * dy)
          fx += weight * dx
          fy += weight * dy
        }
      }
    }
    return SIMD4(fx, fy, 0, 0)
  }

  @inline(__always)
  private func point(_ i: Int) -> SIMD4<Float> {
    var point = SIMD4<Float>()
    for c in 0..<dimensions { point[c] = planes.pointer[c * padded + i] }
    return point
  }

  /// For each i: Σ_j q² (y_i − y_j) into `forces` and Σ_{j≠i} q into `sums`, with q = 1 / (1 + ‖y_i − y_j‖²).
  package func repel(run: Run) throws {
    if let grid {
      return try grid(
        xs: planes.pointer, ys: planes.pointer + padded, forces: (forces.pointer, forces.pointer + padded),
        sums: sums.pointer, run: run)
    }
    try run.forEachRange(rows, grain: 16) { range, _ in
      for i in range {
        if let counts { repel(i, counts) } else if dimensions == 2 { repel2(i) } else { repel3(i) }
      }
    }
  }

  private func repel2(_ i: Int) {
    let (xs, ys) = (UnsafeRawPointer(planes.pointer), UnsafeRawPointer(planes.pointer + padded))
    let x = SIMD8<Float>(repeating: planes.pointer[i])
    let y = SIMD8<Float>(repeating: planes.pointer[padded + i])
    var (sum, fx, fy) = (SIMD8<Float>(), SIMD8<Float>(), SIMD8<Float>())
    for at in stride(from: 0, to: padded * 4, by: 32) {
      let dx = x - xs.load(fromByteOffset: at, as: SIMD8<Float>.self)
      let dy = y - ys.load(fromByteOffset: at, as: SIMD8<Float>.self)
      let q = 1 / (1 + dx * dx + dy * dy)
      sum += q
      let square = q * q
      fx += square * dx
      fy += square * dy
    }
    forces.pointer[i] = fx.sum()
    forces.pointer[padded + i] = fy.sum()
    sums.pointer[i] = sum.sum() - 1
  }

  private func repel3(_ i: Int) {
    let planes = UnsafeRawPointer(self.planes.pointer)
    let here = point(i)
    var (sum, fx, fy, fz) = (SIMD8<Float>(), SIMD8<Float>(), SIMD8<Float>(), SIMD8<Float>())
    for at in stride(from: 0, to: padded * 4, by: 32) {
      let dx = here.x - planes.load(fromByteOffset: at, as: SIMD8<Float>.self)
      let dy = here.y - planes.load(fromByteOffset: padded * 4 + at, as: SIMD8<Float>.self)
      let dz = here.z - planes.load(fromByteOffset: padded * 8 + at, as: SIMD8<Float>.self)
      let q = 1 / (1 + dx * dx + dy * dy + dz * dz)
      sum += q
      let square = q * q
      fx += square * dx
      fy += square * dy
      fz += square * dz
    }
    forces.pointer[i] = fx.sum()
    forces.pointer[padded + i] = fy.sum()
    forces.pointer[2 * padded + i] = fz.sum()
    sums.pointer[i] = sum.sum() - 1
  }

  /// Like the above, for points that each represent several rows.
  private func repel(_ i: Int, _ counts: Tensor) {
    let here = point(i)
    var sum = SIMD8<Float>()
    var force = [SIMD8<Float>](repeating: SIMD8(), count: dimensions)
    for at in stride(from: 0, to: padded, by: 8) {
      var square = SIMD8<Float>(repeating: 1)
      for c in 0..<dimensions {
        let apart = here[c] - load8(planes.pointer + c * padded + at)
        square += apart * apart
      }
      let q = 1 / square
      let charge = load8(counts.pointer + at) * q
      sum += charge
      for c in 0..<dimensions { force[c] += charge * q * (here[c] - load8(planes.pointer + c * padded + at)) }
    }
    for c in 0..<dimensions { forces.pointer[c * padded + i] = force[c].sum() }
    sums.pointer[i] = sum.sum() - 1
  }

  /// Z = Σ_{i≠j} q of the latest repulsion, over all pairs of rows.
  private var normaliser: Double {
    guard let counts else { return sums.elements.reduce(0.0) { $0 + Double($1) } }
    return (0..<rows).reduce(0.0) { $0 + Double(counts.pointer[$1]) * Double(sums.pointer[$1]) }
  }

  /// Σ P log(P / Q) over the pairs with P > 0, of points that have not moved since the latest repulsion.
  package func divergence(run: Run) throws -> Double {
    let logOfTotal = log(normaliser)
    let parts = Tensor([rows])
    try run.forEachRange(rows, grain: 256) { range, _ in
      for i in range {
        let here = point(i)
        var sum = 0.0
        for at in affinities.starts[i]..<affinities.starts[i + 1] {
          let apart = here - point(Int(affinities.columns[at]))
          let p = Double(affinities.values[at])
          // log q = −log(1 + d²) − log Z.
          if p > 0 {
            let others = counts.map { log(Double($0.pointer[Int(affinities.columns[at])])) } ?? 0
            sum += p * (log(p) - others + log(1 + Double((apart * apart).sum())) + logOfTotal)
          }
        }
        if let counts {
          let (own, count) = (Double(affinities.own[i]), Double(counts.pointer[i]))
          if own > 0 { sum += own * (log(own / (count - 1)) + logOfTotal) }
          sum *= count
        }
        parts.pointer[i] = Float(sum)
      }
    }
    return parts.elements.reduce(0.0) { $0 + Double($1) }
  }
}
