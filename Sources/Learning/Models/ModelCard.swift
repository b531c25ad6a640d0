import FoundationEssentials
import Images
import Networks

/// The card of a model file: all that it says beside its weights, as text by name.
///
/// Format 1 held the whole history in the card; format 2 holds what grows with training as columns of numbers beside the weights.
struct ModelCard: Codable, Sendable {
  /// Name of the card in the metadata of a file.
  static let name = "contrast"
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
  /// The training that the file is kept for, where it is; the weights of its best epoch lie beside the others.
  var kept: KeptTraining?

  init(
    encoder: [String: String], method: MethodSettings, augmentation: Augmentation,
    normalisation: Normalisation?, origins: [ModelOrigin], history: StoredHistory, training: TrainingState?,
    kept: KeptTraining?
  ) {
    self.origins = origins.isEmpty ? nil : origins
    self.kept = kept
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

  /// The part that every format has, and that of every training that is kept.
  struct Heading: Codable {
    struct Kept: Codable { let version: Int }

    let format: Int
    var kept: Kept?
  }
}
