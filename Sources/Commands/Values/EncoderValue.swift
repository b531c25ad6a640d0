import FrontEnd
import Language
import Networks
import Tensors

/// A network that has yet to learn: it is the start of a model.
struct EncoderValue: Displayable {
  static let typeName = "encoder"
  let encoder: any Encoder
  /// Makes the same encoder once more with the same initial weights, so that two models never share one; looks at the interrupt
  /// of the run. Throws `InputError` where there is too little memory.
  let make: (Run) throws -> any Encoder

  init(run: Run, _ make: @escaping (Run) throws -> any Encoder) throws {
    self.make = make
    encoder = try make(run)
  }

  /// With weights drawn from `seed`, or from the session's where it is nil.
  init(_ description: NetworkDescription, seed: Int?, _ context: Language.Context) throws {
    let seed = context.session.seed(seed)
    try self.init(run: context.run()) { run in
      var random = run.seeded(seed).random(description.architecture)
      return try Network(description, random: &random)
    }
  }

  var parameterCount: Int { encoder.description.parameterCount }

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
      + encoder.description.settings.filter { !["size"].contains($0.name) }.map { ($0.name, $0.value) }
      + [("parameters", Format.count(parameterCount))]
    let title = "encoder \(encoder.architecture)"
    return Rich(text: TextTable.card(title: title, facts), html: HTML.card(title: title, facts))
  }
}
