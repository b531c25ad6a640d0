import Language

// Values that are read as arguments and options as they are.

extension ImagesValue: OptionValue {}
extension EncoderValue: OptionValue {}
extension ModelValue: OptionValue {}
extension EmbeddingValue: OptionValue {}
extension ClassifierValue: OptionValue {}
extension TableValue: OptionValue {}

extension HistoryValue: OptionValue {
  /// A history, or a model for its history.
  static func read(_ value: any Value) throws -> HistoryValue {
    switch value {
    case let history as HistoryValue: return history
    case let model as ModelValue: return HistoryValue(model.model.history)
    default: throw Mismatch(expected: "model or history", found: value)
    }
  }
}
