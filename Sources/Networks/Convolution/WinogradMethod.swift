/// How Winograd's method computes outputs of one row of a 3-tap convolution from frequencies: four matrices, each given
/// as a function from numbers read to numbers put. A two-dimensional tile applies them to its rows and columns.
///
/// `y = Aᵀ[(G g) ⊙ (Bᵀ d)]` (Lavin and Gray, 2016), g the weights, d the inputs of a tile. There are six frequencies; the
/// last may come in several copies, which share their weights.
protocol WinogradMethod {
  /// Inputs that a tile reads, and how far the next tile's lie from them.
  static var inputSide: Int { get }
  static var inputStep: Int { get }
  /// Outputs that a tile gives, side by side.
  static var outputSide: Int { get }
  /// Copies of the last frequency.
  static var copies: Int { get }

  /// `Bᵀd`: the inputs of a tile to its frequencies.
  static func input(_ d: (Int) -> Vector, _ put: (Int, Vector) -> Void)
  /// `Aᵀm`: frequencies to outputs.
  static func output(_ m: (Int) -> Vector, _ put: (Int, Vector) -> Void)
  /// `A·dy`: the gradients of the outputs to those of the frequencies.
  static func outputGradient(_ dy: (Int) -> Vector, _ put: (Int, Vector) -> Void)
  /// `G·g`: three weights to six frequencies.
  static func weight(_ g: (Int) -> Vector, _ put: (Int, Vector) -> Void)
  /// `Gᵀ·u`: the gradients of six frequencies to those of three weights.
  static func weightGradient(_ u: (Int) -> Vector, _ put: (Int, Vector) -> Void)
}

extension WinogradMethod {
  /// Frequencies of a row, every copy counted.
  static var slots: Int { 5 + copies }
}

/// F(4, 3): four outputs of a convolution with stride 1 from six inputs, by the points 0, ±1, ±2 and infinity; 36 products
/// for 4×4 outputs instead of 144.
enum WinogradUnitStride: WinogradMethod {
  static let inputSide = 6
  static let inputStep = 4
  static let outputSide = 4
  static let copies = 1

  @inline(__always)
  static func input(_ d: (Int) -> Vector, _ put: (Int, Vector) -> Void) {
    let (d0, d1, d2, d3, d4, d5) = (d(0), d(1), d(2), d(3), d(4), d(5))
    let (even, odd) = (d4.addingProduct(d2, constant(-4)), d3.addingProduct(d1, constant(-4)))
    let (even2, odd2) = (d4 - d2, d3 - d1)
    put(0, d4.addingProduct(d0, constant(4)).addingProduct(d2, constant(-5)))
    put(1, even + odd)
    put(2, even - odd)
    put(3, even2.addingProduct(odd2, constant(2)))
    put(4, even2.addingProduct(odd2, constant(-2)))
    put(5, d5.addingProduct(d1, constant(4)).addingProduct(d3, constant(-5)))
  }

  @inline(__always)
  static func output(_ m: (Int) -> Vector, _ put: (Int, Vector) -> Void) {
    let (m1, m2, m3, m4) = (m(1), m(2), m(3), m(4))
    let (sum1, difference1, sum2, difference2) = (m1 + m2, m1 - m2, m3 + m4, m3 - m4)
    put(0, m(0) + sum1 + sum2)
    put(1, difference1.addingProduct(difference2, constant(2)))
    put(2, sum1.addingProduct(sum2, constant(4)))
    put(3, m(5) + difference1.addingProduct(difference2, constant(8)))
  }

