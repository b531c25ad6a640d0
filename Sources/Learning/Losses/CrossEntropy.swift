import Glibc
import Tensors

/// The cross entropy of a softmax, `ℓ = −log( exp(y_label) / Σ_k exp(y_k) )`, as a mean over rows.
/// Shapes: y `[n, classes]`, `labels` n numbers below `classes`; the gradient has the shape of y.
public func crossEntropy(_ y: Tensor, labels: [Int]) -> (loss: Double, gradient: Tensor) {
  let (rows, classes) = (y.shape[0], y.shape[1])
  precondition(labels.count == rows, "\(labels.count) labels for \(rows) rows")
  let gradient = Tensor(uninitialized: y.shape)
  var loss = 0.0
  for row in 0..<rows {
    let scores = UnsafeBufferPointer(start: y.pointer + row * classes, count: classes)
    let out = gradient.pointer + row * classes
    let largest = scores.max()!
    var sum: Float = 0
    for k in 0..<classes {
      out[k] = exp(scores[k] - largest)
      sum += out[k]
    }
    for k in 0..<classes { out[k] /= sum * Float(rows) }
    out[labels[row]] -= 1 / Float(rows)
    loss += Double(log(sum) + largest - scores[labels[row]])
  }
  return (loss / Double(max(1, rows)), gradient)
}
