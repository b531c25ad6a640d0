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

/// A layer that reads and stores images as they are.
final class PlainStage: ImageStage {
  private let layer: any Layer
  private let name: String?

  /// - Parameter name: nil of a layer whose parts have names of their own.
  init(_ layer: any Layer, named name: String?) { (self.layer, self.name) = (layer, name) }

  func forward(_ x: Activation, saving tape: inout Tape) -> Activation {
    Activation(layer.forward(x.written(pass: tape.pass), saving: &tape))
  }

  func backward(_ dz: NormGradient, after previous: (any ImageStage)?, from tape: inout Tape) -> NormGradient
  {
    let dx = layer.backward(dz.tensor, from: &tape)
    return gradient(dx, of: previous?.origin(on: tape), pass: tape.pass)
  }

  func origin(on tape: Tape) -> Origin? { nil }

  func collect(into state: inout State, prefix: String) {
    layer.collect(into: &state, prefix: prefix + (name.map { $0 + "." } ?? ""))
  }
}

/// Stages one after another. Shapes: x, y `[n, h, w, c]`.
final class ImageStages: Layer {
  private let stages: [any ImageStage]

  init(_ stages: [any ImageStage]) { self.stages = stages }

  func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    stages.reduce(Activation(x)) { $1.forward($0, saving: &tape) }.written(pass: tape.pass)
  }

  func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    var dz = gradient(dy, of: stages.last?.origin(on: tape), pass: tape.pass)
    for place in stages.indices.reversed() {
      dz = stages[place].backward(dz, after: place > 0 ? stages[place - 1] : nil, from: &tape)
    }
    return dz.tensor
  }

  func collect(into state: inout State, prefix: String) {
    for stage in stages { stage.collect(into: &state, prefix: prefix) }
  }
}
