import Figures
import Language
import Learning
import Networks
import Tensors

/// Words for a learning method in cells, cards and figures. The file of its command declares it.
protocol MethodWords: MethodFacts {
  /// Name in titles of cards: "SimCLR".
  var title: String { get }
  /// Beginning of a line about the model: "SimCLR" on resnet18.
  var activity: String { get }
  /// Description of the part between h and z, for representations of `width` values.
  func head(from width: Int) -> String
  var loss: String { get }
  /// Members of a model that only models of this method have.
  var members: [(name: String, value: any Value)] { get }
  /// The boxes of `plot network`.
  var headBox: (title: String, detail: String) { get }
  var lossBox: (title: String, detail: String) { get }
  /// The predictor behind the head of the view that learns.
  var predictorBox: (title: String, detail: String)? { get }
  var otherBranch: OtherBranch { get }
  /// Sign of what the loss sees, where the views go one way.
  var outputSign: Label { get }
}

/// The way of the second view in `plot network`.
enum OtherBranch {
  /// None: the views of an image go one way, under this name.
  case none(views: String)
  /// Tiles of the image beside it, with a head of their own, and what both are compared with.
  case tiles(String, head: (title: String, detail: String), memory: String)
  /// The same network, which learns from both.
  case shared
  /// The same network, which does not learn from this view.
  case stopped
  /// A twin; the words say how it follows.
  case twin(String)
}

extension MethodWords {
  var activity: String { title }
  var members: [(name: String, value: any Value)] { [] }
  var predictorBox: (title: String, detail: String)? { nil }
  var otherBranch: OtherBranch { .shared }
  var outputSign: Label { "z" }

  /// "512 → 256 → 64".
  static func chain(_ widths: [Int]) -> String { widths.map(String.init).joined(separator: " → ") }
}

extension TwinMomentum {
  /// "EMA, m = 0.99"
  var words: String {
    start == 0
      ? "the same weights" : "EMA, m = \(Number(start).summary)" + (rises && start < 1 ? " → 1" : "")
  }
}

extension EncoderValue {
  /// A model of a method on a network of its own: training it must not change another model made from the same encoder.
  func model(
    augment: AugmentationValue, seed: Int?, heads: [[Int]], _ context: Language.Context,
    method: (any Networks.Encoder, inout RandomStream) throws -> any Method
  ) throws -> ModelValue {
    let run = context.run(seed: context.session.seed(seed))
    var random = run.random("head")
    let encoder = try make(run)
    for widths in heads { try ProjectionHead.checkMemory(input: encoder.outputWidth, widths: widths) }
    let made = try method(encoder, &random)
    try run.checkInterrupt()
    return model(of: encoder, made, augment: augment)
  }

  /// A model of a method on a network that this value made.
  func model(
    of encoder: any Networks.Encoder, _ method: any Method, augment: AugmentationValue
  ) -> ModelValue {
    ModelValue(
      ContrastiveModel(
        encoder: encoder, method: method, augmentation: augment.augmentation, normalisation: normalisation,
        origins: origins))
  }
}

extension ContrastiveModel {
  var words: any MethodWords {
    guard let words = method as? any MethodWords else {
      preconditionFailure("the command of the method \(type(of: method).name) declares its words")
    }
    return words
  }
}

extension MethodWords {
  static func head(_ widths: [Int], from width: Int) -> String {
    widths.isEmpty ? "none: z is h" : chain([width] + widths)
  }

  /// "predictor 256 → 64 → 256", or that there is none.
  static func predictor(_ hidden: Int, of width: Int) -> String {
    hidden == 0 ? "no predictor: p is z" : "predictor \(chain([width, hidden, width]))"
  }

  static func predictorBox(_ hidden: Int, _ width: Int) -> (title: String, detail: String)? {
    hidden == 0 ? nil : ("predictor q", chain([hidden, width]))
  }

  static func headBox(_ widths: [Int]) -> (title: String, detail: String) {
    widths.isEmpty ? ("no head", "z = h") : ("head g", chain(widths))
  }
}
