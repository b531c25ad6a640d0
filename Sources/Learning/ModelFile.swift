import FoundationEssentials
import Images
import Networks
import Tensors

/// What a model's file says beside its weights, as text by name.
///
/// Format 1 held the whole history in the card; format 2 holds what grows with training as columns of numbers beside the weights.
private struct ModelCard: Codable {
  static let format = 2

  var format = ModelCard.format
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
  var history: StoredHistory

  /// What every format says.
  struct Heading: Codable {
    let format: Int
  }
}

private let cardName = "contrast"

extension ContrastiveModel {
  /// Writes the model, whole or not at all: safetensors with the encoder's names (torchvision's of a ResNet) and `head.` before
  /// the projection head's, and the numbers of its training as `history.…`. Throws `InputError` where the file cannot be written.
  public func save(to path: String) throws {
    // The history and the weights of the same step.
    try using {
      let history = history
      let metadata = plainSettings.merging([cardName: try card(history)]) { $1 }
      try Weights.write(state, columns: StoredHistory.columns(of: history), metadata: metadata, to: path)
    }
  }

  /// What a program needs that uses the encoder elsewhere, by names that it finds at once (`docs/load_in_pytorch.py`): the
  /// settings of the encoder, and the mean and the standard deviation that pictures are normalised by. `open` reads the card.
  private var plainSettings: [String: String] {
    var settings = Dictionary(uniqueKeysWithValues: encoder.settings.map { ($0.name, $0.value) })
    if let normalisation {
      settings["mean"] = "\(normalisation.mean)"
      settings["std"] = "\(normalisation.deviation)"
    }
    return settings
  }

  private func card(_ history: History) throws -> String {
    var card = ModelCard(
      encoder: Dictionary(uniqueKeysWithValues: encoder.settings.map { ($0.name, $0.value) }),
      head: head.widths, augmentation: augmentation, normalisation: normalisation,
      history: StoredHistory(history))
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

  /// Whether the file says what model its weights belong to: another program that saves it again may leave that out.
  public static func isDescribed(in file: WeightFile) -> Bool { file.metadata[cardName] != nil }

  /// Reads what `save` wrote. Throws `InputError` where there is no such file, or it holds something else.
  public static func open(_ path: String) throws -> ContrastiveModel { try open(try Weights.read(path)) }

  /// The model in a file that `save` wrote. Throws `InputError` where it holds something else.
  public static func open(_ file: WeightFile) throws -> ContrastiveModel {
    let card = try card(of: file)
    try check(card, file.path)
    let encoder = try DescribedEncoder(settings: card.encoder)
    try checkSize(encoder, card.head, file)
    let history = try card.history.history(from: file)
    let model = try make(card, try encoder.make(), from: file.path)
    try file.load(into: model.state)
    model.normalisation = card.normalisation
    model.history = history
    return model
  }

  /// Replaces the weights by those in a file, whatever program wrote it; names and shapes must fit. The rest of the model stays,
  /// but for the normalisation, where the file knows it. Throws `InputError` where something does not fit, and changes nothing.
  public func load(_ file: WeightFile) throws {
    let normalisation = ContrastiveModel.isDescribed(in: file) ? try Self.card(of: file).normalisation : nil
    try using {
      try file.load(into: state)
      if let normalisation { self.normalisation = normalisation }
    }
  }

  private static func card(of file: WeightFile) throws -> ModelCard {
    guard let text = file.metadata[cardName] else {
      throw InputError(
        "\(file.path) holds weights, but not what model they belong to",
        advice: "open takes a file that save wrote")
    }
    let data = Data(text.utf8)
    let newest = ModelCard.format
    if let heading = try? JSONDecoder().decode(ModelCard.Heading.self, from: data), heading.format > newest {
      throw InputError(
        "\(file.path) was written by a newer version of Contrast: its format is \(heading.format), and this version reads up to \(newest)",
        advice:
          "open it with a newer version, or save the model there for this one: weights alone open with into=")
    }
    do {
      let card = try JSONDecoder().decode(ModelCard.self, from: data)
      guard (1...newest).contains(card.format) else { throw InputError("no such format") }
      return card
    } catch {
      throw InputError(
        "\(file.path) says of its model what this version does not understand",
        advice: "the file is damaged: use another copy, or save the model again")
    }
  }

  /// Throws `InputError` where a number of the card means nothing.
  private static func check(_ card: ModelCard, _ path: String) throws {
    try card.augmentation.validate()
    guard card.head.allSatisfy({ (1...65_536).contains($0) }), card.head.count <= 16 else {
      throw InputError("\(path) names a projection head of the widths \(card.head.prefix(16))")
    }
    if let normalisation = card.normalisation {
      guard normalisation.mean.count == 3, normalisation.deviation.count == 3,
        normalisation.mean.allSatisfy({ abs($0) <= 1e6 }),
        normalisation.deviation.allSatisfy({ (1e-6...1e6).contains($0) })
      else { throw InputError("\(path) holds a normalisation that is not three means and three spreads") }
    }
  }

  /// Throws `InputError` where the card names a network of more numbers than the file holds, before any of it is made.
  private static func checkSize(_ encoder: DescribedEncoder, _ head: [Int], _ file: WeightFile) throws {
    let weights = zip([encoder.outputWidth] + head, head).reduce(encoder.parameterCount) { sum, layer in
      sum + (layer.0 + 1) * layer.1
    }
    guard weights <= file.numberCount else {
      throw InputError(
        "\(file.path) names a network of \(counted(weights, "weight")), and holds \(counted(file.numberCount, "number"))",
        advice: "the file is damaged: use another copy, or save the model again")
    }
  }

  private static func make(_ card: ModelCard, _ encoder: any Encoder, from path: String) throws
    -> ContrastiveModel
  {
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
    try ProjectionHead.checkMemory(input: encoder.outputWidth, widths: card.head)
    return ContrastiveModel(
      encoder: encoder, head: ProjectionHead(input: encoder.outputWidth, widths: card.head),
      loss: try NTXent(temperature: temperature, form: card.form ?? .standard),
      augmentation: card.augmentation)
  }
}
