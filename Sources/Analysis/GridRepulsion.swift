import Glibc
import Tensors

/// The repulsion of a flat map in time that grows with its points, not with their pairs.
///
/// Linderman et al., Fast interpolation-based t-SNE (2019): points give their charges to the nodes of a grid by quadratic
/// interpolation, the kernels are convolved on the grid by Fourier transforms, and points take the potentials from their
/// nodes. The kernels depend on the step of the grid alone, which is kept while the map fits.
package final class GridRepulsion {
  /// Nodes of one interval of the grid along one axis.
  private static let nodes = 3
  /// Intervals of at most this length give forces to about one in a hundred of the largest, on the map's sparse rim at worst.
  private static let longest = 0.6

  private let count: Int
  /// Number of rows that each point represents; nil if each represents one.
  private let charges: [Int]?
  private var transform = FourierTransform(length: 2)
  private var intervals = 0
  private var step = 0.0
  /// Nodes along one axis, padded to whole lanes.
  private var side = 0
  /// 1 / (1 + r²) as real part and its square as imaginary part, after the transform: each is even, and so real there.
  /// `[frequency, frequency]`.
  private var kernels = Plane()
  private var mass = Plane()
  private var moments = Plane()
  private var spectrum = Plane()

  /// Complex numbers on the grid.
  private final class Plane {
    let re: UnsafeMutablePointer<Double>
    let im: UnsafeMutablePointer<Double>

    init(count: Int = 1) {
      re = .allocate(capacity: 2 * count)
      re.initialize(repeating: 0, count: 2 * count)
      im = re + count
    }

    deinit { re.deallocate() }
  }

  package init(count: Int, charges: [Int]? = nil) { (self.count, self.charges) = (count, charges) }

  /// For each i: Σ_j q² (y_i − y_j) into `forces` and Σ_{j≠i} q into `sums`, with q = 1 / (1 + ‖y_i − y_j‖²).
  /// Shapes: xs, ys and both forces `[count]`, sums `[count]`.
  package func callAsFunction(
    xs: UnsafePointer<Float>, ys: UnsafePointer<Float>,
    forces: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>),
    sums: UnsafeMutablePointer<Float>, run: Run
  ) throws {
    let (x, y) = (UnsafeBufferPointer(start: xs, count: count), UnsafeBufferPointer(start: ys, count: count))
    let low = (Double(x.min()!), Double(y.min()!))
    let high = (Double(x.max()!), Double(y.max()!))
    guard low.0.isFinite, low.1.isFinite, high.0.isFinite, high.1.isFinite else { return }
    let span = max(high.0 - low.0, high.1 - low.1, 1e-9)
    fit(span, workers: run.workers)
    // The middle of the map on the middle of the grid: small coordinates lose least when sums are subtracted.
    let middle = ((low.0 + high.0) / 2, (low.1 + high.1) / 2)
    let half = Double(intervals) * step / 2
    let origin = (middle.0 - half, middle.1 - half)
    func place(_ i: Int) -> Place {
      Place(
        x: (Double(xs[i]) - origin.0) / step, y: (Double(ys[i]) - origin.1) / step, intervals: intervals)
    }
    spread(workers: run.workers) { i in (place(i), Double(xs[i]) - middle.0, Double(ys[i]) - middle.1) }
    convolve(mass, with: kernels.re, and: kernels.im, workers: run.workers)
    convolve(moments, with: kernels.im, and: nil, workers: run.workers)
    let side = side
    let (mass, moments) = (mass, moments)
    try run.forEachRange(count, grain: 1024) { range, _ in
      for i in range {
        let place = place(i)
        var (q, own, mx, my) = (0.0, 0.0, 0.0, 0.0)
        place.forEachNode(side: side) { at, weight in
          q += weight * mass.re[at]
          own += weight * mass.im[at]
          mx += weight * moments.re[at]
          my += weight * moments.im[at]
        }
        sums[i] = Float(q - 1)
        forces.0[i] = Float((Double(xs[i]) - middle.0) * own - mx)
        forces.1[i] = Float((Double(ys[i]) - middle.1) * own - my)
      }
    }
  }

  /// Chooses a grid that holds the map, unless the present one does and is not much too wide.
  private func fit(_ span: Double, workers: Workers) {
    let room = Double(intervals) * step
    if span <= room, span >= 0.8 * room { return }
    let wanted = span * 1.1
    // A transform must hold the grid twice, lest its ends touch.
    let lengths = [256, 384, 512, 768, 1024, 1152, 1536, 2048]
    let length =
      lengths.first { Double($0 / 2 / GridRepulsion.nodes) * GridRepulsion.longest >= wanted } ?? 2048
    if length != transform.length {
      transform = FourierTransform(length: length)
      intervals = length / 2 / GridRepulsion.nodes
      side = (intervals * GridRepulsion.nodes + 3) / 4 * 4
      mass = Plane(count: side * side)
      moments = Plane(count: side * side)
      spectrum = Plane(count: length * side)
      kernels = Plane(count: length * length)
    }
    step = wanted / Double(intervals)
    makeKernels(workers: workers)
  }

  private func makeKernels(workers: Workers) {
    let length = transform.length
    let spacing = step / Double(GridRepulsion.nodes)
    let (re, im) = (kernels.re, kernels.im)
    workers.forEach(length) { row, _ in
      let dy = Double(min(row, length - row)) * spacing
      for column in 0..<length {
        let dx = Double(min(column, length - column)) * spacing
        let value = 1 / (1 + dx * dx + dy * dy)
        re[row * length + column] = value
        im[row * length + column] = value * value
      }
    }
    // One transform for both. The division is the inverse transform's, along both axes.
    transformColumns(workers: workers)
    transpose()
    transformColumns(workers: workers)
    let scale = 1 / Double(length * length)
    for at in 0..<length * length {
      re[at] *= scale
      im[at] *= scale
    }
  }

  private func transpose() {
    let length = transform.length
    for row in 0..<length {
      for column in 0..<row {
        swap(&kernels.re[row * length + column], &kernels.re[column * length + row])
        swap(&kernels.im[row * length + column], &kernels.im[column * length + row])
      }
    }
  }

  private func transformColumns(workers: Workers) {
    let (length, transform) = (transform.length, transform)
    let (re, im) = (kernels.re, kernels.im)
    workers.forEach(length / 4) { strip, _ in
      withStrip(length) { x, spare in
        for row in 0..<length { x.load(row, re, im, at: row * length + strip * 4) }
        let y = transform(x, spare: spare)
        for row in 0..<length { y.store(row, re, im, at: row * length + strip * 4) }
      }
    }
  }

  /// Each point's mass to `mass`, and its mass times its coordinates to `moments`, real part x, imaginary part y.
  private func spread(workers: Workers, _ point: (Int) -> (place: Place, x: Double, y: Double)) {
    let (count, side) = (count, side)
    let planes = [mass.re, mass.im, moments.re, moments.im]
    workers.forEach(planes.count) { plane, _ in
      let target = planes[plane]
      target.update(repeating: 0, count: side * side)
      guard plane != 1 else { return }
      for i in 0..<count {
        let (place, x, y) = point(i)
        let charge = (plane == 0 ? 1 : plane == 2 ? x : y) * (charges.map { Double($0[i]) } ?? 1)
        place.forEachNode(side: side) { at, weight in target[at] += weight * charge }
      }
    }
  }

  /// Convolves the plane with `first`, and with `second` as an imaginary part where there is one: of a real plane, both
  /// convolutions then come back, as real and imaginary part.
  private func convolve(
    _ plane: Plane, with first: UnsafePointer<Double>, and second: UnsafePointer<Double>?, workers: Workers
  ) {
    let (length, side, transform) = (transform.length, side, transform)
    let (re, im, fre, fim) = (plane.re, plane.im, spectrum.re, spectrum.im)
    // Along columns; rows beyond the grid are zero.
    workers.forEach(side / 4) { strip, _ in
      withStrip(length) { x, spare in
        for row in 0..<side { x.load(row, re, im, at: row * side + strip * 4) }
        for row in side..<length { x.clear(row) }
        let y = transform(x, spare: spare)
        for row in 0..<length { y.store(row, fre, fim, at: row * side + strip * 4) }
      }
    }
    // Along rows there, times the kernel, and back.
    workers.forEach(length / 4) { strip, _ in
      withStrip(length) { x, spare in
        let start = strip * 4 * side
        for column in 0..<side { x.gather(column, fre, fim, at: start + column, stride: side) }
        for column in side..<length { x.clear(column) }
        let y = transform(x, spare: spare)
        for k in 0..<length {
          let (r, i, a) = (y.re[k], y.im[k], lanes(first, k * length + strip * 4))
          let b = second.map { lanes($0, k * length + strip * 4) } ?? Lanes()
          y.re[k] = r * a - i * b
          y.im[k] = r * b + i * a
        }
        let other = y.re == x.re ? spare : x
        let z = transform(y.exchanged, spare: other.exchanged).exchanged
        for column in 0..<side { z.scatter(column, fre, fim, at: start + column, stride: side) }
      }
    }
    workers.forEach(side / 4) { strip, _ in
      withStrip(length) { x, spare in
        for row in 0..<length { x.load(row, fre, fim, at: row * side + strip * 4) }
        let y = transform(x.exchanged, spare: spare.exchanged).exchanged
        for row in 0..<side { y.store(row, re, im, at: row * side + strip * 4) }
      }
    }
  }
}

