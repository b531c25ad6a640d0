import Networks

/// Settings of how the encoder of a model learns beside its head: whether it stays as it is, and by which multiple of the learning rate.
public struct FineTuning: Sendable, Equatable {
  /// Whether the encoder stays as it is. Frozen, it is in evaluation: batch normalisation uses its running statistics, which stay too,
  /// nothing is dropped, and no gradient goes through it.
  public enum Freeze: Sendable, Equatable {
    case none
    /// Throughout.
    case encoder
    /// In the first epochs that the model has.
    case epochs(Int)
  }

  public var freeze: Freeze
  /// Learning rates of encoder and head, as multiples of that of the training.
  public var encoderRate: Float
  public var headRate: Float

  public init(freeze: Freeze = .none, encoderRate: Float = 1, headRate: Float = 1) {
    (self.freeze, self.encoderRate, self.headRate) = (freeze, encoderRate, headRate)
  }

  /// The pace of all parameters of the encoder at a step.
  public func encoderPace(at step: MethodStep) -> Parameter.Pace {
    switch freeze {
    case .none: return .times(encoderRate)
    case .encoder: return .frozen
    case .epochs(let epochs):
      let frozen = max(0, epochs - step.epochsBefore) * step.perEpoch
      return step.number < frozen ? .frozen : .times(encoderRate, since: frozen)
    }
  }

  // MARK: - Files

  func write(to settings: inout MethodSettings) {
    switch freeze {
    case .none: settings["freeze"] = .number(0)
    case .encoder: settings["freeze"] = .text("encoder")
    case .epochs(let epochs): settings["freeze"] = .number(Double(epochs))
    }
    settings["rates"] = .numbers([Double(encoderRate), Double(headRate)])
  }

  /// The settings of a file; where it has none, all learns by one rate. Throws `MethodError` where that means nothing.
  init(from settings: MethodSettings) throws {
    self.init()
    switch settings["freeze"] {
    case nil: break
    case .text("encoder")?: freeze = .encoder
    case .text(let word)?: throw MethodError.choice(settings.method, setting: "freeze", word)
    default:
      let epochs = try settings.whole("freeze", in: 0...1 << 20)
      freeze = epochs == 0 ? .none : .epochs(epochs)
    }
    if settings["rates"] != nil {
      let rates = try settings.numbers("rates", in: FineTuning.rates, count: 2).map { Float($0) }
      (encoderRate, headRate) = (rates[0], rates[1])
    }
  }

  /// Multiples that make sense.
  public static let rates: ClosedRange<Double> = 1e-6...1e6
}
