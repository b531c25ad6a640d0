import Tensors

/// The layers of a description of images: some that give images one after another, one that makes a row of each image, mostly the mean over all
/// places, and layers of rows.
final class ImageNetwork: Layer {
  private let stages: ImageStages
  private let rows: NamedLayers

  /// Throws `Interrupted`.
  init(_ description: NetworkDescription, random: inout RandomStream) throws {
    let size = description.inputSize
    let inputs = inputs(of: description.parts, from: [size, size, 3])
    var (stages, rows): ([any ImageStage], [NamedLayers.Named]) = ([], [])
    for (part, input) in zip(description.parts, inputs) {
      try random.checkInterrupt()
      switch part.layer {
      case .meanPool: rows.append((nil, GlobalAveragePool()))
      case .maxOfAll: rows.append((nil, GlobalMaxPool()))
      case .flatten: rows.append((nil, Reshape(input, to: [input.reduce(1, *)])))
      case _ where input.count == 3:
        stages.append(part.stage(from: input, isFirst: stages.isEmpty, random: &random))
      default: rows += rowLayers(of: [part], from: input, random: &random)
      }
    }
    precondition(!rows.isEmpty, "a network gives a row for each image")
    (self.stages, self.rows) = (ImageStages(stages), NamedLayers(rows))
  }

  func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    precondition(x.shape.count == 4 && x.shape[3] == 3, "\(x.shape) is not a batch of colour images")
    return rows.forward(stages.forward(x, saving: &tape), saving: &tape)
  }

  /// Numbers of all places before the mean, in evaluation.
  func places(of x: Tensor, pass: Pass) -> Tensor {
    var tape = Tape(pass: pass, mode: .evaluation)
    return stages.forward(x, saving: &tape)
  }

  func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    stages.backward(rows.backward(dy, from: &tape), from: &tape)
  }

  func collect(into state: inout State, prefix: String) {
    stages.collect(into: &state, prefix: prefix)
    rows.collect(into: &state, prefix: prefix)
  }
}
