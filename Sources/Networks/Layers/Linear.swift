import Tensors

/// `y = x·Wᵀ + b` on each row of `x`.
/// Shapes: x `[n, in]`, W `[out, in]`, b `[out]`, y `[n, out]`.
public final class Linear: Layer {
  public let weight: Parameter
  public let bias: Parameter?

  /// Weights and biases uniform in ±1/√in, as PyTorch draws them.
  public init(inputs: Int, outputs: Int, bias: Bool = true, random: inout RandomStream) {
    precondition(inputs > 0 && outputs > 0, "a linear layer needs inputs and outputs")
    let bound = 1 / Float(inputs).squareRoot()
    weight = Parameter(
      Tensor([outputs, inputs], drawnFrom: &random) { $0.uniform(-bound, bound) }, decays: true)
    self.bias =
      bias
      ? Parameter(Tensor([outputs], drawnFrom: &random) { $0.uniform(-bound, bound) }, decays: false)
      : nil
  }

  public var inputs: Int { weight.value.shape[1] }
  public var outputs: Int { weight.value.shape[0] }

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    forward(x, addingTo: nil, saving: &tape)
  }

  /// As above, plus `other`, a tensor of the shape of y, if given.
  func forward(_ x: Tensor, addingTo other: Tensor?, saving tape: inout Tape) -> Tensor {
    precondition(x.shape.count == 2 && x.shape[1] == inputs, "\(x.shape) is not a batch of rows of \(inputs)")
    tape.push(x)
    let y = Tensor(uninitialized: [x.shape[0], outputs])
    let (start, offset, added) = (
      Matrix(y), bias.map { Matrix($0.value, columns: outputs) }, other.map { Matrix($0) }
    )
    let begins = offset != nil || added != nil
    if begins {
      tape.pass.forEachRange(x.shape[0], grain: grain(width: outputs)) { rows, _ in
        LinearKernel.begin(start, rows: rows, bias: offset, adding: added)
      }
    }
    multiply(x, weight.value, transposeB: true, into: y, beta: begins ? 1 : 0, pass: tape.pass)
    return y
  }

  /// `∂L/∂W = dyᵀ·x`, `∂L/∂b = Σ dy` over rows, `∂L/∂x = dy·W`.
  public func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    backwardToParameters(dy, from: &tape)
    return product(dy, weight.value, pass: tape.pass)
  }

  /// As above without ∂L/∂x, for a layer whose input is data: saves a third of the work.
  public func backwardToParameters(_ dy: Tensor, from tape: inout Tape) {
    let x = tape.pop()
    precondition(
      dy.shape == [x.shape[0], outputs], "\(dy.shape) is not a gradient of [\(x.shape[0]), \(outputs)]")
    multiply(dy, transposeA: true, x, into: weight.gradient, beta: 1, pass: tape.pass)
    if let db = bias?.gradient { addRows(of: dy, to: db, pass: tape.pass) }
  }

  /// Adds the sum of the rows of `dy` to `db`, in the order of the rows; each worker takes some columns.
  private func addRows(of dy: Tensor, to db: Tensor, pass: Pass) {
    let (from, to) = (Matrix(dy), Matrix(db))
    pass.forEachRange(outputs, grain: 64) { columns, _ in
      LinearKernel.addColumns(columns, of: from, to: to)
    }
  }

  public func collect(into state: inout State, prefix: String) {
    state.add(prefix + "weight", weight)
    if let bias { state.add(prefix + "bias", bias) }
  }
}