/// Position of a point on the grid: its first node, and the weights of three nodes along each axis.
private struct Place {
  let row: Int
  let column: Int
  let vertical: SIMD4<Double>
  let horizontal: SIMD4<Double>

  /// x and y in intervals from the corner of the grid.
  init(x: Double, y: Double, intervals: Int) {
    let cell = (min(max(0, Int(x)), intervals - 1), min(max(0, Int(y)), intervals - 1))
    (column, row) = (cell.0 * 3, cell.1 * 3)
    horizontal = Place.weights(x - Double(cell.0))
    vertical = Place.weights(y - Double(cell.1))
  }

  /// Lagrange's polynomials through 1/6, 1/2 and 5/6.
  private static func weights(_ t: Double) -> SIMD4<Double> {
    let (a, b, c) = (t * 6 - 1, t * 6 - 3, t * 6 - 5)
    return SIMD4(b * c / 8, -a * c / 4, a * b / 8, 0)
  }

  @inline(__always)
  func forEachNode(side: Int, _ body: (_ at: Int, _ weight: Double) -> Void) {
    for r in 0..<3 {
      let start = (row &+ r) &* side &+ column
      for c in 0..<3 { body(start &+ c, vertical[r] * horizontal[c]) }
    }
  }
}

/// Room for four signals and their transforms.
private func withStrip(
  _ length: Int, _ body: (FourierTransform.Signal, FourierTransform.Signal) -> Void
) {
  withUnsafeTemporaryAllocation(of: Lanes.self, capacity: 4 * length) { room in
    let start = room.baseAddress!
    body(
      FourierTransform.Signal(re: start, im: start + length),
      FourierTransform.Signal(re: start + 2 * length, im: start + 3 * length))
  }
}

