import Tensors

/// `y = max(0, f(x) + s(x))` (He et al., 2016): f some normalised convolutions, the last without its rectifier, and the shortcut s
/// x itself or a convolution of it.
public final class ResidualBlock: Layer, ImageStage {
  private let main: [ConvolutionNorm]
  private let shortcut: ConvolutionNorm?

  public init(_ block: LayerDescription.Residual, inputs: Int, random: inout RandomStream) {
    var width = inputs
    main = block.main.map { convolution in
      defer { width = convolution.outputs }
      return ConvolutionNorm(convolution, inputs: width, random: &random)
    }
    shortcut = block.shortcut.map { ConvolutionNorm($0, inputs: inputs, random: &random) }
  }

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    forward(Activation(x), saving: &tape).tensor
  }

  public func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    backward(gradient(dy, of: origin(on: tape), pass: tape.pass), after: nil, from: &tape).tensor
  }

  func forward(_ x: Activation, saving tape: inout Tape) -> Activation {
    let other = shortcut?.forward(x, saving: &tape) ?? x
    let inner = main.reduce(x) { $1.forward($0, saving: &tape) }
    return Activation(ResidualSum.forward(inner, other, isShortcut: shortcut != nil, saving: &tape))
  }

  func backward(_ dz: NormGradient, after previous: (any ImageStage)?, from tape: inout Tape) -> NormGradient
  {
    tape.popSum()
    var middle = dz
    for place in main.indices.dropFirst().reversed() {
      middle = main[place].backward(middle, after: main[place - 1], from: &tape)
    }
    guard let shortcut else {
      return main[0].backward(middle, addingTo: dz.tensor, after: previous, from: &tape)
    }
    let dx = main[0].backward(middle, after: nil, from: &tape)
    let other = NormGradient(tensor: dz.tensor, sums: dz.shortcutSums!)
    return shortcut.backward(other, addingTo: dx.tensor, after: previous, from: &tape)
  }

  func origin(on tape: Tape) -> Origin? { .sum(tape.topSum) }

  public func collect(into state: inout State, prefix: String) {
    for layer in main { layer.collect(into: &state, prefix: prefix) }
    shortcut?.collect(into: &state, prefix: prefix)
  }
}
