import Glibc
import Tensors

/// Functions of one number each, over a range of places. Plain loops, which the compiler turns into whole vectors.
enum ElementKernels {
  /// `max(x, 0)`
  static func rectify(_ x: Matrix, to y: Matrix, _ range: Range<Int>) {
    forEachVector(range.count) { offset, lanes in
      let at = range.lowerBound &+ offset
      y[at, lanes: lanes] = positivePart(x[at, lanes: lanes])
    }
  }

  /// dy where y, which the rectifier gave, is positive; 0 elsewhere.
  static func rectifyGradient(_ dy: Matrix, of y: Matrix, to dx: Matrix, _ range: Range<Int>) {
    forEachVector(range.count) { offset, lanes in
      let at = range.lowerBound &+ offset
      let isOff = y[at, lanes: lanes] .<= Vector(repeating: 0)
      dx[at, lanes: lanes] = dy[at, lanes: lanes].replacing(with: 0, where: isOff)
    }
  }

  /// `x·Φ(x)`
  static func gelu(_ x: Matrix, to y: Matrix, _ range: Range<Int>) {
    for at in range { y[at] = x[at] * normalDistribution(x[at]).below }
  }

  /// `dy·(Φ(x) + x·φ(x))`
  static func geluGradient(_ dy: Matrix, of x: Matrix, to dx: Matrix, _ range: Range<Int>) {
    for at in range {
      let (below, density) = normalDistribution(x[at])
      dx[at] = dy[at] * (below + x[at] * density)
    }
  }

  /// `a + b`
  static func add(_ a: Matrix, _ b: Matrix, to c: Matrix, _ range: Range<Int>) {
    for at in range { c[at] = a[at] + b[at] }
  }

  /// Adds each row to every `step`th of `x`.
  static func add(_ rows: Matrix, to x: Matrix, every step: Int = 1) {
    precondition(rows.columns == x.columns && (rows.rows == 0 || (rows.rows - 1) * step < x.rows))
    for row in 0..<rows.rows {
      forEachVector(rows.columns) { at, lanes in
        x[row &* step, at, lanes: lanes] += rows[row, at, lanes: lanes]
      }
    }
  }

  /// `other + f·x`, f what `mask` says of each place, or without `other`.
  static func drop(
    _ x: Matrix, by mask: DropoutMask, adding other: Matrix?, to y: Matrix, _ range: Range<Int>
  ) {
    if let other {
      for at in range { y[at] = other[at] + x[at] * mask.factor(UInt32(truncatingIfNeeded: at)) }
    } else {
      for at in range { y[at] = x[at] * mask.factor(UInt32(truncatingIfNeeded: at)) }
    }
  }
}

/// Φ(x) to 1e-7 and φ(x): `1 − Φ(x) = φ-like polynomial in 1/(1 + px)` times `e^(−x²/2)` for x ≥ 0 (Abramowitz and Stegun,
/// 7.1.26, for erf).
@inline(__always)
private func normalDistribution(_ x: Float) -> (below: Float, density: Float) {
  let size = (x < 0 ? -x : x) * 0.707_106_78
  let power = exponential(-size * size)
  let t = 1 / (1 + 0.327_591_1 * size)
  var p: Float = 1.061_405_43
  p = p * t - 1.453_152_03
  p = p * t + 1.421_413_74
  p = p * t - 0.284_496_736
  p = p * t + 0.254_829_592
  let above = 0.5 * p * t * power
  return (x < 0 ? above : 1 - above, 0.398_942_28 * power)
}

extension Reference {
  /// `x·Φ(x)` and its derivative.
  package static func gelu(_ x: Double) -> (value: Double, slope: Double) {
    let below = (1 + erf(x / 2.0.squareRoot())) / 2
    return (x * below, below + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot())
  }

  /// 0 or 1/(1 − p) for the number at `place`, as it is dropped: bits of the finaliser of MurmurHash3 (Appleby, 2011) below `p·2³²`.
  package static func dropoutFactor(_ place: Int, key: UInt32, probability: Double) -> Double {
    // Of 64 bits, of which the lower half is kept after each product.
    func mixed(_ x: UInt64, _ shift: UInt64, _ factor: UInt64) -> UInt64 {
      (x ^ x >> shift) * factor % (1 << 32)
    }
    let start = UInt64(place) * 0x9e37_79b9 % (1 << 32) ^ UInt64(key)
    let bits = mixed(mixed(mixed(start, 16, 0x85eb_ca6b), 13, 0xc2b2_ae35), 16, 1)
    return Double(bits) < (probability * 4_294_967_296).rounded(.down) ? 0 : 1 / (1 - probability)
  }
}
