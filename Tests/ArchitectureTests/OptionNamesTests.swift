import Foundation
import Testing

/// Errors of commands name commands and options through their declarations (`command.word(\.x)`), so that they follow a new name
/// or do not compile.
@Suite("Names in errors of commands") struct OptionNamesTests {
  /// A call in the source, with the pieces of its string literals between what is interpolated in them.
  private struct Call {
    private(set) var text: Substring
    private(set) var pieces: [String] = []

    /// The call whose bracket `text` begins with.
    init(at text: Substring) {
      self.text = text
      var open: [Character] = []
      var index = text.startIndex
      while index < text.endIndex {
        let sign = text[index]
        text.formIndex(after: &index)
        let isQuoted = open.last == "\""
        switch sign {
        case "\\" where isQuoted:
          if index < text.endIndex, text[index] == "(" { open.append("(") }
          if index < text.endIndex { text.formIndex(after: &index) }
        case "\"" where isQuoted: open.removeLast()
        case "\"":
          open.append(sign)
          pieces.append("")
        case "(" where !isQuoted: open.append(sign)
        case ")" where !isQuoted:
          open.removeLast()
          // Else the literal around goes on.
          if open.isEmpty {
            self.text = text[..<index]
            return
          }
          if open.last == "\"" { pieces.append("") }
        default: if isQuoted { pieces[pieces.count - 1].append(sign) }
        }
      }
    }
  }

  /// Options and commands that the errors of a file call by literals.
  private static func slips(in text: String, options: Set<String>, commands: Set<String>) -> [String] {
    text.matches(of: /\b(?:Problem|InputError)(?:\.\w+)?\(/).flatMap { match -> [String] in
      let call = Call(at: text[text.index(before: match.range.upperBound)...])
      let about = call.text.matches(of: /\b(?:about|option): "\w+"/).map { String($0.0) }
      return about
        + call.pieces.flatMap { piece -> [String] in
          let given = piece.matches(of: /\b([a-z]+)=(?!=)/).map { String($0.1) }.filter(options.contains)
          let quoted = piece.matches(of: /`([a-z]+)[ `]/).map { String($0.1) }
          return given.map { $0 + "=" } + quoted.filter(options.union(commands).contains)
        }
    }
  }

  @Test("come from the declarations") func names() throws {
    let files = try WordingTests.sources(["Commands"])
    let all = files.map(\.text).joined()
    let options = Set(all.matches(of: /(?:Option|Argument)(?:\.\w+)?\(\s*"(\w+)"/).map { String($0.1) })
    let commands = Set(all.matches(of: /Command\(\s*name: "(\w+)/).map { String($0.1) })
    #expect(options.count > 100 && commands.count > 50)
    for (name, text) in files {
      var slips = Self.slips(in: text, options: options, commands: commands)
      // Columns of a table, whose names are the user's.
      if name == "Tables.swift" { slips.removeAll { ["name=", "batch="].contains($0) } }
      #expect(slips.isEmpty, "\(name): write command.word(\\.…), command.given(\\.…, …) or command.name")
    }
  }

  @Test(
    "the scan knows a slip when it sees one",
    arguments: [
      (#"throw Problem("no", about: "size")"#, true), (#"Problem("a (b) \(c("d")) size=3")"#, true),
      (#"Problem("`size` is \(n)", about: x)"#, true), (#"InputError("write `show x`")"#, true),
      (#"Problem.unknownName(x, of: "name", about: "size")"#, true),
      (#"Problem("\(show.word(\.size)) is \(n)", about: show.word(\.size))"#, false),
      (#"Problem("`\(size)` is size == 3, \(a)=")"#, false), (#"Problem("x"), about: "size""#, false),
      (#"Example("show x size=3")"#, false),
    ])
  func scan(line: String, isSlip: Bool) {
    #expect(Self.slips(in: line, options: ["size"], commands: ["show"]).isEmpty == !isSlip, "\(line)")
  }
}
