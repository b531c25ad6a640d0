import Tensors

/// Winograd's method for the outputs of one row of a 3-tap convolution: three matrices and their
/// transposes, each given as a function from values read to values stored. A two-dimensional tile applies them to its
/// rows and columns.
///
/// `y = Aᵀ[(G g) ⊙ (Bᵀ d)]` (Lavin and Gray, 2016), g the weights, d the inputs of a tile; so for gradients
/// `dg = Gᵀ[(Bᵀ d) ⊙ (A dy)]` and `dd = B[(G g) ⊙ (A dy)]`. There are six frequencies; the last may come in several
/// copies, which share their weights.
package protocol WinogradMethod {
  /// Inputs that a tile reads, and how far the next tile's lie from them.
  static var inputSide: Int { get }
  static var inputStep: Int { get }
  /// Outputs that a tile gives, side by side.
  static var outputSide: Int { get }
  /// Copies of the last frequency.
  static var copies: Int { get }

  /// `Bᵀ·d`: the inputs of a tile to its frequencies.
  static func input<From: VectorPort, To: VectorPort>(_ d: From, _ put: To)
  /// `B·v`: the gradients of the frequencies to those of the inputs.
  static func inputGradient<From: VectorPort, To: VectorPort>(_ v: From, _ put: To)
  /// `Aᵀ·m`: frequencies to outputs.
  static func output<From: VectorPort, To: VectorPort>(_ m: From, _ put: To)
  /// `A·dy`: the gradients of the outputs to those of the frequencies.
  static func outputGradient<From: VectorPort, To: VectorPort>(_ dy: From, _ put: To)
  /// `G·g`: three weights to six frequencies.
  static func weight<From: VectorPort, To: VectorPort>(_ g: From, _ put: To)
  /// `Gᵀ·u`: the gradients of six frequencies to those of three weights.
  static func weightGradient<From: VectorPort, To: VectorPort>(_ u: From, _ put: To)
}

extension WinogradMethod {
  /// Frequencies of a row, every copy counted.
  package static var slots: Int { 5 + copies }
}

/// F(4, 3): four outputs of a convolution with stride 1 from six inputs, by the points 0, ±1, ±2 and infinity; 36 products
/// for 4×4 outputs instead of 144.
package enum WinogradUnitStride: WinogradMethod {
  package static let inputSide = 6
  package static let inputStep = 4
  package static let outputSide = 4
  package static let copies = 1

  @inline(__always)
  package static func input<From: VectorPort, To: VectorPort>(_ d: From, _ put: To) {
    let (d0, d1, d2, d3, d4, d5) = (d(0), d(1), d(2), d(3), d(4), d(5))
    let (difference, difference2) = (d3 - d1, d4 - d2)
    let sum = difference + difference2
    put(0, d4.addingProduct(d0, constant(4)).addingProduct(d2, constant(-5)))
    put(1, sum.addingProduct(d1 + d2, constant(-3)))
    put(2, (difference2 - difference).addingProduct(d1 - d2, constant(3)))
    put(3, difference2.addingProduct(difference, constant(2)))
    put(4, difference2.addingProduct(difference, constant(-2)))
    put(5, d5.addingProduct(d1, constant(4)).addingProduct(d3, constant(-5)))
  }

  @inline(__always)
  package static func inputGradient<From: VectorPort, To: VectorPort>(_ v: From, _ put: To) {
    let (v0, v1, v2, v3, v4, v5) = (v(0), v(1), v(2), v(3), v(4), v(5))
    let (sum1, difference1, sum2, difference2) = (v1 + v2, v1 - v2, v3 + v4, v3 - v4)
    put(0, constant(4) * v0)
    put(1, constant(4) * (v5 - difference1) - constant(2) * difference2)
    put(2, constant(-5) * v0 - constant(4) * sum1 - sum2)
    put(3, difference1 + constant(2) * difference2 - constant(5) * v5)
    put(4, v0 + sum1 + sum2)
    put(5, v5)
  }

  @inline(__always)
  package static func output<From: VectorPort, To: VectorPort>(_ m: From, _ put: To) {
    let (m1, m2, m3, m4) = (m(1), m(2), m(3), m(4))
    let (sum1, difference1, sum2, difference2) = (m1 + m2, m1 - m2, m3 + m4, m3 - m4)
    put(0, m(0) + sum1 + sum2)
    put(1, difference1.addingProduct(difference2, constant(2)))
    put(2, sum1.addingProduct(sum2, constant(4)))
    put(3, m(5) + difference1.addingProduct(difference2, constant(8)))
  }

  @inline(__always)
  package static func outputGradient<From: VectorPort, To: VectorPort>(_ dy: From, _ put: To) {
    let (d0, d1, d2, d3) = (dy(0), dy(1), dy(2), dy(3))
    let (even, odd) = (d0 + d2, d1 + d3)
    let (even2, odd2) = (d0.addingProduct(d2, constant(4)), (d1 + d1).addingProduct(d3, constant(8)))
    put(0, d0)
    put(1, even + odd)
    put(2, even - odd)
    put(3, even2 + odd2)
    put(4, even2 - odd2)
    put(5, d3)
  }

  @inline(__always)
  package static func weight<From: VectorPort, To: VectorPort>(_ g: From, _ put: To) {
    let (g0, g1, g2) = (g(0), g(1), g(2))
    let (even, odd) = ((g0 + g2) * constant(-1 / 6), g1 * constant(-1 / 6))
    let even2 = (g2 * constant(1 / 6)).addingProduct(g0, constant(1 / 24))
    let odd2 = g1 * constant(1 / 12)
    put(0, g0 * constant(0.25))
    put(1, even + odd)
    put(2, even - odd)
    put(3, even2 + odd2)
    put(4, even2 - odd2)
    put(5, g2)
  }

  @inline(__always)
  package static func weightGradient<From: VectorPort, To: VectorPort>(_ u: From, _ put: To) {
    let (u1, u2, u3, u4) = (u(1), u(2), u(3), u(4))
    let (sum1, sum2) = (u1 + u2, u3 + u4)
    let even = (u(0) * constant(0.25)).addingProduct(sum1, constant(-1 / 6))
    put(0, even.addingProduct(sum2, constant(1 / 24)))
    put(1, ((u2 - u1) * constant(1 / 6)).addingProduct(u3 - u4, constant(1 / 12)))
    put(2, u(5).addingProduct(sum2 - sum1, constant(1 / 6)))
  }
}

