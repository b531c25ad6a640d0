import Tensors

/// The encoder of a masked autoencoder (He et al., 2022, section 3): the layers of a network of patches, for images of which it sees some
/// patches alone. Weights are those of the network.
public final class VisibleEncoder {
  private let network: TokenNetwork

  /// The encoder of a network; nil where that cuts no images into patches.
  public init?(of encoder: any Encoder) {
    guard let network = (encoder as? Network)?.tokens else { return nil }
    self.network = network
  }

  /// The class token and the visible patches at the end, `[n·(visible + 1), width]`. Shape of x: `[n, size, size, 3]`.
  public func forward(_ x: Tensor, _ visible: VisiblePatches, saving tape: inout Tape) -> Tensor {
    let all = network.patches(of: x, pass: tape.pass).rows(visible.rows)
    let seen = network.projection?.forward(all, saving: &tape) ?? all
    let (width, tokens) = (network.width, visible.visible + 1)
    var y = Tensor(uninitialized: [visible.images * tokens, width])
    let (patches, token, positions, joined) = (
      Matrix(seen), Matrix(network.token.value), Matrix(network.position.value), Matrix(y)
    )
    for image in 0..<visible.images {
      for place in 0..<tokens {
        let from = place == 0 ? token : patches.row(image * visible.visible + place - 1)
        let position = positions.row(visible.position(place, of: image))
        ElementKernels.add(from, position, to: joined.row(image * tokens + place), 0..<width)
      }
    }
    for block in blocks(of: visible) { y = block.forward(y, saving: &tape) }
    return network.norm?.forward(y, saving: &tape) ?? y
  }

  /// Adds to the gradients of the network; nothing learns from the gradient of the pictures.
  public func backward(_ dy: Tensor, _ visible: VisiblePatches, from tape: inout Tape) {
    var gradient = network.norm?.backward(dy, from: &tape) ?? dy
    for block in blocks(of: visible).reversed() { gradient = block.backward(gradient, from: &tape) }
    let (width, tokens) = (network.width, visible.visible + 1)
    let seen = Tensor(uninitialized: [visible.images * visible.visible, width])
    let (gradients, patches) = (Matrix(gradient), Matrix(seen))
    let (token, positions) = (Matrix(network.token.gradient), Matrix(network.position.gradient))
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
    network.projection?.backwardToParameters(seen, from: &tape)
  }

  private func blocks(of visible: VisiblePatches) -> [TransformerBlock] {
    network.blocks.map { TransformerBlock(sharing: $0, tokens: visible.visible + 1) }
  }
}
