import Glibc
import Tensors

/// SwAV (Caron et al., 2020, Eq. 2): the scores of each view should tell the code of another.
///
/// `L = mean over pairs (a, v ≠ a) of mean_i Σ_k −q_a(i, k)·log softmax(s_v(i)/τ)_k`, the codes q constant.
package struct SwappedLoss {
  package let temperature: Float
  /// ε of `codes`.
  package let epsilon: Double
  package let iterations: Int

  package init(temperature: Float = 0.1, epsilon: Double = 0.05, iterations: Int = 3) {
    self.temperature = temperature
    self.epsilon = epsilon
    self.iterations = iterations
  }

  /// Codes of the rows of `scores` `[n, K]` that use all prototypes alike (Sinkhorn and Knopp; Cuturi, 2013): `exp(s/ε)`, then in turn
  /// columns to n/K and rows to 1. Rows of `queue` `[m, K]` take part and get no code.
  package func codes(_ scores: Tensor, queue: Tensor? = nil) -> Tensor {
    let (rows, width) = (scores.shape[0], scores.shape[1])
    let all = rows + (queue?.shape[0] ?? 0)
    // The largest is taken off first: exp(20) at ε = 0.05 loses digits, and what is divided out does not matter.
    var q = [Double](repeating: 0, count: all * width)
    for at in 0..<scores.count { q[at] = Double(scores.pointer[at]) }
    for at in 0..<(queue?.count ?? 0) { q[scores.count + at] = Double(queue!.pointer[at]) }
    let largest = q.max() ?? 0
    for at in q.indices { q[at] = exp((q[at] - largest) / epsilon) }
    for _ in 0..<iterations {
      for column in 0..<width {
        var sum = 0.0
        for row in 0..<all { sum += q[row * width + column] }
        guard sum > 0 else { continue }
        for row in 0..<all { q[row * width + column] /= sum * Double(width) }
      }
      for row in 0..<all {
        var sum = 0.0
        for column in 0..<width { sum += q[row * width + column] }
        guard sum > 0 else { continue }
        for column in 0..<width { q[row * width + column] /= sum }
      }
    }
    return Tensor([rows, width], q[0..<rows * width].map { Float($0) })
  }

  /// Shapes: scores of V views, `[n, K]` each; codes of the first A of them. Gradients are those of the scores:
  /// `Σ_a (softmax(s_v/τ) − q_a)/(n·τ·pairs)` with A·(V − 1) pairs.
  package func callAsFunction(_ scores: [Tensor], codes: [Tensor]) -> (loss: Double, gradients: [Tensor]) {
    let pairs = Double(max(1, codes.count * (scores.count - 1)))
    var loss = 0.0
    let gradients = scores.enumerated().map { view, s in
      let gradient = Tensor(s.shape)
      let (shares, logSums) = softmax(s, temperature: temperature)
      for (assigned, q) in codes.enumerated() where assigned != view {
        loss += crossEntropyOfShares(q, s, logSums, temperature) / pairs
        let weight = Float(1 / (Double(s.shape[0]) * Double(temperature) * pairs))
        gradient.add(shares, times: weight)
        gradient.add(q, times: -weight)
      }
      return gradient
    }
    return (loss, gradients)
  }
}

/// `mean_i Σ_k −q(i, k)·log softmax(s(i)/τ)_k` with the logarithms of the denominators, for shares q whose rows sum to 1.
func crossEntropyOfShares(_ q: Tensor, _ s: Tensor, _ logSums: [Double], _ temperature: Float) -> Double {
  let (rows, width) = (s.shape[0], s.shape[1])
  var sum = 0.0
  for row in 0..<rows {
    for column in 0..<width {
      let at = row * width + column
      sum += Double(q.pointer[at]) * (logSums[row] - Double(s.pointer[at] / temperature))
    }
  }
  return sum / Double(max(1, rows))
}
