import Tensors

/// The encoder of a masked autoencoder (He et al., 2022, section 3): the layers of a network of patches, for images of which it sees some
/// patches alone. Weights are those of the network.
public final class VisibleEncoder {
  private let start: PatchTokens
  private let blocks: [TransformerBlock]
  private let norm: LayerNorm?

  /// The encoder of a network; nil where that is no plain vision transformer (`NetworkDescription.isVisionTransformer`).
  public init?(of encoder: any Encoder) {
    guard let network = (encoder as? Network)?.tokens, let (blocks, norm) = network.transformer else {
      return nil
    }
    (start, self.blocks, self.norm) = (network.start, blocks, norm)
  }

  /// The class token and the visible patches at the end, `[n·(visible + 1), width]`. Shape of x: `[n, size, size, 3]`.
  public func forward(_ x: Tensor, _ visible: VisiblePatches, saving tape: inout Tape) -> Tensor {
    let all = start.patches(of: x, pass: tape.pass).rows(visible.rows)
    let seen = start.projection?.forward(all, saving: &tape) ?? all
    let (width, tokens) = (start.width, visible.visible + 1)
    var y = Tensor(uninitialized: [visible.images * tokens, width])
    let (patches, token, positions, joined) = (
      Matrix(seen), Matrix(start.token.value), Matrix(start.position.value), Matrix(y)
    )
    for image in 0..<visible.images {
      for place in 0..<tokens {
        let from = place == 0 ? token : patches.row(image * visible.visible + place - 1)
        let position = positions.row(visible.position(place, of: image))
        ElementKernels.add(from, position, to: joined.row(image * tokens + place), 0..<width)
      }
    }
    for block in blocks(of: visible) { y = block.forward(y, saving: &tape) }
    return norm?.forward(y, saving: &tape) ?? y
  }

  /// Adds to the gradients of the network; nothing learns from the gradient of the pictures.
  public func backward(_ dy: Tensor, _ visible: VisiblePatches, from tape: inout Tape) {
    var gradient = norm?.backward(dy, from: &tape) ?? dy
    for block in blocks(of: visible).reversed() { gradient = block.backward(gradient, from: &tape) }
    let (width, tokens) = (start.width, visible.visible + 1)
    let seen = Tensor(uninitialized: [visible.images * visible.visible, width])
    let (gradients, patches) = (Matrix(gradient), Matrix(seen))
    let (token, positions) = (Matrix(start.token.gradient), Matrix(start.position.gradient))
    for image in 0..<visible.images {
      for place in 0..<tokens {
        let from = gradients.row(image * tokens + place)
        ElementKernels.add(from, to: positions.row(visible.position(place, of: image)))
        if place == 0 {
          ElementKernels.add(from, to: token)
        } else {
          patches.row(image * visible.visible + place - 1).copy(from)
        }
      }
    }
    start.projection?.backwardToParameters(seen, from: &tape)
  }

  private func blocks(of visible: VisiblePatches) -> [TransformerBlock] {
    blocks.map { TransformerBlock(sharing: $0, tokens: visible.visible + 1) }
  }
}
