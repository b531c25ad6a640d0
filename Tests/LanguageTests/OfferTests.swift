import FoundationEssentials
import Testing

import Language

/// Splits code at `|`, the cursor.
func atCursor(_ marked: String) -> (code: String, cursor: Int) {
  let parts = marked.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
  return (parts.joined(), parts[0].unicodeScalars.count)
}

@Suite struct OfferTests {
  private let interpreter: Interpreter
  private let host: ToyHost

  init() throws {
    (interpreter, host) = toyInterpreter()
    try interpreter.run(
      cell: """
        few = load shapes
        model = simclr
        mirror = flip
        results = table
        add results batch=16 accuracy=0.5
        number = 3
        """)
  }

  private func complete(_ marked: String) -> [String] {
    let (code, cursor) = atCursor(marked)
    return interpreter.offers(for: code, cursor: cursor).all.map(\.text)
  }

  @Test(
    "offers what fits the place",
    arguments: [
      // Verbs, names and words of the grammar begin a statement.
      ("tr|", ["train"]), ("f|", ["flip", "fail", "forget", "few", "for"]), ("x = sim|", ["simclr"]),
      ("a = 1\nsa|\nb = 2", ["sample"]), ("time tra|", ["train"]), ("gra|", ["grey"]),
      ("if number > 2 { tra|", ["train"]),
      // Kinds.
      ("load |", ["shapes", "folder"]), ("x = load sh|", ["shapes"]), ("plot |", ["bars"]),
      ("show nei|", ["neighbours"]), ("(load |", ["shapes", "folder"]),
      // Options not yet given, and the names that fit the next argument.
      (
        "train |",
        [
          "model", "simclr", "on=", "epochs=", "batch=", "rate=", "optimizer=", "warm_up=", "shuffle=",
          "title=",
        ]
      ),
      ("train model on=few epochs=2 |", ["batch=", "rate=", "optimizer=", "warm_up=", "shuffle=", "title="]),
      ("train model ep|", ["epochs="]), ("train model epochs=2 ep|", []), ("load shapes c|", ["count="]),
      ("train model\n  ba|", ["batch="]), ("train model\nba|", []), ("crop scale=[0.1, 1] sc|", []),
      ("train model on=(sample few 3) ba|", ["batch="]), ("show neighbors q|", ["query="]),
      ("train mo| on=few", ["model"]),
      // Values of options.
      ("train model optimizer=|", ["adam", "sgd", "greyscale"]), ("train model optimizer=s|", ["sgd"]),
      ("train model optimizer=gray|", ["greyscale"]), ("train model shuffle=|", ["true", "false"]),
      ("train model on=|", ["few", "(load shapes", "(load folder", "(sample"]),
      ("train model on=f|", ["few"]),
      ("simclr augment=|", ["mirror", "paper", "none", "crop", "flip", "grey", "(either"]),
      ("simclr augment=[flip, m|", ["mirror", "model"]), ("simclr augment=[cr|", ["crop"]),
      ("either [flip] [g|", ["grey"]), ("simclr head=[n|", ["none", "number"].filter { $0 != "none" }),
      ("train model on=(lo|", ["load"]), ("simclr augment=(|", nil),
      // Columns and names are words.
      ("plot bars results x=|", ["batch", "accuracy"]), ("plot bars results x=batch y=a|", ["accuracy"]),
      ("forget m|", ["model", "mirror"]),
      // Members.
      ("few.|", ["train", "test", "count"]), ("few.tr|", ["train"]), ("few.train.|", ["count"]),
      ("show few.te|", ["test"]), ("train model on=few.|", ["train", "test", "count"]), ("nothing.|", []),
      ("x = 3 + few.c|", ["count"]), ("f(few.c|", ["count"]), ("[few.c|", ["count"]), ("few[0].|", []),
      ("3.|", []),
      // Expressions.
      ("x = 3 + n|", ["number"]), ("x = true and n|", ["number", "not"]), ("for x |", ["in"]),
      ("for x in f|", ["few", "false", "flip"]),
      ("for |", []),
      ("few[n|", ["number", "not"]), ("x = number |", []), ("if n|", ["number", "not"]),
      ("help tr|", ["train"]), ("help load |", ["shapes", "folder"]),
      // Text, comments and code in text.
      ("# tr|", []), ("x = 1 # tr|", []), ("x = \"tr|\"", []), ("x = \"tr|", []),
      ("x = \"a {fe|} b\"", ["few"]),
      ("x = \"a {few.tr|", ["train"]), ("x = \"a {fe} tr|\"", []),
      // Broken code around.
      ("x = [1, 2\ntr|", nil), ("))) tr|", ["train"]), ("train model on=few) ep|", ["epochs="]),
      ("x = \"never closed\ntr|", nil), ("for x in [1] {\n  train model\n  tr|", ["train"]),
      ("for x in [1] {\n  train model\n    ep|", ["epochs="]), ("for x in [1] { } tr|", []),
      ("for x in [1] { }; tr|", ["train"]), ("if true { } |", ["else"]),
      ("if true { } e|", ["else"]), ("if true { } else |", ["if"]), ("if true { } else { } |", []),
      ("for x in [1] { }\ntr|", ["train"]),
      ("😀 tr|", ["train"]),
    ] as [(String, [String]?)])
  func offers(_ marked: String, _ expected: [String]?) {
    let found = complete(marked)
    if let expected {
      #expect(found == expected, "\(marked)")
    } else {
      #expect(found.allSatisfy { !$0.isEmpty })
    }
  }

  @Test("says what a match is and what it replaces") func details() {
    let (code, cursor) = atCursor("é = \"👩‍👩‍👧\"; train model optim|")
    let completion = interpreter.offers(for: code, cursor: cursor)
    #expect(completion.all == [.init(text: "optimizer=", kind: .option, signature: "Update rule (adam)")])
    #expect(completion.end == cursor)
    #expect(completion.start == cursor - 5)
    // The family is five code points.
    #expect(cursor == 30)
    let names = interpreter.offers(for: "train model on=f", cursor: 16)
    #expect(names.all == [.init(text: "few", kind: .name, signature: "images")])
    #expect(interpreter.offers(for: "train", cursor: 2).start == 0)
    #expect(interpreter.offers(for: "train", cursor: 99).end == 5)
    #expect(interpreter.offers(for: "train", cursor: -1).end == 0)
  }

  @Test("offers files and folders inside a path") func paths() throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "contrast-completion-\(UInt32.random(in: 0...UInt32.max))")
    try FileManager.default.createDirectory(
      at: folder.appending(path: "pictures"), withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for name in ["picnic.png", "other.png", ".hidden"] {
      #expect(FileManager.default.createFile(atPath: folder.appending(path: name).path, contents: nil))
    }
    let code = "load folder \"\(folder.path)/pic"
    for closing in ["", "\"", "\" count=3"] {
      let completion = interpreter.offers(for: code + closing, cursor: code.unicodeScalars.count)
      #expect(completion.all.map(\.text) == ["picnic.png", "pictures/"])
      #expect(completion.all.map(\.signature) == ["file", "folder"])
      #expect(completion.start == code.unicodeScalars.count - 3)
      #expect(completion.end == code.unicodeScalars.count)
    }
    let named = "load folder path=\"\(folder.path)/"
    #expect(
      interpreter.offers(for: named, cursor: named.count).all.map(\.text) == [
        "other.png", "picnic.png", "pictures/",
      ])
    // Text elsewhere is no path.
    let text = "train model title=\"\(folder.path)/"
    #expect(interpreter.offers(for: text, cursor: text.count).all.isEmpty)
  }
}
