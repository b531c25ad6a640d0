import Commands
import Foundation
import Language
import Testing

extension TestsInOneFolder {
  /// Tables read from files of comma-separated values.
  @Suite("CSV files")
  struct CSVTests {
    private let folder: DataFolder
    private let session = Session()

    init() throws { folder = try DataFolder() }

    private func write(_ bytes: some Sequence<UInt8>, to name: String = "x.csv") throws {
      try Data(bytes).write(to: URL(fileURLWithPath: "\(folder.path)/\(name)"))
    }

    /// The column of the table `t`, its numbers and texts as they are.
    private func column(_ name: String) -> [String]? {
      (session.workspace["t"]?.member(name) as? List)?.values.map {
        ($0 as? Text)?.text ?? ($0 as? Number).map { "#\($0.value)" } ?? ($0 is Missing ? "" : "?")
      }
    }

    @Test("bars set columns apart where nothing else does, and what looks like other columns is said")
    func otherSigns() throws {
      try write("a|b\n1|2\n3|4\n".utf8)
      #expect(try session.gather("t = open \"x.csv\"").text.isEmpty)
      #expect(column("a") == ["#1.0", "#3.0"] && column("b") == ["#2.0", "#4.0"])
      try write("|x|,b\n1,2\n".utf8)
      try session.gather("t = open \"x.csv\"")
      #expect(session.workspace["t"]?.memberNames == ["|x|", "b", "count"])
      for (text, sign) in [("a b\n1 2\n3 4\n", "spaces"), ("a:b\n1:2\n3:4\n", "colons")] {
        try write(text.utf8)
        let said = try session.gather("t = open \"x.csv\"").text
        #expect(said.contains("one column") && said.contains(sign), "\(said)")
      }
      try write(" a , b c \n1 , 2\n".utf8)
      try session.gather("t = open \"x.csv\"")
      #expect(session.workspace["t"]?.memberNames == ["a", "b c", "count"])
      for text in ["first name\nAda\nGrace Hopper\n", "a\n1\n2\n", "two words\n1\n2\n"] {
        try write(text.utf8)
        #expect(try session.gather("t = open \"x.csv\"").text.isEmpty, "\(text)")
      }
    }

    @Test("quotes, commas and line ends in cells, three sorts of line end, a mark of UTF-8, missing cells")
    func reading() throws {
      let rows = ["name,size,\"top-1, %\"", "\"a, \"\"b\"\"\",3,", "\"two\nlines\",-1e-4,x", ",,\"7\""]
      for (ending, mark) in [("\n", ""), ("\r\n", ""), ("\r", "\u{FEFF}")] {
        for last in ["", ending, ending + ending] {
          try write((mark + rows.joined(separator: ending) + last).utf8)
          try session.gather("t = open \"x.csv\"")
          #expect(session.workspace["t"]?.memberNames == ["name", "size", "top-1, %", "count"])
          #expect(column("name") == ["a, \"b\"", "two\nlines", ""])
          #expect(column("size") == ["#3.0", "#-0.0001", ""])
          #expect(column("top-1, %") == ["", "x", "7"])
        }
      }
    }

    @Test("marks of UTF-8 before the first name are no part of it; one within quotes is, and export keeps it")
    func marks() throws {
      try write("\u{FEFF}\u{FEFF}name\na\n".utf8)
      try session.gather("t = open \"x.csv\"")
      #expect(session.workspace["t"]?.memberNames == ["name", "count"])
      try write("\"\u{FEFF}name\"\na\n".utf8)
      try session.gather("export (open \"x.csv\") \"y.csv\"\nt = open \"y.csv\"")
      #expect(session.workspace["t"]?.memberNames == ["\u{FEFF}name", "count"])
    }

    @Test("what export writes comes back: the same cells, and the same file")
    func roundTrip() throws {
      try session.gather(
        """
        t = table name=["a, b", "say \\"hi\\"", "two\\nlines"] accuracy=[0.1, 1e-7, 123456789.123] seeds=[1, 2, 3]
        add t name="µ ± σ" seeds=4
        export t "x.csv"
        before = t
        t = open "x.csv"
        export t "y.csv"
        """)
      for name in ["name", "accuracy", "seeds"] {
        let before = try #require(session.workspace["before"]?.member(name))
        #expect(session.workspace["t"]?.member(name)?.summary == before.summary)
      }
      #expect(
        try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/x.csv"))
          == Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/y.csv")))
      // A table of no columns, and one column with a missing cell, too.
      try session.gather(
        """
        export (table) "e.csv"
        e = open "e.csv"
        o = table a=[1]
        add o b=2
        export o[["b"]] "one.csv"
        t = open "one.csv"
        """)
      #expect(try session.gather("e.count").results[0].text == "0")
      #expect(column("b") == ["", "#2.0"])
    }

