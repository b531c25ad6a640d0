import Tensors

/// The most Float32 operations a second that `workers` reach, in GFLOP/s: multiply-adds of eight numbers on registers alone.
///
/// A core starts up to two such instructions a cycle and finishes each after four or five, so at least ten chains must be
/// under way; there are twelve. A library that uses wider instructions than AVX2's, as OpenBLAS does where it can, may
/// go beyond this.
func multiplyAddPeak(_ workers: Workers) -> Double {
  let (pieces, rounds) = (64 * workers.count, 100_000)
  let factor = Float.random(in: 0.5...0.6)
  let time = bestSeconds {
    workers.forEach(pieces) { piece, _ in
      precondition(multiplyAdds(rounds: rounds, factor: factor, term: Float(piece)).isFinite)
    }
  }
  return Double(pieces * rounds * 12 * 8 * 2) / time / 1e9
}

/// Twelve chains of `x ← x·factor + term`.
@inline(never)
private func multiplyAdds(rounds: Int, factor: Float, term: Float) -> Float {
  let (f, t) = (SIMD8<Float>(repeating: factor), SIMD8<Float>(repeating: term))
  var (a, b, c, d) = (t, t + 1, t + 2, t + 3)
  var (e, g, h, i) = (t + 4, t + 5, t + 6, t + 7)
  var (j, k, l, m) = (t + 8, t + 9, t + 10, t + 11)
  for _ in 0..<rounds {
    a = t.addingProduct(a, f)
    b = t.addingProduct(b, f)
    c = t.addingProduct(c, f)
    d = t.addingProduct(d, f)
    e = t.addingProduct(e, f)
    g = t.addingProduct(g, f)
    h = t.addingProduct(h, f)
    i = t.addingProduct(i, f)
    j = t.addingProduct(j, f)
    k = t.addingProduct(k, f)
    l = t.addingProduct(l, f)
    m = t.addingProduct(m, f)
  }
  let sums: [SIMD8<Float>] = [a + b, c + d, e + g, h + i, j + k, l + m]
  return sums.reduce(0) { $0 + $1.sum() }
}
