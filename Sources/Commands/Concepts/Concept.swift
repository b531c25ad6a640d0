import Figures
import Language
import Tensors

/// Something to be understood: what it is in a few sentences, its formula, a picture made by real computation, and what
/// to try.
package struct Concept: Sendable {
  enum Picture: Sendable {
    /// A cell whose last value is a figure; it begins with pictures under the name `few`.
    case cell(String)
    case figure(@Sendable (Run) throws -> Figure)
  }

  /// The word after `explain`.
  package let name: String
  let title: String
  /// Other ways to say it; spaces, hyphens and capitals do not count.
  let aliases: [String]
  /// Two or three plain sentences each.
  package let paragraphs: [String]
  /// As one writes it without a typesetter, and for one.
  let formula: String
  let latex: String
  let picture: Picture
  /// Whether the picture is the value of a cell.
  package var isDrawnByCell: Bool { if case .cell = picture { true } else { false } }
  /// What the picture shows.
  let caption: String
  /// A cell that runs as it stands.
  package let trial: String
  /// Names of concepts near it.
  package let related: [String]

  /// Pictures to show things with.
  static let setup = "few = (load shapes train=200 test=50).train"

  /// The picture, made by real computation.
  /// Throws: `Tensors.Interrupted` if the session's interrupt is requested meanwhile.
  package func figure(in session: Session) throws -> Figure {
    switch picture {
    case .figure(let make): return try make(Run(interrupt: session.interrupt))
    case .cell(let code):
      let own = Session(stoppedWith: session)
      do throws(CellError) {
        _ = try own.run(cell: Concept.setup + "\n" + code, console: SilentConsole())
      } catch {
        throw error.isInterrupt ? Tensors.Interrupted() : error
      }
      guard let figure = own.workspace["last"] as? FigureValue else {
        throw Problem("the picture of \(name) could not be made")
      }
      return figure.figure
    }
  }

  /// Whether the words mean this concept.
  func isNamed(_ words: String) -> Bool {
    let key = Concept.key(words)
    return ([name, title] + aliases).contains { Concept.key($0) == key }
  }

  private static func key(_ words: String) -> String {
    spellingKey(words.lowercased().filter { $0.isLetter || $0.isNumber })
  }
}

/// An explanation on the page.
struct ConceptValue: Displayable {
  static let typeName = "explanation"
  let concept: Concept
  /// Made when the command ran: a value shows itself at once.
  let figure: Figure

  var summary: String { "\(concept.title): \(concept.paragraphs[0])" }

  func rich(_ session: Session) throws -> Rich {
    let small = figure.resized(width: min(figure.size.width, 420))
    let picture = try Rich(small)
    let related = concept.related.map { "explain \($0)" }
    let text =
      [
        concept.title, concept.paragraphs.joined(separator: "\n\n"), "  " + concept.formula, picture.text,
        concept.caption,
        "Try:\n" + concept.trial.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n"),
        "See also: " + related.joined(separator: ", "),
      ].joined(separator: "\n\n")
    let image = Rich(text: "", html: "", png: picture.png).page ?? ""
    let html = """
      <div style="max-width:46em"><h3>\(HTML.escaped(concept.title))</h3>
      \(concept.paragraphs.map { "<p>\(HTML.escaped($0))</p>" }.joined(separator: "\n"))
      <div title="\(HTML.escaped(concept.formula))">$$\(HTML.escaped(concept.latex))$$</div>
      \(image)
      <p style="opacity:.7">\(HTML.escaped(concept.caption))</p>
      <p><strong>Try</strong></p><pre style="font-family:monospace">\(HTML.escaped(concept.trial))</pre>
      <p>See also: \(related.map { "<code style=\"font-family:monospace\">\($0)</code>" }.joined(separator: ", "))</p></div>
      """
    var rich = Rich(text: text, html: html)
    rich.pictureWithin = picture.png
    return rich
  }
}
