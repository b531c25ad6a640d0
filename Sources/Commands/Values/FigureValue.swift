import Figures
import Language

/// A picture made of marks; `export` writes it to a file.
struct FigureValue: Displayable {
  static let typeName = "figure"
  let figure: Figure

  init(_ figure: Figure) { self.figure = figure }

  var summary: String { "figure: \(figure.altText)" }

  func rich(_ session: Session) throws -> Rich { try Rich(figure) }
}
