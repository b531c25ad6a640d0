import Language

// Values that are read as arguments and options as they are.

extension ImagesValue: OptionValue {}
extension ModelValue: OptionValue {}
extension EmbeddingValue: OptionValue {}
extension ClassifierValue: OptionValue {}

extension TableValue: OptionValue {
  /// Commands see a table as it was when they began.
  static func read(_ value: any Value) throws -> TableValue {
    guard let table = value as? any TableLike else { throw Mismatch(expected: typeName, found: value) }
    return table.frozen
  }
}

extension EncoderValue: OptionValue {
  /// An encoder, or that of a trained model, of which a copy is made.
  static func read(_ value: any Value) throws -> EncoderValue {
    switch value {
    case let encoder as EncoderValue: return encoder
    case let trained as TrainedEncoderValue: return EncoderValue(copying: trained.model)
    default: throw Mismatch(expected: typeName, found: value)
    }
  }
}

/// A value of either type, whichever reads it first: "model or encoder".
enum OneOf<First: OptionValue, Second: OptionValue>: OptionValue {
  case first(First)
  case second(Second)

  static var typeName: String {
    First.typeName.replacing(" or ", with: ", ") + " or " + Second.typeName
  }
  var written: String { "" }

  static func read(_ value: any Value) throws -> OneOf {
    do {
      return .first(try First.read(value))
    } catch is Mismatch {}
    do {
      return .second(try Second.read(value))
    } catch is Mismatch {
      throw Mismatch(expected: typeName, found: value)
    }
  }
}

/// The table itself, for the command that changes it.
struct GrowingTable: OptionValue {
  static let typeName = TableValue.typeName
  var written: String { "" }
  let table: TableValue

  static func read(_ value: any Value) throws -> GrowingTable {
    guard let table = value as? TableValue else { throw Mismatch(expected: typeName, found: value) }
    return GrowingTable(table: table)
  }
}

extension HistoryValue: OptionValue {
  /// A history, or a model for its history.
  static func read(_ value: any Value) throws -> HistoryValue {
    switch value {
    case let history as HistoryValue: return history
    case let model as ModelValue: return HistoryValue(model.model.history)
    case let run as RunValue: return try run.trainingHistory()
    default: throw Mismatch(expected: "model or history", found: value)
    }
  }
}