@inline(__always)
private func lanes(_ values: UnsafePointer<Double>, _ at: Int) -> Lanes {
  UnsafeRawPointer(values + at).loadUnaligned(as: Lanes.self)
}

extension FourierTransform.Signal {
  typealias Numbers = UnsafeMutablePointer<Double>

  @inline(__always)
  fileprivate func clear(_ place: Int) { (re[place], im[place]) = (Lanes(), Lanes()) }

  @inline(__always)
  fileprivate func load(_ place: Int, _ re: Numbers, _ im: Numbers, at: Int) {
    self.re[place] = UnsafeRawPointer(re + at).loadUnaligned(as: Lanes.self)
    self.im[place] = UnsafeRawPointer(im + at).loadUnaligned(as: Lanes.self)
  }

  @inline(__always)
  fileprivate func store(_ place: Int, _ re: Numbers, _ im: Numbers, at: Int) {
    UnsafeMutableRawPointer(re + at).storeBytes(of: self.re[place], as: Lanes.self)
    UnsafeMutableRawPointer(im + at).storeBytes(of: self.im[place], as: Lanes.self)
  }

  @inline(__always)
  fileprivate func gather(_ place: Int, _ re: Numbers, _ im: Numbers, at: Int, stride: Int) {
    self.re[place] = Lanes(re[at], re[at &+ stride], re[at &+ 2 &* stride], re[at &+ 3 &* stride])
    self.im[place] = Lanes(im[at], im[at &+ stride], im[at &+ 2 &* stride], im[at &+ 3 &* stride])
  }

  @inline(__always)
  fileprivate func scatter(_ place: Int, _ re: Numbers, _ im: Numbers, at: Int, stride: Int) {
    for lane in 0..<4 {
      re[at &+ lane &* stride] = self.re[place][lane]
      im[at &+ lane &* stride] = self.im[place][lane]
    }
  }
}
