import Testing

import Language

@Suite struct VocabularyTests {
  @Test("the toy vocabulary is sound") func sound() { #expect(toyVocabulary.problems() == []) }

  @Test("every example runs") func examples() throws {
    #expect(toyVocabulary.examples.count == 5)
    for (command, example) in toyVocabulary.examples where command != "load folder" {
      let (interpreter, _) = toyInterpreter()
      try interpreter.run(cell: example.setup)
      try interpreter.run(cell: example.code)
    }
  }

  private struct Clumsy {
    @Required var last: Int
    var first = 1
    var rest: [Int] = []
  }

  @Test("clumsy declarations are found, and trap nobody") func clumsy() {
    let commands: [any AnyCommand] = [
      Command(name: "for", summary: "A keyword", group: "", run: { _ in nil }),
      Command(name: "one two three", summary: "Too long", group: "", run: { _ in nil }),
      Command(name: "", summary: "", group: "", run: { _ in nil }),
      Command(name: "grey", summary: "First", group: "", run: { _ in nil }),
      Command(name: "gray", summary: "Second", group: "", examples: ["gray 1"], run: { _ in nil }),
      Command(
        name: "odd", summary: "Arguments in a bad order", group: "", defaults: Clumsy(),
        arguments: [
          Argument("first", \.first, "Not required"), Argument("last", \.$last, "Required"),
          .rest("rest", \.rest, "All"), Argument("first", \.first, "After the rest"),
        ], run: { _, _ in nil }),
    ]
    let problems = Vocabulary(commands).problems()
    #expect(problems.count == 9, "\(problems.joined(separator: "\n"))")
    for part in [
      "`for` is a word of the grammar", "`one two three` is not one or two names",
      "`gray` is claimed by grey and by gray",
      "odd: `last` is required but follows one that is not", "odd: `first` follows the rest",
      "odd: `first` occurs twice",
      "gray: the example `gray 1` is wrong",
    ] {
      #expect(problems.contains { $0.contains(part) }, "\(part)")
    }
  }

  @Test("finds commands by any spelling") func find() {
    #expect(toyVocabulary.command(named: "show neighbors")?.name == "show neighbours")
    #expect(toyVocabulary.command(named: "gray")?.name == "grey")
    #expect(toyVocabulary.command(named: "load") == nil)
    #expect(
      toyVocabulary.isReserved("load") && toyVocabulary.isReserved("in") && !toyVocabulary.isReserved("few"))
    #expect(toyVocabulary.groups == ["Data", "Changes", "Models", "Tables"])
  }

  @Test("the manual holds the grammar and every command with its options") func manual() {
    let manual = toyVocabulary.manual()
    for command in toyCommands {
      #expect(manual.contains("\n### \(command.name)\n"))
      for parameter in command.parameters where parameter.role == .option {
        #expect(manual.contains("\n- `\(parameter.name)="), "\(command.name) \(parameter.name)")
      }
    }
    #expect(manual.contains("cell       = { statement"))
    #expect(manual.contains("[show neighbours](#show-neighbours)"))
  }

  @Test("the programs of the grammar page parse") func grammarPage() throws {
    // Only the language's own examples that need no command of the domain.
    let (interpreter, _) = toyInterpreter()
    for code in ["τ = 0.5", "h = [1, 2]; h[-1]", "\"accuracy {1/2} %\"", "0...9", "50%"] {
      try interpreter.run(cell: code)
    }
  }
}