  @inline(__always)
  static func outputGradient(_ dy: (Int) -> Vector, _ put: (Int, Vector) -> Void) {
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
  static func weight(_ g: (Int) -> Vector, _ put: (Int, Vector) -> Void) {
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
  static func weightGradient(_ u: (Int) -> Vector, _ put: (Int, Vector) -> Void) {
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
enum WinogradStrideTwo: WinogradMethod {
  static let inputSide = 9
  static let inputStep = 8
  static let outputSide = 4
  static let copies = 4

  @inline(__always)
  static func input(_ d: (Int) -> Vector, _ put: (Int, Vector) -> Void) {
    twoTapInput(d(0), d(2), d(4), d(6), d(8), put)
    put(5, d(1))
    put(6, d(3))
    put(7, d(5))
    put(8, d(7))
  }

  @inline(__always)
  static func output(_ m: (Int) -> Vector, _ put: (Int, Vector) -> Void) {
    twoTapOutput(m) { put($0, $1 + m(5 &+ $0)) }
  }

  @inline(__always)
  static func outputGradient(_ dy: (Int) -> Vector, _ put: (Int, Vector) -> Void) {
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
  static func weight(_ g: (Int) -> Vector, _ put: (Int, Vector) -> Void) {
    let (g0, g2) = (g(0), g(2))
    put(0, g0 * constant(0.5))
    put(1, (g0 + g2) * constant(-0.5))
    put(2, (g2 - g0) * constant(1 / 6))
    put(3, (g0 * constant(1 / 6)).addingProduct(g2, constant(1 / 3)))
    put(4, g2)
    put(5, g(1))
  }

  @inline(__always)
  static func weightGradient(_ u: (Int) -> Vector, _ put: (Int, Vector) -> Void) {
    let (u1, u2, u3) = (u(1), u(2), u(3))
    put(0, ((u(0) - u1) * constant(0.5)).addingProduct(u3 - u2, constant(1 / 6)))
    put(1, u(5))
    put(
      2,
      u(4).addingProduct(u1, constant(-0.5)).addingProduct(u2, constant(1 / 6)).addingProduct(
        u3, constant(1 / 3)))
  }

  /// `Bᵀd` of F(4, 2) to the first five frequencies.
  @inline(__always)
  fileprivate static func twoTapInput(
    _ d0: Vector, _ d1: Vector, _ d2: Vector, _ d3: Vector, _ d4: Vector, _ put: (Int, Vector) -> Void
  ) {
    let difference = d3 - d1
    put(0, difference.addingProduct(d0 - d2, constant(2)))
    put(1, (d3 - d2).addingProduct(d1, constant(-2)))
    put(2, d3.addingProduct(d1, constant(2)).addingProduct(d2, constant(-3)))
    put(3, difference)
    put(4, (d4 - d2).addingProduct(difference, constant(-2)))
  }

  /// `Aᵀm` of F(4, 2) from the first five frequencies.
  @inline(__always)
  fileprivate static func twoTapOutput(_ m: (Int) -> Vector, _ put: (Int, Vector) -> Void) {
    let (m1, m2, m3) = (m(1), m(2), m(3))
    let (sum, difference) = (m1 + m2, m1 - m2)
    put(0, m(0) + sum + m3)
    put(1, difference.addingProduct(m3, constant(2)))
    put(2, sum.addingProduct(m3, constant(4)))
    put(3, m(4) + difference.addingProduct(m3, constant(8)))
  }
}

/// The backward pass of `WinogradStrideTwo` to its inputs, for a padding of 1: eight of them from five gradients of
/// outputs. Every second input met the middle weight of one output, the others the outer weights of two.
enum WinogradStrideTwoBackward: WinogradMethod {
  static let inputSide = 5
  static let inputStep = 4
  static let outputSide = 8
  static let copies = 4

  @inline(__always)
  static func input(_ d: (Int) -> Vector, _ put: (Int, Vector) -> Void) {
    let (d0, d1, d2, d3) = (d(0), d(1), d(2), d(3))
    WinogradStrideTwo.twoTapInput(d0, d1, d2, d3, d(4), put)
    put(5, d0)
    put(6, d1)
    put(7, d2)
    put(8, d3)
  }

  @inline(__always)
  static func output(_ m: (Int) -> Vector, _ put: (Int, Vector) -> Void) {
    for even in 0..<4 { put(2 &* even, m(5 &+ even)) }
    WinogradStrideTwo.twoTapOutput(m) { put(2 &* $0 &+ 1, $1) }
  }

  @inline(__always)
  static func outputGradient(_ dy: (Int) -> Vector, _ put: (Int, Vector) -> Void) {
    preconditionFailure("weights learn in the forward method")
  }

  @inline(__always)
  static func weight(_ g: (Int) -> Vector, _ put: (Int, Vector) -> Void) {
    WinogradStrideTwo.weight(g, put)
  }

  @inline(__always)
  static func weightGradient(_ u: (Int) -> Vector, _ put: (Int, Vector) -> Void) {
    WinogradStrideTwo.weightGradient(u, put)
  }
}

@inline(__always)
private func constant(_ value: Float) -> Vector { Vector(repeating: value) }
