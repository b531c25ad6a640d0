import Tensors

/// A convolution with an offset for each output, where no normalisation follows that would have one: `y = W∗x + b`.
/// Shapes: those of `Convolution`, b `[out]`. The offsets start at 0.
package final class PlainConvolution: Layer {
  private let convolution: Convolution
  private let bias: Parameter

  package init(
    _ block: LayerDescription.Convolution, inputs: Int, needsInputGradient: Bool, random: inout RandomStream
  ) {
    convolution = Convolution(
      inputs: inputs, outputs: block.outputs, kernel: block.kernel, stride: block.stride,
      padding: block.kernel / 2, needsInputGradient: needsInputGradient, random: &random)
    bias = Parameter(Tensor([block.outputs]), decays: false)
  }

  package func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    let y = convolution.forward(x, saving: &tape)
    let (pixels, offset) = (Matrix(y), Matrix(bias.value))
    tape.pass.forEachRange(pixels.rows, grain: grain(width: pixels.columns)) { rows, _ in
      LinearKernel.add(offset, to: pixels, rows: rows)
    }
    return y
  }

  /// As that of the convolution, with `∂L/∂b = Σ dy` over all places.
  package func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    let (pixels, sums) = (Matrix(dy), Matrix(bias.gradient))
    tape.pass.forEachRange(pixels.columns, grain: 64) { columns, _ in
      LinearKernel.addColumns(columns, of: pixels, to: sums)
    }
    return convolution.backward(dy, from: &tape)
  }

  package func collect(into state: inout State, prefix: String) {
    convolution.collect(into: &state, prefix: prefix)
    state.add(prefix + "bias", bias)
  }
}
