import Tensors

/// `y = max(a + b, 0)`, a a normalised tensor and b another or one that is as it is; all that is still to be done to both
/// happens in the same pass over memory. Backward: dy where y is positive, for both (`GradientWriter`).
/// Shapes: all `[n, h, w, c]`.
enum ResidualSum {
  /// - Parameter isShortcut: whether b is the normalised output of a shortcut, and not the input of the block.
  static func forward(_ a: Activation, _ b: Activation, isShortcut: Bool, saving tape: inout Tape) -> Tensor {
    precondition(a.tensor.shape == b.tensor.shape, "a residual has the shape of what it is added to")
    let y = Tensor(uninitialized: a.tensor.shape)
    let (inner, other, sum) = (Matrix(a.tensor), Matrix(b.tensor), Matrix(y))
    let (terms, others) = (a.terms!.view, b.terms?.view)
    tape.pass.forEachRange(sum.rows, grain: grain(width: sum.columns)) { pixels, _ in
      ResidualKernel.add(inner, by: terms, other, by: others, to: sum, pixels: pixels)
    }
    tape.push(ResidualOutput(output: y, inner: a, shortcut: isShortcut ? b : nil))
    return y
  }
}

/// Input of the backward pass of a residual sum.
struct ResidualOutput {
  let output: Tensor
  let inner: Activation
  let shortcut: Activation?
}

extension Tape {
  mutating func push(_ sum: ResidualOutput) {
    push(sum.shortcut ?? Activation(Tensor([0])))
    push(sum.inner)
    push(sum.output)
  }

  /// The sum that was pushed last.
  var topSum: ResidualOutput {
    let shortcut = activation(3)
    return ResidualOutput(
      output: top(), inner: activation(1), shortcut: shortcut.terms == nil ? nil : shortcut)
  }

  mutating func popSum() { for _ in 0..<5 { _ = pop() } }
}