    @Test(
      "columns set apart by semicolons or tabs, with decimal commas, as spreadsheets of Europe write them")
    func separators() throws {
      try write("batch;acc;note\r\n64;0,41;a, b\r\n128;-1.234,5e-1;\"c; d\"\r\n".utf8)
      try session.gather("t = open \"x.csv\"")
      #expect(column("batch") == ["#64.0", "#128.0"] && column("acc") == ["#0.41", "#-123.45"])
      #expect(column("note") == ["a, b", "c; d"])
      // Points without commas are decimal points; with commas, groups of three digits.
      try write("a;b;c;d\n1.5;1.500,5;1.50,5;1,234,5\n2;2;2;2\n".utf8)
      try session.gather("t = open \"x.csv\"")
      #expect(column("a") == ["#1.5", "#2.0"] && column("b") == ["#1500.5", "#2.0"])
      #expect(column("c") == ["1.50,5", "2"] && column("d") == ["1,234,5", "2"])
      for name in ["x.csv", "x.tsv"] {
        try write("a\tb, c\n1\t2,5\n".utf8, to: name)
        try session.gather("t = open \"\(name)\"")
        #expect(column("a") == ["#1.0"] && column("b, c") == ["2,5"])
      }
      try write("a;b\n1;2;3\n".utf8)
      let error = try #require(session.failure("open \"x.csv\"")).said
      #expect(
        error.contains("Line 2 of x.csv has 3 cells") && error.contains("set apart by semicolons"), "\(error)"
      )
      // A name with semicolons is one name still when it comes from export.
      try session.gather("t = table a=[1]\nt = t\nadd t a=2\nexport t \"x.csv\"")
      try write("\"a;b\"\n1\n".utf8)
      try session.gather("t = open \"x.csv\"\nexport t \"y.csv\"\nt = open \"y.csv\"")
      #expect(column("a;b") == ["#1.0"])
    }

