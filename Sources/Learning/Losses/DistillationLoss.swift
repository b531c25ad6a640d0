import Tensors

/// DINO (Caron et al., 2021, Algorithm 1): a student tells what a teacher says of another view.
///
/// `L = mean over pairs (a, v ≠ a) of mean_i Σ_k −softmax((t_a − c)/τ_t)_k·log softmax(s_v/τ_s)_k`, teacher t and centre c constant.
package struct DistillationLoss {
  package let studentTemperature: Float
  package let teacherTemperature: Float
  /// Share of the old centre in the next.
  package let centreMomentum: Float

  package init(studentTemperature: Float = 0.1, teacherTemperature: Float = 0.04, centreMomentum: Float = 0.9)
  {
    self.studentTemperature = studentTemperature
    self.teacherTemperature = teacherTemperature
    self.centreMomentum = centreMomentum
  }

  package struct Result {
    package let loss: Double
    /// Gradients of the student's scores, `(softmax(s_v/τ_s) − q_a)/(n·τ_s·pairs)` summed over a.
    package let gradients: [Tensor]
    /// Mean entropy of the teacher's shares of an image, and the entropy of their mean, in nats.
    package let entropies: (image: Double, mean: Double)
  }

  /// Shapes: student's scores of V views, `[n, K]` each; the teacher's of the first A of them; centre `[K]`.
  package func callAsFunction(_ student: [Tensor], teacher: [Tensor], centre: Tensor) -> Result {
    let shares = teacher.map { t -> Tensor in
      let moved = t.copy()
      let width = t.shape[1]
      for at in 0..<moved.count { moved.pointer[at] -= centre.pointer[at % width] }
      return softmax(moved, temperature: teacherTemperature).shares
    }
    let (loss, gradients) = SwappedLoss(temperature: studentTemperature)(student, codes: shares)
    return Result(loss: loss, gradients: gradients, entropies: entropies(of: shares))
  }

  /// `c ← m·c + (1 − m)·mean` of the teacher's scores over images and views.
  package func move(_ centre: Tensor, by teacher: [Tensor]) {
    let width = centre.count
    let rows = teacher.reduce(0) { $0 + $1.shape[0] }
    guard rows > 0 else { return }
    for column in 0..<width {
      var sum = 0.0
      for t in teacher {
        for at in stride(from: column, to: t.count, by: width) { sum += Double(t.pointer[at]) }
      }
      let mean = Float(sum / Double(rows))
      centre.pointer[column] = centreMomentum * centre.pointer[column] + (1 - centreMomentum) * mean
    }
  }
}

/// Mean entropy of rows that sum to 1, and the entropy of their mean, in nats: near 0 both where one column takes all; at its largest
/// `ln K` both where all rows are uniform.
func entropies(of shares: [Tensor]) -> (image: Double, mean: Double) {
  guard let width = shares.first?.shape[1] else { return (0, 0) }
  var mean = [Double](repeating: 0, count: width)
  var (image, rows) = (0.0, 0)
  for share in shares {
    rows += share.shape[0]
    for at in 0..<share.count {
      let value = Double(share.pointer[at])
      mean[at % width] += value
      image += surprise(value)
    }
  }
  let count = Double(max(1, rows))
  return (image / count, mean.reduce(0) { $0 + surprise($1 / count) })
}
