import Networks
import Tensors

/// The predictor of BYOL and its relatives: a small head q behind the projection, `p = q(z)`, of the same length. The loss sees rows of z
/// and p; without a predictor p is z.
enum Predictor {
  /// One hidden layer of `hidden` numbers with batch normalisation; nil where there are none.
  static func head(of width: Int, hidden: Int, random: inout RandomStream) -> NormalisedHead? {
    hidden > 0
      ? NormalisedHead(input: width, widths: [hidden, width], end: .linear(bias: true), random: &random) : nil
  }

  static func weightCount(of width: Int, hidden: Int) -> Int {
    hidden > 0
      ? NormalisedHead.parameterCount(input: width, widths: [hidden, width], end: .linear(bias: true)) : 0
  }

  static func rowWidth(_ width: Int, _ predictor: NormalisedHead?) -> Int {
    predictor == nil ? width : 2 * width
  }

  static func rows(_ z: Tensor, _ predictor: NormalisedHead?, saving tape: inout Tape) -> Tensor {
    predictor.map { z.beside($0.forward(z, saving: &tape)) } ?? z
  }

  /// ∂loss/∂z from the gradient of the rows.
  static func backward(_ rows: Tensor, _ predictor: NormalisedHead?, from tape: inout Tape) -> Tensor {
    guard let predictor else { return rows }
    let width = rows.shape[1] / 2
    let dz = predictor.backward(rows.columns(width..<2 * width), from: &tape)
    dz.add(rows.columns(0..<width))
    return dz
  }

  /// z and p of rows.
  static func parts(of rows: Tensor, width: Int) -> (z: Tensor, p: Tensor) {
    let all = rows.shape[1]
    return (rows.columns(0..<width), rows.columns(all - width..<all))
  }

  /// The gradient of rows; without a predictor that of z and p is one.
  static func joined(_ dz: Tensor, _ dp: Tensor, _ predictor: NormalisedHead?) -> Tensor {
    if predictor != nil { return dz.beside(dp) }
    dz.add(dp)
    return dz
  }
}