    @Test("what a number would not give back stays text: leading zeros, more digits than it keeps")
    func names() throws {
      try write("run,id,size,zip\n007,12345678901234567891,1234567890123456,-01\n010,2,0.5,0\n".utf8)
      try session.gather("t = open \"x.csv\"")
      #expect(column("run") == ["007", "010"] && column("id") == ["12345678901234567891", "2"])
      #expect(column("size") == ["#1234567890123456.0", "#0.5"] && column("zip") == ["-01", "0"])
      try session.gather("export t \"y.csv\"\nu = open \"y.csv\"")
      #expect(
        try session.gather("u.run == t.run and u.id == t.id and u.size == t.size").results[0].text == "true")
    }

    @Test(
      "a column of numbers may miss some, whatever word says so; statistics pass them over, and errors name the cell at fault"
    )
    func missingNumbers() throws {
      try write("acc,bad,word,none\n0.25,1,N/A,NA\nN/A,oops,yes,null\n,3,no,\n0.75,4,,-\n".utf8)
      try session.gather("t = open \"x.csv\"")
      #expect(column("acc") == ["#0.25", "", "", "#0.75"])
      #expect(column("word") == ["N/A", "yes", "no", ""] && column("none") == ["NA", "null", "", "-"])
      func shown(_ cell: String) throws -> String { try session.gather(cell).results[0].text }
      #expect(
        try shown("t.acc.mean") == "0.5" && shown("t.acc.min") == "0.25" && shown("t.acc.missing") == "2")
      #expect(try shown("[1, 2].missing") == "0")
      #expect(try shown("t.acc") == "[0.25, –, –, 0.75]")
      #expect(try shown("t.acc[1] == \"\"") == "true" && shown("t.acc[1] == 0") == "false")
      #expect(try shown("(pick t bad=\"3\").acc") == "–" && shown("(log t.acc).missing") == "2")
      #expect(try shown("(table a=(t.acc)).a.missing") == "2")
      #expect(try shown("d = describe t[[\"acc\", \"word\"]]\nd.missing") == "[2, 1]")
      #expect(try shown("d.mean[0]") == "0.5")
      #expect(try shown("(group t by=word).acc.count") == "4")
      for (cell, message) in [
        ("t.bad.mean", "[1] of this list is text: \"oops\""),
        ("plot line t x=acc y=bad", "row [1] is \"oops\""),
        ("filter t by=bad above=1", "row [1] is \"oops\""), ("t.word.sum", "[0] of this list is text"),
        ("pick t bad=3", "holds \"1\", \"oops\""), ("(table a=[]).a.mean", "An empty list has no mean"),
        ("t.acc[1..<3].mean", "All cells are missing"),
      ] {
        let error = try #require(session.failure(cell)).said
        #expect(error.contains(message), "\(cell): \(error)")
      }
    }

    @Test("any text comes back from a file, however it is quoted", arguments: 1...20 as ClosedRange<UInt64>)
    func anyText(seed: UInt64) throws {
      var random = Mixed(state: seed)
      let alphabet = Array("ab,\"\n\r;'é\u{301}🦆\\ {\t".unicodeScalars)
      let names = (0..<random.below(4) + 1).map { "c\($0)" }
      let cells = (0..<random.below(8) + 1).map { _ in
        names.map { _ in
          // A letter first, so that no cell is a number or missing; what follows is anything.
          var text = String.UnicodeScalarView("k".unicodeScalars)
          for _ in 0..<random.below(6) { text.append(alphabet[random.below(alphabet.count)]) }
          return String(text)
        }
      }
      func field(_ text: String) -> String {
        let needs = text.unicodeScalars.contains { ",\"\n\r".unicodeScalars.contains($0) }
        guard needs || random.below(2) == 0 else { return text }
        return "\"" + text.unicodeScalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
      }
      let ending = ["\n", "\r\n", "\r"][random.below(3)]
      let lines = ([names] + cells).map { $0.map(field).joined(separator: ",") + ending }
      try write(lines.joined().utf8)
      try session.gather("t = open \"x.csv\"")
      for place in names.indices { #expect(column(names[place]) == cells.map { $0[place] }) }
      try session.gather("export t \"y.csv\"\nt = open \"y.csv\"")
      for place in names.indices { #expect(column(names[place]) == cells.map { $0[place] }) }
    }

    @Test(
      "a damaged file is a table or one error that names the file", arguments: 1...40 as ClosedRange<UInt64>)
    func damaged(seed: UInt64) throws {
      var random = Mixed(state: seed)
      var bytes = Array("a,b,c\n1,\"x, \"\"y\"\"\",\n2,\"two\nlines\",0.5\n".utf8)
      for _ in 0..<random.below(4) + 1 {
        let place = random.below(bytes.count)
        switch random.below(3) {
        case 0: bytes[place] = UInt8(random.below(256))
        case 1: bytes.remove(at: place)
        default: bytes = Array(bytes.prefix(place + 1))
        }
      }
      try write(bytes)
      guard let error = session.failure("t = open \"x.csv\"") else {
        #expect(session.workspace["t"]?.typeName == "table")
        return
      }
      #expect(error.said.contains("x.csv") && error.plainText.contains("^"), "\(error.plainText)")
    }

    @Test(
      "says what is wrong with a file",
      arguments: [
        ("", "empty"), ("a,b\n1\n", "Line 2 of x.csv has 1 cell"), ("a\n1\n\"2\n3", "opens in line 3"),
        ("a\n\"x\"y\n", "follows a closing quote"), ("a,a\n1,2\n", "are called a"), ("a\0\n", "UTF-8"),
        ("a\n\"x\n\ny\",1\n", "Line 2 of x.csv has 2 cells"),
      ])
    func refused(file: String, message: String) throws {
      try write(file.utf8)
      let error = try #require(session.failure("open \"x.csv\""))
      #expect(error.said.contains(message), "\(error.plainText)")
    }

    @Test("other encodings, a folder, and files that are not there are refused")
    func unreadable() throws {
      try write([0xFF, 0xFE, 0x61, 0])
      #expect(session.failure("open \"x.csv\"")?.said.contains("UTF-8") == true)
      #expect(session.failure("open \"y.csv\"")?.said.contains("y.csv") == true)
      try FileManager.default.createDirectory(
        atPath: "\(folder.path)/z.csv", withIntermediateDirectories: true)
      #expect(session.failure("open \"z.csv\"")?.said.contains("Name a file, not a folder.") == true)
    }
  }
}

/// Small random numbers from a seed (SplitMix64).
private struct Mixed {
  var state: UInt64

  mutating func below(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((z ^ (z >> 31)) % UInt64(bound))
  }
}
