import FrontEnd
import Language

/// A cell as text: what it takes to make something again, to be copied and changed.
struct CodeValue: Displayable {
  static let typeName = "code"
  let code: String

  init(_ code: String) { self.code = code }

  var summary: String { code.split(separator: "\n").joined(separator: " ") }

  func rich(_ session: Session) throws -> Rich {
    Rich(text: code, html: "<pre \(HTML.literal)><code>\(HTML.escaped(code))</code></pre>")
  }
}
