import FoundationEssentials
import Images
import Networks
import Tensors

/// What a model's file says beside its weights, as text by name.
private struct ModelCard: Codable {
  var format = 1
  var encoder: [String: String]
  var head: [Int]
  var temperature: Float
  var augmentation: Augmentation
  var normalisation: Normalisation?
  var history: History
}

private let cardName = "contrast"

extension ContrastiveModel {
  /// Writes the model, whole or not at all: safetensors with torchvision's names for the encoder and `head.` before
  /// the projection head's. Throws `InputError` where the file cannot be written.
  public func save(to path: String) throws {
    let card = ModelCard(
      encoder: Dictionary(uniqueKeysWithValues: encoder.settings.map { ($0.name, $0.value) }),
      head: head.widths,
      temperature: loss.temperature, augmentation: augmentation, normalisation: normalisation,
      history: history)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = String(decoding: try encoder.encode(card), as: UTF8.self)
    try using { try Weights.write(state, metadata: [cardName: text], to: path) }
  }

  /// Reads what `save` wrote. Throws `InputError` where there is no such file, or it holds something else.
  public static func open(_ path: String) throws -> ContrastiveModel {
    let file = try Weights.read(path)
    guard let text = file.metadata[cardName] else {
      throw InputError(
        "\(path) holds weights, but not what model they belong to",
        advice: "open takes a file that save wrote")
    }
    let card: ModelCard
    do {
      card = try JSONDecoder().decode(ModelCard.self, from: Data(text.utf8))
    } catch {
      throw InputError("\(path) says of its model what this version does not understand")
    }
    try card.augmentation.validate()
    guard card.head.allSatisfy({ (1...65_536).contains($0) }), !card.head.isEmpty, card.head.count <= 16
    else {
      throw InputError("\(path) names a projection head of the widths \(card.head.prefix(16))")
    }
    if let normalisation = card.normalisation {
      guard normalisation.mean.count == 3, normalisation.deviation.count == 3,
        (normalisation.mean + normalisation.deviation).allSatisfy(\.isFinite),
        normalisation.deviation.allSatisfy({ $0 > 0 })
      else { throw InputError("\(path) holds a normalisation that is not three means and three spreads") }
    }
    let encoder = try makeEncoder(settings: card.encoder)
    let model = try ContrastiveModel(
      encoder: encoder, head: ProjectionHead(input: encoder.outputWidth, widths: card.head),
      temperature: card.temperature, augmentation: card.augmentation)
    try file.load(into: model.state)
    model.normalisation = card.normalisation
    model.history = card.history
    return model
  }
}
