import Glibc
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

  var depth: Int { width / heads }
  var scale: Float { 1 / Float(depth).squareRoot() }

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    forward(x, addingTo: nil, saving: &tape)
  }

  /// The same, added to `other`, a tensor like x, where there is one.
  func forward(_ x: Tensor, addingTo other: Tensor?, saving tape: inout Tape) -> Tensor {
    precondition(x.shape[0] % tokens == 0, "\(x.shape[0]) rows are no images of \(tokens) tokens")
    let qkv = projection.forward(x, saving: &tape)
    let key = tape.isTraining && dropout > 0 ? tape.drawKey() : nil
    let images = x.shape[0] / tokens
    let o = Tensor(uninitialized: x.shape)
    let logSums = Tensor(uninitialized: [images * heads, tokens])
    let scratch = (0..<tape.pass.workers.count).map { _ in Tensor(uninitialized: [tokens, tokens]) }
    tape.pass.forEach(images * heads) { item, worker in
      let part = Part(self, item, qkv)
      let p = scratch[worker].pointer
      scores(part, into: p)
      for row in 0..<tokens {
        logSums.pointer[item * tokens + row] = softmax(p + row * tokens)
      }
      if let key { drop(p, part: item, key: key) }
      gemm(
        m: tokens, n: depth, k: tokens, p, lda: tokens, part.v, ldb: 3 * width,
        o.pointer + part.row * width + part.column, ldc: width)
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
    tape.pass.forEach(images * heads) { item, worker in
      let (part, gradient) = (Part(self, item, qkv), Part(self, item, dqkv))
      let p = scratch[worker].pointer
      let (dropped, ds) = (p + tokens * tokens, p + 2 * tokens * tokens)
      let place = part.row * width + part.column
      scores(part, into: p)
      for row in 0..<tokens { restore(p + row * tokens, logSum: logSums.pointer[item * tokens + row]) }
      dropped.update(from: p, count: tokens * tokens)
      if let key { drop(dropped, part: item, key: key) }
      gemm(
        transposeA: true, m: tokens, n: depth, k: tokens, dropped, lda: tokens, dO.pointer + place,
        ldb: width,
        gradient.v, ldc: 3 * width)
      gemm(
        transposeB: true, m: tokens, n: tokens, k: depth, dO.pointer + place, lda: width, part.v,
        ldb: 3 * width, ds,
        ldc: tokens)
      for row in 0..<tokens {
        // Σ_j dP(i, j)·P(i, j) is ⟨dO(i), O(i)⟩, dropped or not.
        let at = place + row * width
        let along = dot(dO.pointer + at, o.pointer + at, depth)
        softmaxGradient(p, dropped, ds, row: row, along: along)
      }
      gemm(
        m: tokens, n: depth, k: tokens, alpha: scale, ds, lda: tokens, part.k, ldb: 3 * width, gradient.q,
        ldc: 3 * width)
      gemm(
        transposeA: true, m: tokens, n: depth, k: tokens, alpha: scale, ds, lda: tokens, part.q,
        ldb: 3 * width,
        gradient.k, ldc: 3 * width)
    }
    return projection.backward(dqkv, from: &tape)
  }

  /// Where one head of one image lies in `[Q K V]`.
  private struct Part {
    let row: Int
    let column: Int
    let q: UnsafeMutablePointer<Float>
    let k: UnsafeMutablePointer<Float>
    let v: UnsafeMutablePointer<Float>

    init(_ layer: Attention, _ item: Int, _ qkv: Tensor) {
      row = item / layer.heads * layer.tokens
      column = item % layer.heads * layer.depth
      q = qkv.pointer + row * 3 * layer.width + column
      k = q + layer.width
      v = k + layer.width
    }
  }

  /// `Q·Kᵀ/√d`
  private func scores(_ part: Part, into s: UnsafeMutablePointer<Float>) {
    gemm(
      transposeB: true, m: tokens, n: tokens, k: depth, alpha: scale, part.q, lda: 3 * width, part.k,
      ldb: 3 * width,
      s, ldc: tokens)
  }

  /// The softmax of one row in place; returns the logarithm of its sum.
  func softmax(_ row: UnsafeMutablePointer<Float>) -> Float {
    var largest = -Float.infinity
    for at in 0..<tokens { largest = row[at] > largest ? row[at] : largest }
    for at in 0..<tokens { row[at] = exponential(row[at] - largest) }
    var total = Vector(repeating: 0)
    forEachVector(tokens) { total += load(row + $0, $1) }
    let sum = total.sum()
    let share = 1 / sum
    for at in 0..<tokens { row[at] *= share }
    return largest + log(sum)
  }

  private func restore(_ row: UnsafeMutablePointer<Float>, logSum: Float) {
    for at in 0..<tokens { row[at] = exponential(row[at] - logSum) }
  }

  private func drop(_ p: UnsafeMutablePointer<Float>, part: Int, key: UInt32) {
    let mask = DropoutMask(dropout, key: key)
    let first = UInt32(truncatingIfNeeded: part &* tokens &* tokens)
    for at in 0..<tokens * tokens { p[at] *= mask.factor(first &+ UInt32(truncatingIfNeeded: at)) }
  }

  /// dS of one row in place of dP̃: where P̃ is P·f, dP is dP̃·f and `dS = P̃·dP̃ − P·Σ`.
  private func softmaxGradient(
    _ p: UnsafePointer<Float>, _ dropped: UnsafePointer<Float>, _ ds: UnsafeMutablePointer<Float>, row: Int,
    along: Float
  ) {
    let start = row * tokens
    for at in start..<start + tokens { ds[at] = dropped[at] * ds[at] - p[at] * along }
  }

  private func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Float {
    var total = Vector(repeating: 0)
    forEachVector(count) { total = total.addingProduct(load(a + $0, $1), load(b + $0, $1)) }
    return total.sum()
  }

  /// PyTorch's names.
  public func collect(into state: inout State, prefix: String) {
    state.add(prefix + "in_proj_weight", projection.weight)
    state.add(prefix + "in_proj_bias", projection.bias!)
    output.collect(into: &state, prefix: prefix + "out_proj.")
  }
}
