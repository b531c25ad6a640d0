import Tensors

/// Attention for the first token of each image alone, as the last block of a network needs that reads nothing else: one query
/// for each image and head, keys and values of all tokens. The numbers are those of `forward` for these rows.
/// Shapes: x `[n·t, c]`, y and `other` `[n, c]`.
extension Attention {
  func forwardFirst(_ x: Tensor, addingTo other: Tensor, saving tape: inout Tape) -> Tensor {
    let pass = tape.pass
    let images = x.shape[0] / tokens
    let (weight, bias) = (projection.weight.value, projection.bias!.value)
    let q = rows(firstRows(of: x), times: weight.rows(0..<width), plus: bias.rows(0..<width), pass: pass)
    let kv = rows(x, times: weight.rows(width..<3 * width), plus: bias.rows(width..<3 * width), pass: pass)
    let p = Tensor(uninitialized: [images * heads, tokens])
    let o = Tensor(uninitialized: [images, width])
    let dropped = makeScratch(pass, rows: 1)
    let key = tape.isTraining && dropout > 0 ? tape.drawKey() : nil
    pass.forEach(images * heads) { item, worker in
      let (place, k) = places(item, kv)
      let (weights, kept) = (p.pointer + item * tokens, dropped[worker].pointer)
      gemm(
        transposeB: true, m: 1, n: tokens, k: depth, alpha: scale, q.pointer + place, lda: width, k,
        ldb: 2 * width,
        weights, ldc: tokens)
      _ = softmax(weights)
      drop(weights, to: kept, part: item, key: key)
      gemm(
        m: 1, n: depth, k: tokens, kept, lda: tokens, k + width, ldb: 2 * width, o.pointer + place, ldc: width
      )
    }
    tape.push(x, q, kv, p)
    return output.forward(o, addingTo: other, saving: &tape)
  }

  /// ∂L/∂x `[n·t, c]`, with the formulas of `backward`.
  func backwardFirst(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    let pass = tape.pass
    let dO = output.backward(dy, from: &tape)
    let (p, kv, q, x) = (tape.pop(), tape.pop(), tape.pop(), tape.pop())
    let key = dropout > 0 ? tape.popKey() : nil
    let (dq, dkv) = (Tensor(uninitialized: q.shape), Tensor(uninitialized: kv.shape))
    let scratch = makeScratch(pass, rows: 2)
    pass.forEach(dO.shape[0] * heads) { item, worker in
      let (place, k) = places(item, kv)
      let (_, dk) = places(item, dkv)
      let (weights, kept) = (p.pointer + item * tokens, scratch[worker].pointer)
      let ds = kept + tokens
      drop(weights, to: kept, part: item, key: key)
      gemm(
        transposeB: true, m: 1, n: tokens, k: depth, dO.pointer + place, lda: width, k + width,
        ldb: 2 * width, ds,
        ldc: tokens)
      var along: Float = 0
      for token in 0..<tokens { along += kept[token] * ds[token] }
      for token in 0..<tokens { ds[token] = scale * (kept[token] * ds[token] - weights[token] * along) }
      gemm(m: 1, n: depth, k: tokens, ds, lda: tokens, k, ldb: 2 * width, dq.pointer + place, ldc: width)
      gemm(
        transposeA: true, m: tokens, n: depth, k: 1, ds, lda: tokens, q.pointer + place, ldb: width, dk,
        ldc: 2 * width)
      gemm(
        transposeA: true, m: tokens, n: depth, k: 1, kept, lda: tokens, dO.pointer + place, ldb: width,
        dk + width,
        ldc: 2 * width)
    }
    addGradient(of: firstRows(of: x), dq, from: 0, pass: pass)
    addGradient(of: x, dkv, from: width, pass: pass)
    let weight = projection.weight.value
    let dx = product(dkv, weight.rows(width..<3 * width), pass: pass)
    addToFirstRows(of: dx, product(dq, weight.rows(0..<width), pass: pass))
    return dx
  }

  /// Adds `dyᵀ·x` and `Σ dy` to the gradients of the projection's outputs from `start` on.
  private func addGradient(of x: Tensor, _ dy: Tensor, from start: Int, pass: Pass) {
    let part = Tensor([dy.shape[1], width])
    multiply(dy, transposeA: true, x, into: part, pass: pass)
    let (weights, biases) = (
      projection.weight.gradient.pointer + start * width, projection.bias!.gradient.pointer + start
    )
    pass.forEachRange(part.count, grain: 1 << 15) { range, _ in
      for at in range { weights[at] += part.pointer[at] }
    }
    let (count, rows) = (dy.shape[1], dy.shape[0])
    pass.forEachRange(count, grain: 64) { columns, _ in
      for row in 0..<rows {
        for column in columns { biases[column] += dy.pointer[row &* count &+ column] }
      }
    }
  }

  /// Where the queries and the keys of one head of one image begin; values lie `width` behind the keys.
  private func places(_ item: Int, _ kv: Tensor) -> (query: Int, keys: UnsafeMutablePointer<Float>) {
    let (image, column) = (item / heads, item % heads * depth)
    return (image * width + column, kv.pointer + image * tokens * 2 * width + column)
  }

  private func drop(
    _ weights: UnsafePointer<Float>, to kept: UnsafeMutablePointer<Float>, part: Int, key: UInt32?
  ) {
    kept.update(from: weights, count: tokens)
    guard let key else { return }
    let mask = DropoutMask(dropout, key: key)
    for token in 0..<tokens {
      kept[token] *= mask.factor(UInt32(truncatingIfNeeded: part &* tokens &+ token))
    }
  }

  private func makeScratch(_ pass: Pass, rows: Int) -> [Tensor] {
    (0..<pass.workers.count).map { _ in Tensor(uninitialized: [rows, tokens]) }
  }

  private func rows(_ x: Tensor, times weight: Tensor, plus bias: Tensor, pass: Pass) -> Tensor {
    let y = product(x, weight, transposeB: true, pass: pass)
    let count = bias.count
    pass.forEachRange(x.shape[0], grain: 32) { rows, _ in
      for row in rows {
        for column in 0..<count { y.pointer[row &* count &+ column] += bias.pointer[column] }
      }
    }
    return y
  }

  /// The rows of the first token of each image: `[n, c]`.
  func firstRows(of x: Tensor) -> Tensor { x.rows(Array(stride(from: 0, to: x.shape[0], by: tokens))) }

  func addToFirstRows(of x: Tensor, _ rows: Tensor) {
    for image in 0..<rows.shape[0] {
      let (to, from) = (x.pointer + image * tokens * width, rows.pointer + image * width)
      for column in 0..<width { to[column] += from[column] }
    }
  }
}
