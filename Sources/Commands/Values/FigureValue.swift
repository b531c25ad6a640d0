import Figures
import FrontEnd
import Language

/// A picture made of marks; `export` writes it to a file.
struct FigureValue: Displayable {
  static let typeName = "figure"
  let figure: Figure
  /// The map for front ends with zoom and hover.
  let interactive: InteractiveMap?

  init(_ figure: Figure, interactive: InteractiveMap? = nil) {
    self.figure = figure
    self.interactive = interactive
  }

  var summary: String { "figure: \(figure.altText)" }

  func rich(_ session: Session) throws -> Rich {
    var rich = try Rich(figure, stop: session.stop)
    rich.vegaLite = interactive?.specification
    return rich
  }
}
