import FrontEnd
import Images
import Language
import Learning
import Networks
import Tensors

/// A network that has yet to learn, as a description: it is the start of models.
struct EncoderValue: Displayable {
  static let typeName = "encoder"
  let encoder: NetworkDescription
  /// Makes the network, each time with the same initial weights, so that two models never share one; looks at the interrupt of the
  /// run. Throws `InputError` where there is too little memory.
  let make: (Run) throws -> any Encoder
  /// The normalisation by which its weights have learned, where they come from a file that says it, or from a model.
  let normalisation: Normalisation?
  /// The models that its weights have learned in, the oldest first.
  let origins: [ModelOrigin]

  init(
    _ encoder: NetworkDescription, normalisation: Normalisation? = nil, origins: [ModelOrigin] = [],
    make: @escaping (Run) throws -> any Encoder
  ) {
    (self.encoder, self.make, self.normalisation) = (encoder, make, normalisation)
    self.origins = origins
  }

  /// The start of a model that begins with a copy of a trained model's encoder, as it stands when the copy is made.
  init(copying model: ContrastiveModel) {
    self.init(model.encoder, normalisation: model.normalisation, origins: model.lineage) { _ in
      try model.copyOfEncoder()
    }
  }

  /// With weights drawn from `seed`, or from the session's where it is nil, once a model is made of it: until then it takes no memory.
  init(_ description: NetworkDescription, seed: Int?, _ context: Language.Context) throws {
    try description.checkMemory()
    let seed = context.session.seed(seed)
    self.init(description) { run in
      var random = run.seeded(seed).random(description.architecture)
      return try Network(description, random: &random)
    }
  }

  var parameterCount: Int { encoder.parameterCount }

  var summary: String {
    "\(encoder.architecture): \(encoder.inputSize)×\(encoder.inputSize) pixels to \(Format.counted(encoder.outputWidth, "number")), "
      + "\(Format.counted(parameterCount, "parameter"))"
  }

  var memberNames: [String] { ["width", "size", "parameters"] }

  func member(_ name: String) -> (any Value)? {
    switch name {
    case "width": Number(Double(encoder.outputWidth))
    case "size": Number(Double(encoder.inputSize))
    case "parameters": Number(Double(parameterCount))
    default: nil
    }
  }

  func rich(_ session: Session) throws -> Rich {
    let facts =
      [
        ("input", "\(encoder.inputSize)×\(encoder.inputSize) RGB"),
        ("output", "\(Format.counted(encoder.outputWidth, "number"))"),
      ]
      + encoder.settings.filter { !["size", "layers"].contains($0.name) }.map { ($0.name, $0.value) }
      + (encoder.list == nil ? [] : [("layers", "\(encoder.table.count)")])
      + [("parameters", Format.count(parameterCount))]
    let title = "encoder \(encoder.architecture)"
    return Rich(text: TextTable.card(title: title, facts), html: HTML.card(title: title, facts))
  }
}
