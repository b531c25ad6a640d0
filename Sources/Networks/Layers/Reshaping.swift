import Tensors

/// Each item of a batch under another shape, the numbers where they are: a picture's or its tokens' in one row.
/// Shapes: x `[n·…]` whose items have the shape `input`, y `[n, …output]`.
final class Reshape: Layer {
  private let input: [Int]
  private let output: [Int]
  /// Whether x has the tokens of all images as rows, rather than an axis for images.
  private let isRows: Bool

  /// - Parameter input: `[h, w, c]`, or `[t, c]` of tokens.
  init(_ input: [Int], to output: [Int]) {
    (self.input, self.output, isRows) = (input, output, input.count == 2)
  }

  private var count: Int { input.reduce(1, *) }

  func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    x.reshaped([x.count / count] + output)
  }

  func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    let images = dy.count / count
    return dy.reshaped(isRows ? [images * input[0], input[1]] : [images] + input)
  }

  func collect(into state: inout State, prefix: String) {}
}

/// A layer of rows applied to all places of images: x and y `[n, h, w, c]`.
final class EachPlace: Layer {
  private let layer: any Layer

  init(_ layer: any Layer) { self.layer = layer }

  func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    layer.forward(x.asMatrix, saving: &tape).reshaped(x.shape)
  }

  func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    layer.backward(dy.asMatrix, from: &tape).reshaped(dy.shape)
  }

  func collect(into state: inout State, prefix: String) { layer.collect(into: &state, prefix: prefix) }
}
