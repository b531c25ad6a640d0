import Tensors

/// A layer between images that leaves normalisation and rectifiers to whoever reads its outputs, and gets their gradient from behind both.
protocol ImageStage: AnyObject {
  func forward(_ x: Activation, saving tape: inout Tape) -> Activation

  /// ∂L/∂x from the gradient `dz` of the outputs before their rectifier; through what made x, where that is known.
  func backward(_ dz: NormGradient, after previous: (any ImageStage)?, from tape: inout Tape) -> NormGradient

  /// The operation that made the outputs, which lie on top of the tape; nil if they are stored as they are.
  func origin(on tape: Tape) -> Origin?

  func collect(into state: inout State, prefix: String)
}

/// The layers of a description of images all the way: convolutions, maxima of windows and residual blocks one after another, then
/// the mean over all places.
final class ImageNetwork: Layer {
  private let stages: [any ImageStage]
  private let pool = GlobalAveragePool()

  /// Throws `Interrupted`.
  init(_ description: NetworkDescription, random: inout RandomStream) throws {
    var inputs = 3
    var stages: [any ImageStage] = []
    for (part, line) in zip(description.parts, description.plan) {
      try random.checkInterrupt()
      switch part.layer {
      case .convolution(let block):
        // Nothing learns from the gradient of the pictures.
        stages.append(
          ConvolutionNorm(block, inputs: inputs, needsInputGradient: !stages.isEmpty, random: &random))
      case .residual(let block): stages.append(ResidualBlock(block, inputs: inputs, random: &random))
      case .maxPool: stages.append(MaxPool())
      case .meanPool: break
      default: preconditionFailure("\(part.name) is no part of a network of images")
      }
      inputs = line.outputShape[line.outputShape.count - 1]
    }
    precondition(!stages.isEmpty, "a network has a layer")
    self.stages = stages
  }

  func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    precondition(x.shape.count == 4 && x.shape[3] == 3, "\(x.shape) is not a batch of colour images")
    let y = stages.reduce(Activation(x)) { $1.forward($0, saving: &tape) }
    return pool.forward(y.written(pass: tape.pass), saving: &tape)
  }

  /// Numbers of all places before the mean, in evaluation.
  func places(of x: Tensor, pass: Pass) -> Tensor {
    var tape = Tape(pass: pass, mode: .evaluation)
    return stages.reduce(Activation(x)) { $1.forward($0, saving: &tape) }.written(pass: pass)
  }

  func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    let dx = pool.backward(dy, from: &tape)
    var dz = gradient(dx, of: stages[stages.count - 1].origin(on: tape), pass: tape.pass)
    for place in stages.indices.reversed() {
      dz = stages[place].backward(dz, after: place > 0 ? stages[place - 1] : nil, from: &tape)
    }
    return dz.tensor
  }

  func collect(into state: inout State, prefix: String) {
    for stage in stages { stage.collect(into: &state, prefix: prefix) }
  }
}

extension MaxPool: ImageStage {
  func forward(_ x: Activation, saving tape: inout Tape) -> Activation {
    Activation(forward(x.written(pass: tape.pass), saving: &tape))
  }

  func backward(_ dz: NormGradient, after previous: (any ImageStage)?, from tape: inout Tape) -> NormGradient
  {
    let dx = backward(dz.tensor, from: &tape)
    return gradient(dx, of: previous?.origin(on: tape), pass: tape.pass)
  }

  func origin(on tape: Tape) -> Origin? { nil }
}
