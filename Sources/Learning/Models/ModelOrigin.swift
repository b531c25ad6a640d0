import Networks

/// A trained model that another one began with: a copy of its encoder.
public struct ModelOrigin: Sendable, Equatable, Codable {
  /// Name of its method, as in files.
  public let method: String
  /// Whole epochs and steps that it had had.
  public let epochs: Int
  public let steps: Int

  public init(method: String, epochs: Int, steps: Int) {
    (self.method, self.epochs, self.steps) = (method, epochs, steps)
  }

  /// Whether the numbers can be those of a training.
  var isPlausible: Bool { epochs >= 0 && steps >= epochs && steps <= 1 << 50 && method.utf8.count <= 64 }
}

extension ContrastiveModel {
  /// The model and those that it began with, the oldest first: what a model that begins with its encoder comes from.
  public var lineage: [ModelOrigin] {
    let history = history
    let own = ModelOrigin(
      method: type(of: method).name, epochs: history.epochs.count, steps: history.steps.count)
    return origins + [own]
  }

  /// A network of its own with the weights and running statistics of the encoder that the model is judged and used by.
  /// Throws `NetworkError` where there is no room for it, and `ModelError` while something else works with the model.
  public func copyOfEncoder() throws -> any Encoder {
    try using { lease in
      let copy = try Network(lease.judgedEncoder.description)
      State(of: copy).copy(from: State(of: lease.judgedEncoder))
      return copy
    }
  }
}
