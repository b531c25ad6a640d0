import FoundationEssentials
import Networks

/// All that a model's file holds, as it stands at one moment.
struct ModelContents {
  private let card: ModelCard
  /// Settings for a program that uses the encoder elsewhere, by names that it finds at once (`docs/load_in_pytorch.py`): the
  /// settings of the encoder, and the mean and the standard deviation that pictures are normalised by. `open` reads the card.
  private let plainSettings: [String: String]
  private let history: History
  /// Weights, statistics and what the method keeps, and after them what an optimiser remembers, `training.…`, and the weights of a
  /// best epoch, `best.…`.
  var state: State

  /// - Parameters:
  ///   - training: one that is not at its end, with its optimiser.
  ///   - kept: the training that the file is kept for.
  init(
    of lease: ModelLease, training: (state: TrainingState, optimizer: any Optimizer)? = nil,
    kept: KeptTraining? = nil
  ) {
    let model = lease.model
    history = model.history
    card = ModelCard(
      encoder: model.encoder.metadata, method: model.method.settings, augmentation: model.augmentation,
      normalisation: model.normalisation, origins: model.origins, history: StoredHistory(history),
      training: training?.state, kept: kept)
    var settings = model.encoder.metadata
    if let normalisation = model.normalisation {
      settings["mean"] = "\(normalisation.mean)"
      settings["std"] = "\(normalisation.deviation)"
    }
    plainSettings = settings
    state = lease.state
    if let training { state.add(optimizer: training.optimizer) }
  }

  /// Writes a file, whole or not at all. Throws `FileError`, and `WeightFileError` if the description is too long.
  func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = String(decoding: try encoder.encode(card), as: UTF8.self)
    try Weights.write(
      state, columns: StoredHistory.columns(of: history),
      metadata: plainSettings.merging([ModelCard.name: text]) { $1 }, to: path)
  }
}

extension State {
  /// Adds the tensors that an optimiser remembers of this network, under names of their own.
  mutating func add(optimizer: any Optimizer) {
    let remembered = optimizer.state(for: self)
    for (name, entry) in remembered.entries {
      add("training.\(name)", entry.tensor, as: remembered.format(of: name))
    }
  }

  /// The same tensors under the names by which a file holds those of a best epoch.
  var best: State {
    var state = State()
    for (name, entry) in entries { state.add("best.\(name)", entry.tensor, as: format(of: name)) }
    return state
  }

  /// Tensors of their own with the same numbers.
  var copied: State {
    var state = State()
    for (name, entry) in entries { state.add(name, entry.tensor.copy(), as: format(of: name)) }
    return state
  }
}
