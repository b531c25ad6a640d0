import Language

/// Cells that errors of several commands advise, in the words of the declarations.
enum Advice {
  /// "train model on=images", and options after it.
  static func train(_ options: String...) -> String {
    (["\(Train.command.name) model \(Train.command.word(\.$on))=images"] + options).joined(separator: " ")
  }

  /// "embed images with=model", and options after it.
  static func embed(_ images: String, _ options: String...) -> String {
    (["\(Embed.command.name) \(images) \(Embed.command.word(\.$with))=model"] + options).joined(
      separator: " ")
  }

  /// "embed (pairs few[0..<4]) with=model output=z"
  static var projections: String {
    embed("(\(Pairs.command.name) few[0..<4])", Embed.command.given(\.output, .z))
  }

  /// "watch=[knn]"
  static func watch(_ monitors: [MonitorName]) -> String { Train.command.given(\.watch, monitors) }

  /// Advice for a column with more values than can be drawn: "keep fewer rows first: filter t class=[…]".
  static func keepFewer(_ column: ColumnName) -> String {
    "keep fewer rows first: \(FilterTable.command.name) t \(column.name)=[…]"
  }
}
