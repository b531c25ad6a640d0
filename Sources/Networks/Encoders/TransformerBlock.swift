import Tensors

/// One block of a vision transformer, normalised first: `x ← x + attention(norm₁(x))`, then `x ← x + mlp(norm₂(x))`
/// (Dosovitskiy et al., 2021). The second part is two linear layers with a nonlinearity between them and dropout.
/// Shapes: all `[n·t, c]`.
public final class TransformerBlock: Layer {
  private let norm1: LayerNorm
  private let attention: Attention
  private let norm2: LayerNorm
  private let expand: Linear
  private let bend: any Layer
  private let contract: Linear
  private let dropout: Dropout

  public init(_ block: LayerDescription.Transformer, width: Int, tokens: Int, random: inout RandomStream) {
    norm1 = LayerNorm(width: width)
    attention = Attention(
      width: width, heads: block.heads, tokens: tokens, dropout: block.dropout, random: &random)
    norm2 = LayerNorm(width: width)
    expand = Linear(inputs: width, outputs: block.hidden, random: &random)
    bend = block.usesGELU ? GELU() : ReLU()
    contract = Linear(inputs: block.hidden, outputs: width, random: &random)
    dropout = Dropout(block.dropout)
  }

  /// The same weights for images of another number of tokens.
  init(sharing other: TransformerBlock, tokens: Int) {
    attention = Attention(sharing: other.attention, tokens: tokens)
    (norm1, norm2, dropout) = (other.norm1, other.norm2, other.dropout)
    (expand, bend, contract) = (other.expand, other.bend, other.contract)
  }

  /// In the order of their names.
  var linears: [Linear] { [attention.projection, attention.output, expand, contract] }

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    let y = attention.forward(norm1.forward(x, saving: &tape), addingTo: x, saving: &tape)
    return forwardSecond(y, saving: &tape)
  }

  public func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    let dx = backwardSecond(dy, from: &tape)
    return norm1.backward(attention.backward(dx, from: &tape), addingTo: dx, from: &tape)
  }

  /// The rows of the first token of each image alone, `[n, c]`: what follows the last block reads no other.
  func forwardFirst(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    let first = attention.firstRows(of: x)
    let y = attention.forwardFirst(norm1.forward(x, saving: &tape), addingTo: first, saving: &tape)
    return forwardSecond(y, saving: &tape)
  }

  /// Weights of the softmax for the first token of each image, `[n·heads, t]`.
  func attentionOfFirst(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    attention.weightsOfFirst(norm1.forward(x, saving: &tape), pass: tape.pass)
  }

  /// ∂L/∂x `[n·t, c]` from the gradient of the first tokens.
  func backwardFirst(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    let first = backwardSecond(dy, from: &tape)
    let dx = norm1.backward(attention.backwardFirst(first, from: &tape), from: &tape)
    attention.addToFirstRows(of: dx, first)
    return dx
  }

  /// `y + mlp(norm₂(y))`
  private func forwardSecond(_ y: Tensor, saving tape: inout Tape) -> Tensor {
    let inner = bend.forward(expand.forward(norm2.forward(y, saving: &tape), saving: &tape), saving: &tape)
    guard tape.isTraining, dropout.probability > 0 else {
      return contract.forward(inner, addingTo: y, saving: &tape)
    }
    return dropout.forward(contract.forward(inner, saving: &tape), addingTo: y, saving: &tape)
  }

  private func backwardSecond(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    let inner = contract.backward(dropout.backward(dy, from: &tape), from: &tape)
    let middle = expand.backward(bend.backward(inner, from: &tape), from: &tape)
    return norm2.backward(middle, addingTo: dy, from: &tape)
  }

  public func collect(into state: inout State, prefix: String) {
    norm1.collect(into: &state, prefix: prefix + "norm1.")
    attention.collect(into: &state, prefix: prefix + "attention.")
    norm2.collect(into: &state, prefix: prefix + "norm2.")
    expand.collect(into: &state, prefix: prefix + "mlp.0.")
    contract.collect(into: &state, prefix: prefix + "mlp.2.")
  }
}
