import Base
import FoundationEssentials
import Images
import Networks

extension ContrastiveModel {
  /// Writes the model, whole or not at all: safetensors with the encoder's names (torchvision's of a ResNet) and `head.` before
  /// the projection head's, the numbers of its training as `history.…`, and of a training that was interrupted what its optimiser
  /// remembers as `training.…`. Throws `FileError`, and `WeightFileError` if the description is too long.
  public func save(to path: String) throws {
    try using { lease in
      let training = interruptedTraining.flatMap { state in interruptedOptimizer.map { (state, $0) } }
      try ModelContents(of: lease, training: training).write(to: path)
    }
  }

  /// Whether the file says what model its weights belong to: another program that saves it again may leave that out.
  public static func isDescribed(in file: WeightFile) -> Bool { file.metadata[ModelCard.name] != nil }

  /// Reads what `save` wrote, or the file of a training that is kept. Throws `WeightFileError` where there is no such file, and as
  /// `open(file)`.
  public static func open(_ path: String, isBest: Bool = false) throws -> ContrastiveModel {
    try open(try Weights.read(path), isBest: isBest)
  }

  /// The model in a file that `save` wrote. Throws `ModelFileError`, or the error of the part that makes no sense.
  /// - Parameter isBest: the model as it was after its best epoch, where the file of a training that is kept has that.
  public static func open(_ file: WeightFile, isBest: Bool = false) throws -> ContrastiveModel {
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
    try model.using { lease in
      if isBest {
        guard let best = card.kept?.best else { throw ModelFileError.noBest(file.path) }
        try file.load(into: lease.state.best)
        model.normalisation = card.normalisation
        model.history = history.cut(toEpoch: best.epoch)
      } else {
        try model.take(card, history, from: file, by: lease)
      }
    }
    return model
  }

  /// Becomes the model that a file holds, which has the same network and method: weights, history, and a training that was cut
  /// short. Throws where something does not fit, and changes nothing.
  private func take(_ card: ModelCard, _ history: History, from file: WeightFile, by lease: ModelLease) throws
  {
    if let fault = card.training?.fault(beside: history) ?? card.kept?.fault(beside: history) {
      throw ModelFileError.history(file.path, fault)
    }
    let optimizer = card.training?.plan.makeOptimizer()
    var state = lease.state
    if let optimizer { state.add(optimizer: optimizer) }
    try file.load(into: state)
    normalisation = card.normalisation
    self.history = history
    forgetTraining()
    if let training = card.training, let optimizer {
      optimizer.steps = training.done
      keep(training, optimizer)
    }
    keptStart = card.kept?.start
  }

  /// Takes over a training that is kept, whose differences from this one have been looked at (`KeptFile`).
  func take(_ kept: KeptFile, by lease: ModelLease) throws {
    try take(kept.card, kept.history, from: kept.file, by: lease)
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
      keptStart = nil
    }
  }

  static func card(of file: WeightFile) throws -> ModelCard {
    guard let text = file.metadata[ModelCard.name] else {
      throw ModelFileError.undescribed(file.path)
    }
    let data = Data(text.utf8)
    let newest = ModelCard.format
    if let heading = try? JSONDecoder().decode(ModelCard.Heading.self, from: data) {
      guard heading.format <= newest else {
        throw ModelFileError.newer(file.path, format: heading.format, newest: newest)
      }
      if let kept = heading.kept, kept.version > KeptTraining.newest {
        throw ModelFileError.history(file.path, .newerTraining)
      }
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
  static func check(_ card: ModelCard, _ path: String) throws {
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
