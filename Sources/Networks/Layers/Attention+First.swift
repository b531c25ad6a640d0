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
    let (queries, inputs, softmaxes, outputs) = (Matrix(q), Matrix(kv), Matrix(p), Matrix(o))
    pass.forEach(images * heads) { item, worker in
      let (k, v) = (part(item, inputs, 0), part(item, inputs, 1))
      let (weights, kept) = (row(item, of: softmaxes), Matrix(dropped[worker]))
      weights.set(to: query(item, of: queries), times: k, transposeB: true, alpha: scale)
      _ = AttentionKernel.softmax(weights, row: 0)
      kept.copy(weights)
      drop(kept, item, key)
      query(item, of: outputs).set(to: kept, times: v)
    }
    tape.push(x, q, kv, p)
    return output.forward(o, addingTo: other, saving: &tape)
  }

  /// `softmax(q·Kᵀ/√d)` for the first token of each image and each head, nothing dropped: `[n·heads, t]`.
  package func weightsOfFirst(_ x: Tensor, pass: Pass) -> Tensor {
    let images = x.shape[0] / tokens
    let (weight, bias) = (projection.weight.value, projection.bias!.value)
    let q = rows(firstRows(of: x), times: weight.rows(0..<width), plus: bias.rows(0..<width), pass: pass)
    let k = rows(x, times: weight.rows(width..<2 * width), plus: bias.rows(width..<2 * width), pass: pass)
    let p = Tensor(uninitialized: [images * heads, tokens])
    let (queries, keys, softmaxes) = (Matrix(q), Matrix(k), Matrix(p))
    pass.forEach(images * heads) { item, _ in
      let weights = row(item, of: softmaxes)
      weights.set(to: query(item, of: queries), times: part(item, keys, 0), transposeB: true, alpha: scale)
      _ = AttentionKernel.softmax(weights, row: 0)
    }
    return p
  }

  /// ∂L/∂x `[n·t, c]`, with the formulas of `backward`.
  func backwardFirst(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    let pass = tape.pass
    let dO = output.backward(dy, from: &tape)
    let (p, kv, q, x) = (tape.pop(), tape.pop(), tape.pop(), tape.pop())
    let key = dropout > 0 ? tape.popKey() : nil
    let (dq, dkv) = (Tensor(uninitialized: q.shape), Tensor(uninitialized: kv.shape))
    let scratch = makeScratch(pass, rows: 2)
    let (gradients, queries, inputs, softmaxes) = (Matrix(dO), Matrix(q), Matrix(kv), Matrix(p))
    let (queryGradients, inputGradients) = (Matrix(dq), Matrix(dkv))
    pass.forEach(dO.shape[0] * heads) { item, worker in
      let (k, v) = (part(item, inputs, 0), part(item, inputs, 1))
      let (q, dO, weights) = (query(item, of: queries), query(item, of: gradients), row(item, of: softmaxes))
      let room = Matrix(scratch[worker])
      let (kept, ds) = (row(0, of: room), row(1, of: room))
      kept.copy(weights)
      drop(kept, item, key)
      ds.set(to: dO, times: v, transposeB: true)
      AttentionKernel.softmaxGradient(weights, kept, ds, scale: scale)
      query(item, of: queryGradients).set(to: ds, times: k)
      part(item, inputGradients, 0).set(to: ds, transposeA: true, times: q)
      part(item, inputGradients, 1).set(to: kept, transposeA: true, times: dO)
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
    let (count, sums, gradients) = (dy.shape[1], Matrix(part), Matrix(dy))
    let weights = Matrix(projection.weight.gradient).part(rows: start..<start + count, columns: 0..<width)
    let biases = Matrix(projection.bias!.gradient).part(rows: 0..<1, columns: start..<start + count)
    pass.forEachRange(part.count, grain: 1 << 15) { range, _ in
      ElementKernels.add(weights, sums, to: weights, range)
    }
    pass.forEachRange(count, grain: 64) { columns, _ in
      LinearKernel.addColumns(columns, of: gradients, to: biases)
    }
  }

  /// The part of one head in the rows of first tokens.
  private func query(_ item: Int, of x: Matrix) -> Matrix {
    let (image, column) = (item / heads, item % heads * depth)
    return x.part(rows: image..<image + 1, columns: column..<column + depth)
  }

  private func row(_ row: Int, of x: Matrix) -> Matrix {
    x.part(rows: row..<row + 1, columns: 0..<x.columns)
  }

  private func makeScratch(_ pass: Pass, rows: Int) -> [Tensor] {
    (0..<pass.workers.count).map { _ in Tensor(uninitialized: [rows, tokens]) }
  }

  private func rows(_ x: Tensor, times weight: Tensor, plus bias: Tensor, pass: Pass) -> Tensor {
    let y = product(x, weight, transposeB: true, pass: pass)
    let (outputs, offset) = (Matrix(y), Matrix(bias, columns: bias.count))
    pass.forEachRange(x.shape[0], grain: 32) { rows, _ in LinearKernel.add(offset, to: outputs, rows: rows) }
    return y
  }

  /// The rows of the first token of each image: `[n, c]`.
  func firstRows(of x: Tensor) -> Tensor { x.rows(Array(stride(from: 0, to: x.shape[0], by: tokens))) }

  func addToFirstRows(of x: Tensor, _ rows: Tensor) {
    ElementKernels.add(Matrix(rows), to: Matrix(x), every: tokens)
  }
}