/// Four outputs of a convolution with stride 2 from nine inputs. The even inputs meet the outer two weights as in a
/// convolution with stride 1 and two taps: F(4, 2) by the points 0, ±1, 2 and infinity, five frequencies. The odd
/// inputs meet the middle weight as they are: four copies of the sixth. 81 products for 4×4 outputs instead of 144.
package enum WinogradStrideTwo: WinogradMethod {
  package static let inputSide = 9
  package static let inputStep = 8
  package static let outputSide = 4
  package static let copies = 4

  @inline(__always)
  package static func input<From: VectorPort, To: VectorPort>(_ d: From, _ put: To) {
    let (d0, d2, d4, d6, d8) = (d(0), d(2), d(4), d(6), d(8))
    let difference = d6 - d2
    put(0, difference.addingProduct(d0 - d4, constant(2)))
    put(1, (d6 - d4).addingProduct(d2, constant(-2)))
    put(2, d6.addingProduct(d2, constant(2)).addingProduct(d4, constant(-3)))
    put(3, difference)
    put(4, (d8 - d4).addingProduct(difference, constant(-2)))
    put(5, d(1))
    put(6, d(3))
    put(7, d(5))
    put(8, d(7))
  }

  @inline(__always)
  package static func inputGradient<From: VectorPort, To: VectorPort>(_ v: From, _ put: To) {
    let (v0, v1, v2, v3, v4) = (v(0), v(1), v(2), v(3), v(4))
    let sum = v0 + v3
    put(0, v0 + v0)
    put(2, constant(2) * (v2 - v1 + v4) - sum)
    put(4, constant(-3) * v2 - constant(2) * v0 - v1 - v4)
    put(6, sum + v1 + v2 - constant(2) * v4)
    put(8, v4)
    for odd in 0..<4 { put(2 &* odd &+ 1, v(5 &+ odd)) }
  }

  @inline(__always)
  package static func output<From: VectorPort, To: VectorPort>(_ m: From, _ put: To) {
    let (m1, m2, m3) = (m(1), m(2), m(3))
    let (sum, difference) = (m1 + m2, m1 - m2)
    put(0, m(0) + sum + m3 + m(5))
    put(1, difference.addingProduct(m3, constant(2)) + m(6))
    put(2, sum.addingProduct(m3, constant(4)) + m(7))
    put(3, m(4) + difference.addingProduct(m3, constant(8)) + m(8))
  }

  @inline(__always)
  package static func outputGradient<From: VectorPort, To: VectorPort>(_ dy: From, _ put: To) {
    let (d0, d1, d2, d3) = (dy(0), dy(1), dy(2), dy(3))
    let (even, odd) = (d0 + d2, d1 + d3)
    put(0, d0)
    put(1, even + odd)
    put(2, even - odd)
    put(
      3, d0.addingProduct(d1, constant(2)).addingProduct(d2, constant(4)).addingProduct(d3, constant(8)))
    put(4, d3)
    put(5, d0)
    put(6, d1)
    put(7, d2)
    put(8, d3)
  }

  @inline(__always)
  package static func weight<From: VectorPort, To: VectorPort>(_ g: From, _ put: To) {
    let (g0, g2) = (g(0), g(2))
    put(0, g0 * constant(0.5))
    put(1, (g0 + g2) * constant(-0.5))
    put(2, (g2 - g0) * constant(1 / 6))
    put(3, (g0 * constant(1 / 6)).addingProduct(g2, constant(1 / 3)))
    put(4, g2)
    put(5, g(1))
  }

  @inline(__always)
  package static func weightGradient<From: VectorPort, To: VectorPort>(_ u: From, _ put: To) {
    let (u1, u2, u3) = (u(1), u(2), u(3))
    put(0, ((u(0) - u1) * constant(0.5)).addingProduct(u3 - u2, constant(1 / 6)))
    put(1, u(5))
    put(
      2,
      u(4).addingProduct(u1, constant(-0.5)).addingProduct(u2, constant(1 / 6)).addingProduct(
        u3, constant(1 / 3)))
  }
}

@inline(__always)
private func constant(_ value: Float) -> Vector { Vector(repeating: value) }
