import Tensors

/// Multi-head self-attention (Vaswani et al., 2017): `[Q K V] = x·Wᵀ + b`, for each head `O = softmax(Q·Kᵀ/√d)·V`, and
/// `y = O·Wₒᵀ + bₒ`; in training, weights of the softmax are dropped as PyTorch's `MultiheadAttention` does.
/// Shapes: x, y `[n·t, c]` (n images of t tokens), W `[3c, c]`, Wₒ `[c, c]`, d = c/heads.
///
/// The softmax of one head of one image is computed when it is needed and forgotten: in the backward pass again, from Q, K
/// and the logarithm of each row's sum. Memory grows with t and not with t².
public final class Attention: Layer {
  public let heads: Int
  public let width: Int
  let tokens: Int
  let dropout: Float
  let projection: Linear
  let output: Linear

  public init(width: Int, heads: Int, tokens: Int, dropout: Float, random: inout RandomStream) {
    precondition(heads > 0 && width % heads == 0, "\(width) channels do not make \(heads) heads")
    self.width = width
    self.heads = heads
    self.tokens = tokens
    self.dropout = dropout
    projection = Linear(inputs: width, outputs: 3 * width, random: &random)
    output = Linear(inputs: width, outputs: width, random: &random)
    // As PyTorch starts it: uniform by the sizes of both sides (Glorot and Bengio, 2010), and no offsets.
    let bound = (6 / Float(4 * width)).squareRoot()
    projection.weight.value.draw(from: &random) { $0.uniform(-bound, bound) }
    projection.bias!.value.fill(0)
    output.bias!.value.fill(0)
  }

  /// The same weights for images of another number of tokens.
  init(sharing other: Attention, tokens: Int) {
    (width, heads, dropout, self.tokens) = (other.width, other.heads, other.dropout, tokens)
    (projection, output) = (other.projection, other.output)
  }

  var depth: Int { width / heads }
  var scale: Float { 1 / Float(depth).squareRoot() }

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    forward(x, addingTo: nil, saving: &tape)
  }

  /// As above, plus `other`, a tensor of the shape of x, if given.
  func forward(_ x: Tensor, addingTo other: Tensor?, saving tape: inout Tape) -> Tensor {
    precondition(x.shape[0] % tokens == 0, "\(x.shape[0]) rows are not images of \(tokens) tokens")
    let qkv = projection.forward(x, saving: &tape)
    let key = tape.isTraining && dropout > 0 ? tape.drawKey() : nil
    let images = x.shape[0] / tokens
    let o = Tensor(uninitialized: x.shape)
    let logSums = Tensor(uninitialized: [images * heads, tokens])
    let scratch = (0..<tape.pass.workers.count).map { _ in Tensor(uninitialized: [tokens, tokens]) }
    let (inputs, outputs, sums) = (Matrix(qkv), Matrix(o), Matrix(logSums))
    tape.pass.forEach(images * heads) { item, worker in
      let (q, k, v) = (part(item, inputs, 0), part(item, inputs, 1), part(item, inputs, 2))
      let p = Matrix(scratch[worker])
      p.set(to: q, times: k, transposeB: true, alpha: scale)
      for row in 0..<tokens { sums[item, row] = AttentionKernel.softmax(p, row: row) }
      drop(p, item, key)
      part(item, outputs, 0).set(to: p, times: v)
    }
    tape.push(qkv, logSums, o)
    return output.forward(o, addingTo: other, saving: &tape)
  }

  /// With P the softmax, P̃ the same after dropping: `dV = P̃ᵀ·dO`, `dP̃ = dO·Vᵀ`, `dS = P·(dP − Σ_row dP·P)/√d`,
  /// `dQ = dS·K`, `dK = dSᵀ·Q`.
  public func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    let dO = output.backward(dy, from: &tape)
    let (o, logSums, qkv) = (tape.pop(), tape.pop(), tape.pop())
    let key = dropout > 0 ? tape.popKey() : nil
    let dqkv = Tensor(uninitialized: qkv.shape)
    let images = dO.shape[0] / tokens
    let scratch = (0..<tape.pass.workers.count).map { _ in Tensor(uninitialized: [3, tokens, tokens]) }
    let (inputs, outputs, sums) = (Matrix(qkv), Matrix(o), Matrix(logSums))
    let (gradients, inputGradients) = (Matrix(dO), Matrix(dqkv))
    tape.pass.forEach(images * heads) { item, worker in
      let (q, k, v) = (part(item, inputs, 0), part(item, inputs, 1), part(item, inputs, 2))
      let (dO, o) = (part(item, gradients, 0), part(item, outputs, 0))
      let room = Matrix(scratch[worker])
      let (p, dropped, ds) = (square(0, of: room), square(1, of: room), square(2, of: room))
      p.set(to: q, times: k, transposeB: true, alpha: scale)
      for row in 0..<tokens { AttentionKernel.softmax(p, row: row, logSum: sums[item, row]) }
      dropped.copy(p)
      drop(dropped, item, key)
      part(item, inputGradients, 2).set(to: dropped, transposeA: true, times: dO)
      ds.set(to: dO, times: v, transposeB: true)
      for row in 0..<tokens {
        // Σ_j dP(i, j)·P(i, j) is ⟨dO(i), O(i)⟩, dropped or not.
        let along = AttentionKernel.dot(dO, o, row: row)
        AttentionKernel.softmaxGradient(p, dropped, ds, row: row, along: along)
      }
      part(item, inputGradients, 0).set(to: ds, times: k, alpha: scale)
      part(item, inputGradients, 1).set(to: ds, transposeA: true, times: q, alpha: scale)
    }
    return projection.backward(dqkv, from: &tape)
  }

  /// The part of one head of one image in `x`, in whose rows `place` times the width comes before.
  func part(_ item: Int, _ x: Matrix, _ place: Int) -> Matrix {
    let (first, column) = (item / heads * tokens, place * width + item % heads * depth)
    return x.part(rows: first..<first + tokens, columns: column..<column + depth)
  }

  private func square(_ place: Int, of room: Matrix) -> Matrix {
    room.part(rows: place * tokens..<(place + 1) * tokens, columns: 0..<tokens)
  }

  /// Drops weights of one head of one image in training.
  func drop(_ p: Matrix, _ item: Int, _ key: UInt32?) {
    guard let key else { return }
    AttentionKernel.drop(p, by: DropoutMask(dropout, key: key), from: item &* p.rows &* p.columns)
  }

  /// PyTorch's names.
  public func collect(into state: inout State, prefix: String) {
    state.add(prefix + "in_proj_weight", projection.weight)
    state.add(prefix + "in_proj_bias", projection.bias!)
    output.collect(into: &state, prefix: prefix + "out_proj.")
  }
}
