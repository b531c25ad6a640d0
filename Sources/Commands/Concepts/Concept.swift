import Base
import Figures
import FrontEnd
import Language
import Tensors

/// A concept of the field: what it is in a few sentences, its formula, where it occurs in Contrast, its source, a picture made by real
/// computation, and a cell to try.
package struct Concept: Sendable {
  enum Picture: Sendable {
    /// A cell whose last value is a figure; it begins with pictures under the name `few`.
    case cell(String)
    case figure(@Sendable (Run) throws -> Figure)
  }

  /// The word after `explain`.
  package let name: String
  package let title: String
  /// Other names. Case, hyphens, spaces, a plural and British or American spelling make no difference.
  package let aliases: [String]
  /// Words of a wider or different meaning: they are answered by a suggestion, never by this concept.
  package var nearby: [String] = []
  /// Two or three plain sentences each.
  package let paragraphs: [String]
  /// The commands and options of Contrast that it belongs to.
  package let usage: String
  /// The publication that introduced or examined it; empty for what every textbook has.
  package var source = ""
  /// The formula in plain text, and in LaTeX.
  let formula: String
  let latex: String
  let picture: Picture
  /// Whether the picture is the value of a cell.
  package var isDrawnByCell: Bool { if case .cell = picture { true } else { false } }
  /// Description of the picture.
  let caption: String
  /// A cell that runs as it stands, within a few seconds.
  package let trial: String
  /// Names of concepts near it.
  package let related: [String]

  /// Pictures to show things with.
  static let setup = "few = (load shapes train=200 test=50).train"

  /// The picture, made by real computation.
  /// Throws: `Interrupted` if the session's interrupt is requested meanwhile.
  package func figure(in session: Session) throws -> Figure {
    switch picture {
    case .figure(let make): return try make(Run(interrupt: session.interrupt))
    case .cell(let code):
      let own = Session(stoppedWith: session)
      do throws(CellError) {
        _ = try own.run(cell: Concept.setup + "\n" + code, console: SilentConsole())
      } catch {
        throw error.isInterrupt ? Interrupted() : error
      }
      guard let figure = own.workspace["last"] as? FigureValue else {
        throw Problem("the picture of \(name) could not be made")
      }
      return figure.figure
    }
  }

  /// All names.
  package var names: [String] { [name, title] + aliases }

  /// Whether the words are one of its names.
  func isNamed(_ words: String) -> Bool {
    let key = ConceptKey(words)
    return names.contains { ConceptKey($0) == key }
  }
}

/// A name without what makes no difference: case, hyphens, spaces, the plural, and British or American spelling.
package struct ConceptKey: Hashable {
  /// Each word's own key.
  let words: [String]
  private let joined: String

  package init(_ text: String) {
    words = text.lowercased().split { !$0.isLetter && !$0.isNumber }.map {
      spellingKey(ConceptKey.singular(String($0)))
    }
    joined = words.joined()
  }

  package static func == (a: ConceptKey, b: ConceptKey) -> Bool { a.joined == b.joined }
  package func hash(into hasher: inout Hasher) { hasher.combine(joined) }

  /// The word without the ending of a plural: batches, losses, similarities, epochs. Loss, bias and radius stay as they are.
  private static func singular(_ word: String) -> String {
    guard word.count > 3 else { return word }
    if word.hasSuffix("ies") { return word.dropLast(3) + "y" }
    for ending in ["ches", "shes", "sses", "xes"] where word.hasSuffix(ending) {
      return String(word.dropLast(2))
    }
    let keeps = ["ss", "us", "is", "as"].contains { word.hasSuffix($0) }
    return word.hasSuffix("s") && !keeps ? String(word.dropLast()) : word
  }
}

/// An explanation on the page.
struct ConceptValue: Displayable {
  static let typeName = "explanation"
  let concept: Concept
  /// The picture, made when the command ran, so that the value can be shown at once.
  let figure: Figure

  var summary: String { "\(concept.title): \(concept.paragraphs[0])" }

  func rich(_ session: Session) throws -> Rich {
    let small = figure.resized(width: min(figure.size.width, 420))
    let picture = try Rich(small)
    let related = concept.related.map { "explain \($0)" }
    let text =
      [
        concept.title, concept.paragraphs.joined(separator: "\n\n"), "  " + concept.formula, picture.text,
        concept.caption, "In Contrast: " + concept.usage,
        "Try:\n" + concept.trial.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n"),
        "See also: " + related.joined(separator: ", "),
        concept.source.isEmpty ? "" : "Source: " + concept.source,
      ].filter { !$0.isEmpty }.joined(separator: "\n\n")
    let image = Rich(text: "", html: "", png: picture.png).page ?? ""
    let html = """
      <div style="max-width:46em"><h3>\(HTML.escaped(concept.title))</h3>
      \(concept.paragraphs.map { "<p>\(HTML.prose($0))</p>" }.joined(separator: "\n"))
      <div title="\(HTML.escaped(concept.formula))">$$\(HTML.escaped(concept.latex))$$</div>
      \(image)
      <p style="opacity:.7">\(HTML.prose(concept.caption))</p>
      <p><strong>In Contrast</strong> \(HTML.prose(concept.usage))</p>
      <p><strong>Try</strong></p><pre style="font-family:monospace">\(HTML.escaped(concept.trial))</pre>
      <p>See also: \(related.map { HTML.prose("`\($0)`") }.joined(separator: ", "))</p>
      \(concept.source.isEmpty ? "" : "<p style=\"opacity:.7\">Source: \(HTML.escaped(concept.source))</p>")</div>
      """
    var rich = Rich(text: text, html: html)
    rich.pictureWithin = picture.png
    return rich
  }
}
