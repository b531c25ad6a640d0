import Glibc

/// Four transforms side by side, one in each lane.
typealias Lanes = SIMD4<Double>

/// `X(k) = Σ_j x(j)·e^{−2πi·jk/n}` for four signals at once (Stockham's algorithm, which needs no reordering;
/// Van Loan, Computational Frameworks for the FFT, 1992, §1.7).
///
/// `n` has no prime factors but 2 and 3. The inverse, times n, is the same transform with real and imaginary parts
/// exchanged, before and after.
struct FourierTransform {
  let length: Int
  private let radices: [Int]
  private let cosines: [Double]
  private let sines: [Double]

  init(length: Int) {
    self.length = length
    var (radices, rest): ([Int], Int) = ([], length)
    for radix in [3, 4, 2] {
      while rest % radix == 0 {
        radices.append(radix)
        rest /= radix
      }
    }
    precondition(rest == 1, "\(length) has a prime factor that is neither 2 nor 3")
    self.radices = radices
    cosines = (0..<length).map { cos(2 * .pi * Double($0) / Double(length)) }
    sines = (0..<length).map { -sin(2 * .pi * Double($0) / Double(length)) }
  }

  /// Complex numbers of four signals, real parts and imaginary parts, `length` each.
  struct Signal {
    var re: UnsafeMutablePointer<Lanes>
    var im: UnsafeMutablePointer<Lanes>

    var exchanged: Signal { Signal(re: im, im: re) }
  }

  /// Transforms `x`, using `spare` for room, and returns whichever of the two holds the result.
  func callAsFunction(_ x: Signal, spare: Signal) -> Signal {
    var (from, to) = (x, spare)
    var (n, stride) = (length, 1)
    for radix in radices {
      switch radix {
      case 2: pass2(from, to, n, stride)
      case 3: pass3(from, to, n, stride)
      default: pass4(from, to, n, stride)
      }
      n /= radix
      stride *= radix
      swap(&from, &to)
    }
    return from
  }

  private func pass2(_ x: Signal, _ y: Signal, _ n: Int, _ s: Int) {
    let m = n / 2
    for p in 0..<m {
      let (c, d) = (cosines[p &* s], sines[p &* s])
      for q in 0..<s {
        let (a, b) = (q &+ s &* p, q &+ s &* (p &+ m))
        let o = q &+ s &* 2 &* p
        let (re, im) = (x.re[a] - x.re[b], x.im[a] - x.im[b])
        y.re[o] = x.re[a] + x.re[b]
        y.im[o] = x.im[a] + x.im[b]
        y.re[o &+ s] = re * c - im * d
        y.im[o &+ s] = re * d + im * c
      }
    }
  }

  private func pass3(_ x: Signal, _ y: Signal, _ n: Int, _ s: Int) {
    let m = n / 3
    let half = 0.75.squareRoot()
    for p in 0..<m {
      let (c1, d1) = (cosines[p &* s], sines[p &* s])
      let (c2, d2) = (cosines[2 &* p &* s], sines[2 &* p &* s])
      for q in 0..<s {
        let (i0, i1, i2) = (q &+ s &* p, q &+ s &* (p &+ m), q &+ s &* (p &+ 2 &* m))
        let o = q &+ s &* 3 &* p
        let (sumRe, sumIm) = (x.re[i1] + x.re[i2], x.im[i1] + x.im[i2])
        let (turnRe, turnIm) = ((x.im[i1] - x.im[i2]) * half, (x.re[i2] - x.re[i1]) * half)
        let (midRe, midIm) = (x.re[i0] - sumRe * 0.5, x.im[i0] - sumIm * 0.5)
        let (re1, im1) = (midRe + turnRe, midIm + turnIm)
        let (re2, im2) = (midRe - turnRe, midIm - turnIm)
        y.re[o] = x.re[i0] + sumRe
        y.im[o] = x.im[i0] + sumIm
        y.re[o &+ s] = re1 * c1 - im1 * d1
        y.im[o &+ s] = re1 * d1 + im1 * c1
        y.re[o &+ 2 &* s] = re2 * c2 - im2 * d2
        y.im[o &+ 2 &* s] = re2 * d2 + im2 * c2
      }
    }
  }

  private func pass4(_ x: Signal, _ y: Signal, _ n: Int, _ s: Int) {
    let m = n / 4
    for p in 0..<m {
      let (c1, d1) = (cosines[p &* s], sines[p &* s])
      let (c2, d2) = (cosines[2 &* p &* s], sines[2 &* p &* s])
      let (c3, d3) = (cosines[3 &* p &* s], sines[3 &* p &* s])
      for q in 0..<s {
        let i = q &+ s &* p
        let step = s &* m
        let o = q &+ s &* 4 &* p
        let (evenRe, evenIm) = (x.re[i] + x.re[i &+ 2 &* step], x.im[i] + x.im[i &+ 2 &* step])
        let (lessRe, lessIm) = (x.re[i] - x.re[i &+ 2 &* step], x.im[i] - x.im[i &+ 2 &* step])
        let (oddRe, oddIm) = (x.re[i &+ step] + x.re[i &+ 3 &* step], x.im[i &+ step] + x.im[i &+ 3 &* step])
        // (x1 − x3) turned by −i.
        let (turnRe, turnIm) = (
          x.im[i &+ step] - x.im[i &+ 3 &* step], x.re[i &+ 3 &* step] - x.re[i &+ step]
        )
        y.re[o] = evenRe + oddRe
        y.im[o] = evenIm + oddIm
        let (re1, im1) = (lessRe + turnRe, lessIm + turnIm)
        y.re[o &+ s] = re1 * c1 - im1 * d1
        y.im[o &+ s] = re1 * d1 + im1 * c1
        let (re2, im2) = (evenRe - oddRe, evenIm - oddIm)
        y.re[o &+ 2 &* s] = re2 * c2 - im2 * d2
        y.im[o &+ 2 &* s] = re2 * d2 + im2 * c2
        let (re3, im3) = (lessRe - turnRe, lessIm - turnIm)
        y.re[o &+ 3 &* s] = re3 * c3 - im3 * d3
        y.im[o &+ 3 &* s] = re3 * d3 + im3 * c3
      }
    }
  }
}
