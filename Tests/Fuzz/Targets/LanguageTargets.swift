import Base
import Commands
import FrontEnd
import Language
import Tensors

extension FuzzTarget {
  static let language = [code, cells]

  /// Lexer, parser, checker, and what front ends ask of a cell; the first byte says where the cursor is. Nothing runs.
  private static let code = FuzzTarget("code", takesCode: true) {
    { bytes in
      let host = Refusing()
      let interpreter = Interpreter(vocabulary: Verbs.vocabulary, host: host)
      let code = String(decoding: bytes.dropFirst(), as: UTF8.self)
      let length = code.unicodeScalars.count
      let cursor = length * Int(bytes.first ?? 0) / 255
      let completion = interpreter.offers(for: code, cursor: cursor)
      precondition(completion.end == cursor && (0...cursor).contains(completion.start))
      _ = interpreter.inspect(code, cursor: cursor)?.html
      _ = interpreter.wholeness(of: code)
      _ = Verbs.vocabulary.namesAssigned(in: code)
      do throws(Diagnostic) {
        try interpreter.run(cell: code)
      } catch {
        check(error, length)
      }
    }
  }

  /// Cells that run, in a session with a value of each kind, until they have looked at the interrupt often.
  private static let cells = FuzzTarget("cells", takesCode: true) {
    let first = Session()
    _ = try first.run(cell: kept, console: Silent())
    return { bytes in
      let code = String(decoding: bytes, as: UTF8.self)
      guard !leftOut.contains(where: code.contains) else { return }
      let session = Session()
      for (name, value) in first.workspace.entries { session.workspace[name] = value }
      _ = try session.run(cell: setup, console: Silent())
      session.interrupt.request(afterLooks: 400)
      // No more than this at a time, whatever the machine has.
      MachineMemory.$assumed.withValue(64 << 20) {
        do throws(CellError) {
          _ = try session.run(cell: code, console: Silent())
        } catch {
          precondition(!error.plainText.isEmpty && error.line ?? 0 >= 1 && error.column ?? 0 >= 1)
        }
        for (name, value) in session.workspace.entries {
          precondition(session.workspace.names.contains(name) && !value.summary.isEmpty)
        }
      }
    }
  }

  /// Values that cells do not change.
  private static let kept = """
    shapes = load shapes train=12 test=10 size=16
    few = shapes.train
    h = pca few components=3
    x = similarity few[0..<4]
    c = classifier on=h hidden=0 epochs=1
    s = knn shapes.test among=few k=2
    """

  /// Values that they do.
  private static let setup = """
    m = simclr (cnn width=1 size=8) head=[3, 2]
    t = table name=["a", "b", "c"] size=[1, 2, 3] mark=[0.5, 1.5, 0.1]
    l = [1, [2, "three"], true]
    """

  /// What reads or writes files, waits, or makes much at once.
  private static let leftOut = [
    "save", "export", "open", "load", "keep", "clock", "ask", "resnet", "vit", "time", "help", "explain",
  ]

  private static func check(_ error: Diagnostic, _ length: Int) {
    precondition(!error.message.isEmpty && error.line >= 1 && error.column >= 1)
    precondition(error.range.lower >= 0 && error.range.upper <= length)
    precondition(!error.plainText.isEmpty)
  }

  /// A dictionary in libFuzzer's form: the words of the language, and its signs.
  package static var dictionary: String {
    var words: Set<String> = [
      "==", "..<", "...", "=[", "{", "}", "\\\"", "{x}", "# ", "1e9", "-1", "50%", "\\x0a",
    ]
    words.formUnion([
      "for x in ", "if ", "else ", "and ", "or ", "not ", "true", "false", "few", "m", "t", "h", "x",
    ])
    for command in Verbs.vocabulary.commands {
      words.insert(command.name)
      for parameter in command.parameters {
        words.insert(parameter.isPositional ? parameter.name : "\(parameter.name)=")
        words.formUnion(parameter.words)
      }
    }
    return words.sorted().map { "\"\($0)\"\n" }.joined()
  }
}

/// A host that lets nothing run.
private final class Refusing: Host {
  let workspace = Workspace()
  var turns: [Int] = []
  func show(_ value: any Value) {}
  func write(_ text: String) {}
  func checkInterrupt() throws { throw Interrupted() }
  func explain(_ error: any Error) -> Problem? { nil }
}
