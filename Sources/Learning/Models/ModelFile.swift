import Base
import FoundationEssentials
import Images
import Networks

/// The card of a model file: all that it says beside its weights, as text by name.
///
/// Format 1 held the whole history in the card; format 2 holds what grows with training as columns of numbers beside the weights.
private struct ModelCard: Codable {
  static let format = 2

  var format = ModelCard.format
  var encoder: [String: String]
  /// Method with its settings; nil in files of format 1, which describe it in other members.
  var method: MethodSettings?
  private var head: [Int]?
  private var temperature: Float?
  private var form: NTXent.Form?
  private var classes: [String]?
  private var headSeed: UInt64?
  var augmentation: Augmentation
  var normalisation: Normalisation?
  /// The models that it began with, where there are any.
  var origins: [ModelOrigin]?
  var history: StoredHistory
  /// The place of a training that was cut short; what its optimiser remembers lies beside the weights.
  var training: TrainingState?

  init(
    encoder: [String: String], method: MethodSettings, augmentation: Augmentation,
    normalisation: Normalisation?, origins: [ModelOrigin], history: StoredHistory, training: TrainingState?
  ) {
    self.origins = origins.isEmpty ? nil : origins
    (self.encoder, self.method, self.augmentation) = (encoder, method, augmentation)
    (self.normalisation, self.history, self.training) = (normalisation, history, training)
  }

  /// The method, however the file says it. Throws `MethodError` where it says none.
  func methodSettings() throws -> MethodSettings {
    if let method { return method }
    if let classes {
      let seed = headSeed ?? 0
      return SupervisedMethod.settings(classes: classes, seed: seed)
    }
    guard let temperature else { throw MethodError.untold }
    var settings = MethodSettings(
      SimCLRMethod.name,
      ["temperature": .number(Double(temperature)), "head": .numbers((head ?? []).map(Double.init))])
    if let form { settings["form"] = .text(form.rawValue) }
    return settings
  }

  /// The part that every format has.
  struct Heading: Codable {
    let format: Int
  }
}

private let cardName = "contrast"

extension ContrastiveModel {
  /// Writes the model, whole or not at all: safetensors with the encoder's names (torchvision's of a ResNet) and `head.` before
  /// the projection head's, the numbers of its training as `history.…`, and of a training that was interrupted what its optimiser
  /// remembers as `training.…`. Throws `FileError`, and `WeightFileError` if the description is too long.
  public func save(to path: String) throws {
    // The history and the weights of the same step.
    try using { lease in
      let history = history
      let metadata = plainSettings.merging([cardName: try card(history)]) { $1 }
      var all = lease.state
      if let interruptedOptimizer { all.add(optimizer: interruptedOptimizer) }
      try Weights.write(all, columns: StoredHistory.columns(of: history), metadata: metadata, to: path)
    }
  }

  /// Settings for a program that uses the encoder elsewhere, by names that it finds at once (`docs/load_in_pytorch.py`): the
  /// settings of the encoder, and the mean and the standard deviation that pictures are normalised by. `open` reads the card.
  private var plainSettings: [String: String] {
    var settings = encoder.metadata
    if let normalisation {
      settings["mean"] = "\(normalisation.mean)"
      settings["std"] = "\(normalisation.deviation)"
    }
    return settings
  }

