import FoundationEssentials
import Images
import Networks
import Tensors

/// What a model's file says beside its weights, as text by name.
private struct ModelCard: Codable {
  var format = 1
  var encoder: [String: String]
  var head: [Int]
  /// Of a contrastive loss; the form is the standard one where nothing is said.
  var temperature: Float?
  var form: NTXent.Form?
  /// Of a loss by classes: their names, none before the first training, and the seed of the head that waits for them.
  var classes: [String]?
  var headSeed: UInt64?
  var augmentation: Augmentation
  var normalisation: Normalisation?
  var history: History
}

private let cardName = "contrast"

extension ContrastiveModel {
  /// Writes the model, whole or not at all: safetensors with torchvision's names for the encoder and `head.` before
  /// the projection head's. Throws `InputError` where the file cannot be written.
  public func save(to path: String) throws {
    // The history and the weights of the same step.
    try using { try Weights.write(state, metadata: [cardName: try card()], to: path) }
  }

  private func card() throws -> String {
    var card = ModelCard(
      encoder: Dictionary(uniqueKeysWithValues: encoder.settings.map { ($0.name, $0.value) }),
      head: head.widths, augmentation: augmentation, normalisation: normalisation, history: history)
    switch objective {
    case .contrast(let loss):
      card.temperature = loss.temperature
      card.form = loss.form == .standard ? nil : loss.form
    case .classes(let names): (card.classes, card.headSeed) = (names, headSeed)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(card), as: UTF8.self)
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
    guard card.head.allSatisfy({ (1...65_536).contains($0) }), card.head.count <= 16 else {
      throw InputError("\(path) names a projection head of the widths \(card.head.prefix(16))")
    }
    if let normalisation = card.normalisation {
      guard normalisation.mean.count == 3, normalisation.deviation.count == 3,
        (normalisation.mean + normalisation.deviation).allSatisfy(\.isFinite),
        normalisation.deviation.allSatisfy({ $0 > 0 })
      else { throw InputError("\(path) holds a normalisation that is not three means and three spreads") }
    }
    let model = try make(card, from: path)
    try file.load(into: model.state)
    model.normalisation = card.normalisation
    model.history = card.history
    return model
  }

  private static func make(_ card: ModelCard, from path: String) throws -> ContrastiveModel {
    let encoder = try makeEncoder(settings: card.encoder)
    if let classes = card.classes {
      guard card.head == (classes.isEmpty ? [] : [classes.count]) else {
        throw InputError(
          "\(path) names \(counted(classes.count, "class")) and a head of the widths \(card.head)")
      }
      let model = ContrastiveModel(
        supervised: encoder, augmentation: card.augmentation, seed: card.headSeed ?? 0)
      if !classes.isEmpty { model.learn(classes) }
      return model
    }
    guard let temperature = card.temperature else {
      throw InputError("\(path) says of its model neither a temperature nor classes")
    }
    return ContrastiveModel(
      encoder: encoder, head: ProjectionHead(input: encoder.outputWidth, widths: card.head),
      loss: try NTXent(temperature: temperature, form: card.form ?? .standard),
      augmentation: card.augmentation)
  }
}
