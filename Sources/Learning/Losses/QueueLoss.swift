import Tensors

/// InfoNCE of queries against their own keys and a queue of earlier ones (He et al., 2020, Eq. 1):
/// `ℓ(i) = −log( exp(⟨q, k⟩/τ) / (exp(⟨q, k⟩/τ) + Σ_j exp(⟨q, Q_j⟩/τ)) )`, keys and queue constant.
package struct QueueLoss {
  package let temperature: Float

  package init(temperature: Float) {
    self.temperature = temperature
  }

  package struct Result {
    package let loss: Double
    /// ∂loss/∂q, `[n, d]`
    package let gradient: Tensor
    /// Share of queries whose own key is the nearest of all.
    package let top1: Double
  }

  /// Shapes: q, k `[n, d]`, of any length; queue `[K, d]`, rows of length 1.
  package func callAsFunction(_ q: Tensor, keys: Tensor, queue: Tensor, pass: Pass) -> Result {
    let (rows, width, count) = (q.shape[0], q.shape[1], queue.shape[0])
    let (unit, norms) = normalised(q, pass: pass)
    let (k, keyNorms) = normalised(keys, pass: pass)
    let others = product(unit, queue, transposeB: true, pass: pass)
    let scores = Tensor(uninitialized: [rows, count + 1])
    for (row, own) in rowProducts(unit, k).enumerated() {
      let to = scores.pointer + row * (count + 1)
      to[0] = own / temperature
      for column in 0..<count { to[column + 1] = others.pointer[row * count + column] / temperature }
    }
    let (loss, ds) = crossEntropy(scores, labels: Array(repeating: 0, count: rows))
    let hits = (0..<rows).count { row in
      let line = UnsafeBufferPointer(start: scores.pointer + row * (count + 1), count: count + 1)
      return line[0] >= line.max()!
    }
    // du = (∂s_0·k + Σ ∂s_j·Q_j)/τ
    let weights = Tensor(uninitialized: [rows, count])
    for row in 0..<rows {
      (weights.pointer + row * count).update(from: ds.pointer + (row * (count + 1) + 1), count: count)
    }
    let du = Tensor(uninitialized: [rows, width])
    for row in 0..<rows {
      let share = ds.pointer[row * (count + 1)]
      for column in row * width..<(row + 1) * width { du.pointer[column] = share * k.pointer[column] }
    }
    multiply(weights, queue, into: du, beta: 1, pass: pass)
    for at in 0..<du.count { du.pointer[at] /= temperature }
    let isFinite = norms.isFinite && keyNorms.isFinite
    return Result(
      loss: isFinite ? loss : .nan, gradient: throughNormalisation(du, unit: unit, norms: norms),
      top1: Double(hits) / Double(max(1, rows)))
  }
}
