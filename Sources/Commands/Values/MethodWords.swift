import Language
import Learning

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
}

extension MethodWords {
  var activity: String { title }
  var members: [(name: String, value: any Value)] { [] }

  /// "512 → 256 → 64".
  static func chain(_ widths: [Int]) -> String { widths.map(String.init).joined(separator: " → ") }
}

extension ContrastiveModel {
  var words: any MethodWords {
    guard let words = method as? any MethodWords else {
      preconditionFailure("the command of the method \(type(of: method).name) declares its words")
    }
    return words
  }
}
