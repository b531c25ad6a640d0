import Glibc
import Tensors

/// The decoder of a masked autoencoder (He et al., 2022, section 3): a small transformer that makes the pixels of all patches from the
/// representations of some, with the same learned token in the place of each patch that is hidden.
///
/// Positions are fixed: sines and cosines of a patch's column and row (Vaswani et al., 2017, section 3.5), and 0 for the class token.
public final class PatchDecoder: Layer {
  /// Sizes of a decoder.
  public struct Shape: Sendable, Equatable {
    public var width: Int
    public var layers: Int
    public var heads: Int

    public init(width: Int = 128, layers: Int = 2, heads: Int = 4) {
      (self.width, self.layers, self.heads) = (width, layers, heads)
    }

    /// Parameters of such a decoder for representations of `input` numbers and patches of `outputs`.
    public func parameterCount(input: Int, outputs: Int) -> Int {
      let block = 12 * width * width + 13 * width
      return (input + 1) * width + width + layers * block + 2 * width + (width + 1) * outputs
    }
  }

  private let embed: Linear
  private let mask: Parameter
  private let blocks: [TransformerBlock]
  private let norm: LayerNorm
  private let predict: Linear
  private let positions: Tensor
  private let patches: Int

  /// - Parameters:
  ///   - input: length of a representation.
  ///   - perSide: patches along a side of an image.
  ///   - outputs: numbers of a patch.
  public init(_ shape: Shape, input: Int, perSide: Int, outputs: Int, random: inout RandomStream) {
    precondition(shape.width % 4 == 0 && shape.width % shape.heads == 0, "sines and cosines of two axes")
    let width = shape.width
    patches = perSide * perSide
    embed = Linear(inputs: input, outputs: width, random: &random)
    let block = LayerDescription.Transformer(heads: shape.heads, hidden: 4 * width, gelu: true, dropout: 0)
    let tokens = patches + 1
    blocks = (0..<shape.layers).map { _ in
      TransformerBlock(block, width: width, tokens: tokens, random: &random)
    }
    norm = LayerNorm(width: width)
    predict = Linear(inputs: width, outputs: outputs, random: &random)
    mask = Parameter(Tensor([1, 1, width], drawnFrom: &random, small), decays: false)
    positions = sines(perSide: perSide, width: width)
    for linear in [embed, predict] + blocks.flatMap(\.linears) {
      linear.weight.value.draw(from: &random, small)
      linear.bias?.value.fill(0)
    }
  }

  /// From all patches, none of them hidden: shapes as below.
  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    forward(x, all(of: x), saving: &tape)
  }

  public func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    backward(dy, all(of: dy), from: &tape)
  }

  private func all(of x: Tensor) -> VisiblePatches {
    let images = x.shape[0] / (patches + 1)
    return VisiblePatches(Array(repeating: Array(0..<patches), count: images), of: patches)
  }

  /// Pixels of all patches, `[n·patches, outputs]`, from the class token and the visible patches, `[n·(visible + 1), input]`.
  public func forward(_ x: Tensor, _ visible: VisiblePatches, saving tape: inout Tape) -> Tensor {
    let (width, tokens) = (positions.shape[1], patches + 1)
    let seen = embed.forward(x, saving: &tape)
    var y = Tensor(uninitialized: [visible.images * tokens, width])
    let (rows, mask, positions, joined) = (
      Matrix(seen), Matrix(mask.value), Matrix(positions), Matrix(y)
    )
    for image in 0..<visible.images {
      var next = 0
      for place in 0..<tokens {
        let isSeen = next <= visible.visible && visible.position(next, of: image) == place
        let from = isSeen ? rows.row(image * (visible.visible + 1) + next) : mask
        if isSeen { next += 1 }
        ElementKernels.add(
          from, positions.row(place), to: joined.row(image * tokens + place), 0..<width)
      }
    }
    for block in blocks { y = block.forward(y, saving: &tape) }
    let ends = norm.forward(y, saving: &tape)
    return predict.forward(ends.rows(patchRows(visible.images)), saving: &tape)
  }

  /// ∂L/∂x from the gradient of all patches.
  public func backward(_ dy: Tensor, _ visible: VisiblePatches, from tape: inout Tape) -> Tensor {
    let (width, tokens) = (positions.shape[1], patches + 1)
    let rows = predict.backward(dy, from: &tape)
    let all = Tensor([visible.images * tokens, width])
    for (number, row) in patchRows(visible.images).enumerated() {
      Matrix(all).row(row).copy(Matrix(rows).row(number))
    }
    var gradient = norm.backward(all, from: &tape)
    for block in blocks.reversed() { gradient = block.backward(gradient, from: &tape) }
    let seen = Tensor(uninitialized: [visible.images * (visible.visible + 1), width])
    let (tokenGradients, seenGradients, maskGradient) = (
      Matrix(gradient), Matrix(seen), Matrix(mask.gradient)
    )
    for image in 0..<visible.images {
      var next = 0
      for place in 0..<tokens {
        let from = tokenGradients.row(image * tokens + place)
        if next <= visible.visible && visible.position(next, of: image) == place {
          seenGradients.row(image * (visible.visible + 1) + next).copy(from)
          next += 1
        } else {
          ElementKernels.add(from, to: maskGradient)
        }
      }
    }
    return embed.backward(seen, from: &tape)
  }

  /// Rows of patches among those of all tokens.
  private func patchRows(_ images: Int) -> [Int] {
    (0..<images * (patches + 1)).filter { $0 % (patches + 1) > 0 }
  }

  public func collect(into state: inout State, prefix: String) {
    embed.collect(into: &state, prefix: prefix + "embed.")
    state.add(prefix + "mask", mask)
    for (place, block) in blocks.enumerated() {
      block.collect(into: &state, prefix: "\(prefix)blocks.\(place).")
    }
    norm.collect(into: &state, prefix: prefix + "norm.")
    predict.collect(into: &state, prefix: prefix + "predict.")
  }
}

/// `[perSide² + 1, width]`: 0 for the class token; then for each patch, line by line, sines and cosines of its column, and of its row,
/// at wavelengths that grow from 2π to 10,000·2π.
private func sines(perSide: Int, width: Int) -> Tensor {
  let positions = Tensor([perSide * perSide + 1, width])
  let quarter = width / 4
  for patch in 0..<perSide * perSide {
    for (half, place) in [patch % perSide, patch / perSide].enumerated() {
      for number in 0..<quarter {
        let angle = Double(place) / pow(10_000, Double(number) / Double(quarter))
        let start = (patch + 1) * width + half * 2 * quarter + number
        positions[start] = Float(sin(angle))
        positions[start + quarter] = Float(cos(angle))
      }
    }
  }
  return positions
}