  private func card(_ history: History) throws -> String {
    let card = ModelCard(
      encoder: encoder.metadata, method: method.settings, augmentation: augmentation,
      normalisation: normalisation, origins: origins, history: StoredHistory(history),
      training: interruptedTraining)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(card), as: UTF8.self)
  }

  /// Whether the file says what model its weights belong to: another program that saves it again may leave that out.
  public static func isDescribed(in file: WeightFile) -> Bool { file.metadata[cardName] != nil }

  /// Reads what `save` wrote. Throws `WeightFileError` where there is no such file, and as `open(file)`.
  public static func open(_ path: String) throws -> ContrastiveModel { try open(try Weights.read(path)) }

  /// The model in a file that `save` wrote. Throws `ModelFileError`, or the error of the part that makes no sense.
  public static func open(_ file: WeightFile) throws -> ContrastiveModel {
    let card = try card(of: file)
    try check(card, file.path)
    let described = try NetworkDescription(settings: card.encoder)
    let method = try self.method(of: card, on: described, file.path)
    try checkSize(described.parameterCount + method.weightCount, file)
    let history = try card.history.history(from: file)
    let encoder = try Network(described)
    let model = ContrastiveModel(
      encoder: encoder, method: try method.make(encoder), augmentation: card.augmentation,
      origins: card.origins ?? [])
    try model.using { try file.load(into: $0.state) }
    model.normalisation = card.normalisation
    model.history = history
    if let training = card.training {
      if let fault = training.fault(beside: history) { throw ModelFileError.history(file.path, fault) }
      let optimizer = training.plan.makeOptimizer()
      var remembered = State()
      try model.using { remembered.add(optimizer: optimizer, of: $0.state) }
      try file.load(into: remembered)
      optimizer.steps = training.done
      model.keep(training, optimizer)
    }
    return model
  }

  /// The normalisation that a file says its weights have learned by, on its card or as plain `mean` and `std`; nil where it says none.
  /// Throws `ModelFileError` for a card that cannot be read.
  public static func normalisation(in file: WeightFile) throws -> Normalisation? {
    if isDescribed(in: file) {
      let card = try card(of: file)
      try check(card, file.path)
      return card.normalisation
    }
    func numbers(_ name: String) -> [Float]? {
      guard let text = file.metadata[name], case .array(let values)? = try? JSON.parse(text) else {
        return nil
      }
      let numbers = values.compactMap { $0.double.map(Float.init) }
      return numbers.count == 3 && values.count == 3 ? numbers : nil
    }
    guard let mean = numbers("mean"), let deviation = numbers("std") else { return nil }
    let normalisation = Normalisation(mean: mean, deviation: deviation)
    return normalisation.isPlausible ? normalisation : nil
  }

  /// Replaces the weights by those in a file, whatever program wrote it; names and shapes must fit. The rest of the model stays,
  /// but for the normalisation, where one is given. Throws `WeightFileError` where something does not fit, and changes nothing.
  public func load(_ file: WeightFile, normalisation: Normalisation?) throws {
    try using {
      try file.checkParts($0.state)
      try file.load(into: $0.state)
      if let normalisation { self.normalisation = normalisation }
      forgetTraining()
    }
  }

  private static func card(of file: WeightFile) throws -> ModelCard {
    guard let text = file.metadata[cardName] else {
      throw ModelFileError.undescribed(file.path)
    }
    let data = Data(text.utf8)
    let newest = ModelCard.format
    if let heading = try? JSONDecoder().decode(ModelCard.Heading.self, from: data), heading.format > newest {
      throw ModelFileError.newer(file.path, format: heading.format, newest: newest)
    }
    do {
      let card = try JSONDecoder().decode(ModelCard.self, from: data)
      guard (1...newest).contains(card.format) else { throw ModelFileError.unclear(file.path) }
      return card
    } catch {
      throw ModelFileError.unclear(file.path)
    }
  }

  /// Throws where a number of the card means nothing.
  private static func check(_ card: ModelCard, _ path: String) throws {
    try card.augmentation.validate()
    if let normalisation = card.normalisation {
      guard normalisation.mean.count == 3, normalisation.deviation.count == 3, normalisation.isPlausible
      else { throw ModelFileError.normalisation(path) }
    }
    guard (card.origins ?? []).allSatisfy(\.isPlausible) else { throw ModelFileError.unclear(path) }
  }

  private static func method(
    of card: ModelCard, on encoder: NetworkDescription, _ path: String
  ) throws -> MethodDescription {
    do {
      return try Methods.describe(try card.methodSettings(), on: encoder)
    } catch let error as MethodError {
      throw ModelFileError.method(path, error)
    }
  }

  /// Throws where the card names a network of more numbers than the file holds, before any of it is made.
  private static func checkSize(_ weights: Int, _ file: WeightFile) throws {
    guard weights <= file.numberCount else {
      throw ModelFileError.size(file.path, weights: weights, numbers: file.numberCount)
    }
  }
}

extension State {
  /// Tensors that an optimiser remembers of `network`, or of this network, under names of its own.
  fileprivate mutating func add(optimizer: any Optimizer, of network: State? = nil) {
    let remembered = optimizer.state(for: network ?? self)
    for (name, entry) in remembered.entries {
      add("training.\(name)", entry.tensor, as: remembered.format(of: name))
    }
  }
}
