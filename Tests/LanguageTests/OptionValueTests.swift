import Testing

import Language

@Suite struct OptionValueTests {
  enum Stem: String, CaseIterable, OptionValue { case imagenet, cifar, grey }

  /// Words only, known beforehand, with values of their own.
  struct Topic: OptionValue, Equatable {
    static let typeName = "topic"
    static let words = ["temperature", "loss"]
    static let isWordAlways = true
    var name: String
    static func word(_ word: String) -> Topic? { words.contains(word) ? Topic(name: word) : nil }
    static func read(_ value: any Value) throws -> Topic { throw Mismatch(expected: typeName, found: value) }
    var written: String { name }
  }

  struct Options {
    var stem = Stem.cifar
    var stems: [Stem] = []
    var topic = Topic(name: "loss")
    var maybe: Double?
    var maybeStem: Stem?
    var texts: [String] = ["a"]
    var span: ClosedRange<Double> = 0.0...1
    var anything: AnyValue?
    var columns: [ColumnName] = []
    var list: List = List([])
    var flag = false
  }

  /// The options that a call of `probe` with this text reaches its command with.
  private func options(_ text: String) throws -> Options {
    final class Box: @unchecked Sendable {  // Filled and read by one thread, in turn.
      var options: Options?
    }
    let box = Box()
    let probe = Command(
      name: "probe", summary: "Keep the options", group: "Test", defaults: Options(),
      options: [
        Option("stem", \.stem, "A choice"), Option("stems", \.stems, "Choices"),
        Option("topic", \.topic, "A topic"),
        Option("maybe", \.maybe, "A number or none", in: 0...),
        Option("maybe_stem", \.maybeStem, "A choice or none"),
        Option("texts", \.texts, "Texts"), Option("span", \.span, "A stretch"),
        Option("anything", \.anything, "Any value"), Option("columns", \.columns, "Words"),
        Option("list", \.list, "A list"), Option("flag", \.flag, "Yes or no", aliases: ["switch"]),
      ],
      run: { options, _ in
        box.options = options
        return nil
      })
    try Interpreter(commands: [probe], host: ToyHost()).run(cell: "probe " + text)
    return try #require(box.options)
  }

  @Test("choices, lists of choices, and both spellings") func choices() throws {
    #expect(try options("stem=imagenet").stem == .imagenet)
    #expect(try options("stem=gray").stem == .grey)
    #expect(try options("stem=\"gray\"").stem == .grey)
    #expect(try options("stems=[cifar, gray, \"imagenet\"]").stems == [.cifar, .grey, .imagenet])
    #expect(try options("stems=cifar").stems == [.cifar])
    #expect(try options("topic=temperature").topic.name == "temperature")
    #expect(try options("topic=\"loss\"").topic.name == "loss")
  }

  @Test("optional values may be none") func optionals() throws {
    #expect(try options("maybe=2").maybe == 2)
    #expect(try options("maybe=none").maybe == nil)
    #expect(try options("maybe_stem=none").maybeStem == nil)
    #expect(try options("maybe_stem=grey").maybeStem == .grey)
    #expect(try options("anything=[1]").anything?.value.summary == "[1]")
    #expect(try options("").anything?.value.summary == nil)
  }

  @Test("lists, pairs, words and aliases") func others() throws {
    #expect(try options("texts=[\"x\", \"y\"]").texts == ["x", "y"])
    #expect(try options("texts=\"x\"").texts == ["x"])
    #expect(try options("span=[-1, 1e3]").span == -1...1000)
    #expect(try options("columns=[a, \"b c\"]").columns.map(\.name) == ["a", "b c"])
    #expect(try options("list=[1, true]").list.summary == "[1, true]")
    #expect(try options("switch=true").flag)
  }

  @Test(
    "what does not fit says so, under the place",
    arguments: [
      ("stem=big", "`stem` has no choice `big`.", 11),
      ("stems=[cifar, big]", "`stems` has no choice `big`.", 20),
      ("topic=less", "`topic` has no choice `less`.", 12),
      ("topic=3", "`topic` takes a topic, and this is a number.", 12),
      ("maybe=-1", "`maybe` must be at least 0, and this is -1.", 12),
      ("maybe_stem=3", "`maybe_stem` takes one of imagenet, cifar or grey, and this is a number.", 17),
      ("texts=[\"a\", 3]", "`texts` takes text, and this is a number.", 18),
      ("span=3", "`span` takes a pair of numbers, and this is a number.", 11),
      ("columns=[a, 3]", "`columns` takes a column, and this is a number.", 18),
      ("list=3", "`list` takes a list, and this is a number.", 11),
    ])
  func mismatches(_ text: String, _ message: String, _ place: Int) {
    let error = #expect(throws: Diagnostic.self) { try options(text) }
    #expect(error?.message == message)
    #expect(error?.range.lower == place)
  }

  @Test("bounds say what they hold") func bounds() {
    #expect((1...10_000).bounds.summary == "from 1 to 10,000")
    #expect((0.0..<1).bounds.summary == "at least 0 and below 1")
    #expect((1...).bounds.summary == "at least 1")
    #expect((..<0.5).bounds.summary == "below 0.5")
    #expect(Bounds(lower: 0, isLowerOpen: true).contains(0) == false)
    #expect(Bounds(lower: 0, isLowerOpen: true).contains(.nan) == false)
    #expect((...3).bounds.contains(3))
  }
}
