import Commands
import Foundation
import Language
import Learning
import Networks
import Testing

/// What the table commands make of rows, read back through members and files.
@Suite("Tables")
struct TableTests {
  private static let runs = """
    t = table batch=[16, 64, 16, 64, 32] rule=["adam", "adam", "lars", "lars", "adam"] accuracy=[0.3, 0.5, 0.2, 0.4, 0.45]
    """

  private func shown(_ cell: String) throws -> [String] {
    try Session().gather(TableTests.runs + "\n" + cell).results.map(\.text)
  }

  @Test("small numbers are shown by a digit before the point and a power of ten")
  func smallNumbers() throws {
    let text = try shown("table rate=[0.0000999999, 0.0001, 0.00002561, -0.000009996]").last ?? ""
    let cells = text.split(separator: "\n").suffix(4).map { $0.filter { $0 != " " } }
    #expect(cells == ["1.00e-4", "1.00e-4", "2.56e-5", "−1.00e-5"])
  }

  @Test("short text in a cell stays on one line, long text does not")
  func unbrokenCells() throws {
    let cell = "table time=\"1 min 25 s\" why=\"one change a rung, from the first recipe to the last\""
    let html = try #require(try Session().gather(cell).results.last?.html)
    let cells = html.components(separatedBy: "<td ").dropFirst().map { $0.contains("nowrap") }
    #expect(cells == [true, false])
  }

  @Test("annotate gives each panel the line and the words of its axes, and the whole its title")
  func annotatedPanels() throws {
    let cell = """
      annotate (plot line t x=batch y=accuracy facet=rule) y=0.25 label="chance" xlabel="pictures" title="All"
      """
    let text = try shown(cell).last ?? ""
    #expect(text.components(separatedBy: "chance").count == 3)
    #expect(text.contains("All"))
  }

  @Test("sorts by several columns, missing cells last either way")
  func sorting() throws {
    #expect(try shown("(sort t by=[rule, accuracy]).accuracy") == ["[0.3, 0.45, 0.5, 0.2, 0.4]"])
    #expect(try shown("(sort t by=accuracy descending=true).batch") == ["[64, 32, 64, 16, 16]"])
    let missing = "add t batch=8\nadd t batch=128 accuracy=0.1\n"
    #expect(try shown(missing + "(sort t by=accuracy).batch") == ["[128, 16, 16, 64, 32, 64, 8]"])
    #expect(
      try shown(missing + "(sort t by=accuracy descending=true).batch") == ["[64, 32, 64, 16, 16, 128, 8]"])
  }

  @Test("keeps the rows that are asked for")
  func filtering() throws {
    #expect(try shown("(filter t batch=[16, 32]).accuracy") == ["[0.3, 0.2, 0.45]"])
    #expect(try shown("(filter t rule=\"adam\" by=accuracy above=0.3).batch") == ["[64, 32]"])
    #expect(try shown("(filter t by=accuracy above=0.2 below=0.45).batch") == ["[16, 64]"])
    #expect(try shown("(filter t batch=7).count") == ["0"])
  }

  @Test("picks one row, whose cells are members, and shows it")
  func picking() throws {
    #expect(try shown("r = pick t batch=64 rule=\"lars\"\nr.accuracy * 2") == ["0.8"])
    #expect(try shown("(pick t accuracy=0.45)[\"rule\"]") == ["\"adam\""])
    #expect(try shown("(pick (table a=[1])).a") == ["1"])
    #expect(try shown("pick t batch=32") == ["row\n  batch     32\n  rule      adam\n  accuracy  0.4500"])
    #expect(try shown("\"{pick t batch=32}\"") == ["\"row: batch 32, rule adam, accuracy 0.4500\""])
    let session = Session()
    try session.gather(TableTests.runs + "\nr = pick t batch=32")
    #expect(session.complete("r.", at: 2).matches.map(\.text) == ["batch", "rule", "accuracy"])
  }

  @Test(
    "says why no one row can be picked",
    arguments: [
      ("pick t batch=7", "No row has batch=7", "The column batch holds 16, 64 and 32"),
      ("pick t batch=32 rule=lars", "rule=lars at once", "Leave one of them out"),
      ("pick t batch=16", "2 rows have batch=16", "Also ask for rule or accuracy"),
      ("pick t", "5 rows are there", "Also ask for batch"),
      ("pick (table a=[1, 1]) a=1", "2 rows have a=1", "same in every column"),
      ("pick (table)", "no rows yet", "."),
      ("pick t batches=16", "no column batches", "Did you mean `batch`?"),
      ("(pick t batch=32)[0]", "cells of a row have names", "[\"batch\"]"),
      ("(pick t batch=32)[\"rle\"]", "no column `rle`", "Did you mean `rule`?"),
      ("(pick t batch=32).rle", "no member `rle`", "Did you mean `rule`?"),
    ])
  func notPicked(cell: String, message: String, advice: String) throws {
    let session = Session()
    try session.gather(TableTests.runs + "\nlars = \"lars\"")
    let error = try #require(session.failure(cell))
    #expect(error.said.contains(message) && error.said.contains(advice), "\(error.plainText)")
  }

  @Test("groups with number, mean and sample spread")
  func grouping() throws {
    #expect(try shown("(group t by=batch).rows") == ["[2, 2, 1]"])
    #expect(try shown("(group t by=batch).accuracy") == ["[0.25, 0.45, 0.45]"])
    // |0.3 − 0.2| / √2 for two values; a single value has no spread.
    let lines = try shown("group t by=batch")[0].split(separator: "\n")
    #expect(lines[0].contains("accuracy spread"))
    #expect(lines[2...].map { String($0.split(separator: " ").last!) } == ["0.0707", "0.0707", "–"])
  }

  @Test("three equal numbers have a spread of exactly 0, wherever a spread is made")
  func exactSpread() throws {
    let rows = "e = table a=[1, 1, 1] x=[0.1, 0.1, 0.1]\n"
    #expect(try shown(rows + "g = group e by=a\ng[\"x spread\"]").last == "[0]")
    #expect(try shown(rows + "(group e by=a).x[0] == 0.1").last == "true")
    #expect(try shown(rows + "(describe e).spread").last == "[0, 0]")
    #expect(try shown(rows + "(pivot e rows=a columns=a value=x)[\"1\"]").last == "[0.1]")
  }

  @Test(
    "tables of many rows are filtered, grouped, sorted and pivoted by as many values, and all of it can be stopped"
  )
  func manyRows() throws {
    let session = Session()
    try session.gather("t = table a=(0..<60_000) b=(0..<60_000)")
    #expect(try session.gather("(filter t a=(10..<50_010)).count").results[0].text == "50000")
    #expect(try session.gather("(group t by=a).count").results[0].text == "60000")
    session.interrupt.request()
    for cell in ["sort t by=a", "filter t a=(t.b)", "group t by=a", "pivot t rows=a columns=b value=b"] {
      #expect(session.failure(cell)?.isInterrupt == true, "\(cell)")
    }
  }

  @Test("a table shows the beginning of a very long text, and keeps all of it")
  func longText() throws {
    let session = Session()
    try session.gather("x = \"0123456789\"\nfor i in 0..<10 { x = x + x }\nt = table a=[x]")
    let shown = try #require(try session.gather("t").results.last)
    #expect(shown.text.count < 5_000 && shown.text.contains("…") && (shown.html?.count ?? 0) < 5_000)
    #expect(try session.gather("t.a[0].count").results[0].text == "10240")
  }

  @Test("an empty text asks for the rows whose cell is missing")
  func missingRows() throws {
    #expect(try shown("add t batch=8\n(filter t rule=\"\").batch").last == "[8]")
  }

  @Test(
    "pages have twins for paper: tables as LaTeX, pictures as PNG",
    arguments: [
      ("t", "text/latex"), ("sort t by=batch", "text/latex"),
      ("load shapes train=12 test=10 size=16", "image/png"),
      ("explain temperature", "image/png"),
      (
        "step (simclr (cnn width=1 size=16)) on=(load shapes train=12 test=10 size=16).train batch=4",
        "image/png"
      ),
    ])
  func twins(cell: String, type: String) throws {
    let console = try Session().gather(TableTests.runs + "\n" + cell)
    let bundle = try #require((console.results + console.shown).last).data
    #expect(bundle["text/html"] != nil && bundle["text/plain"] != nil && bundle[type] != nil)
  }

  @Test("a pivot has the means where rows meet and gaps where none do")
  func pivoting() throws {
    let text = try shown("pivot t rows=batch columns=rule value=accuracy")[0]
    let lines = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    #expect(lines[0] == ["batch", "adam", "lars"])
    #expect(
      lines[2...].map { $0 } == [
        ["16", "0.3000", "0.2000"], ["64", "0.5000", "0.4000"], ["32", "0.4500", "–"],
      ])
  }

  @Test("a table can be shown and sorted while another console goes on adding rows and columns")
  func growing() throws {
    let session = Session()
    try session.gather("t = table first=[1]")
    let other = Session(sharing: session)
    let adder = Thread {
      let rows = (0..<400).map { "add t c\($0)=\($0)" }.joined(separator: "\n")
      _ = try? other.run(cell: rows, console: Gathered())
    }
    adder.start()
    while !adder.isFinished {
      let shown = try session.gather("sort t by=first\nt").results
      #expect(shown.count == 2)
    }
    #expect(try session.gather("t.count").results[0].text == "401")
  }

  @Test("tables are new; only add changes the one it is given")
  func values() throws {
    #expect(try shown("s = sort t by=batch\nf = filter t batch=16\nadd s batch=1\nt.count") == ["5"])
  }
}

extension TestsInOneFolder {
  @Suite("Tables as files")
  struct TableFileTests {
    @Test("CSV, Markdown and LaTeX, with what each must escape")
    func formats() throws {
      let folder = try DataFolder()
      let session = Session()
      try session.gather(
        """
        t = table name=["a, b", "50% & a_b|c"] accuracy=[0.3125, 12]
        for ending in ["csv", "md", "tex"] { export t "t.{ending}" }
        """)
      func file(_ name: String) throws -> String {
        try String(contentsOfFile: "\(folder.path)/\(name)", encoding: .utf8)
      }
      #expect(try file("t.csv") == "name,accuracy\n\"a, b\",0.3125\n50% & a_b|c,12\n")
      #expect(
        try file("t.md")
          == "| name | accuracy |\n| --- | ---: |\n| a, b | 0.3125 |\n| 50% \\& a_b\\|c | 12 |\n")
      #expect(
        try file("t.tex") == """
          % needs \\usepackage{booktabs}
          \\begin{tabular}{lr}
          \\toprule
          name & accuracy \\\\
          \\midrule
          a, b & 0.3125 \\\\
          50\\% \\& a\\_b\\textbar{}c & 12 \\\\
          \\bottomrule
          \\end{tabular}

          """)
    }

    @Test("a NumPy file has the header that the format asks for, and the numbers")
    func numpy() throws {
      let folder = try DataFolder()
      try Session().gather(
        """
        few = (load shapes train=40 test=10 size=16).train
        p = pca few components=3
        export p "p.npy"
        export p "p.csv"
        export (similarity p[0..<4]) "s.npy"
        """)
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/p.npy")))
      let length = Int(bytes[8]) | Int(bytes[9]) << 8
      #expect(Array(bytes[0..<8]) == [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0])
      #expect((10 + length) % 64 == 0 && bytes[9 + length] == 10)
      let header = String(decoding: bytes[10..<10 + length], as: UTF8.self)
      #expect(header.hasPrefix("{'descr': '<f4', 'fortran_order': False, 'shape': (40, 3), }"))
      #expect(bytes.count == 10 + length + 40 * 3 * 4)
      let rows = try String(contentsOfFile: "\(folder.path)/p.csv", encoding: .utf8).split(separator: "\n")
      #expect(rows.count == 41 && rows[0] == "label,0,1,2")
      let first = bytes[(10 + length)..<(10 + length + 4)].reversed().reduce(UInt32(0)) {
        $0 << 8 | UInt32($1)
      }
      #expect(Float(rows[1].split(separator: ",")[1]) == Float(bitPattern: first))
      let matrix = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/s.npy")))
      #expect(String(decoding: matrix[10..<60], as: UTF8.self).contains("'<f8'"))
    }

    @Test("export and save write through links, keep permissions, make folders, and leave pipes alone")
    func places() throws {
      let folder = try DataFolder()
      let session = Session()
      try session.gather("t = table a=[1]\nm = simclr (cnn width=1 size=8) head=[1]")
      for (write, name) in [("export t", "t.csv"), ("save m", "m.safetensors")] {
        let path = "\(folder.path)/\(name)"
        try session.gather("\(write) \"new/\(name)/\(name)\"")
        for mode: mode_t in [0o600, 0o664] {
          try "old".write(toFile: path, atomically: false, encoding: .utf8)
          chmod(path, mode)
          #expect(symlink(name, "\(folder.path)/link-\(name)") == 0)
          try session.gather("\(write) \"link-\(name)\"")
          var status = stat()
          #expect(lstat("\(folder.path)/link-\(name)", &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
          #expect(lstat(path, &status) == 0 && status.st_mode == S_IFREG | mode && status.st_size > 3)
          unlink("\(folder.path)/link-\(name)")
        }
        unlink(path)
        #expect(mkfifo(path, 0o600) == 0)
        let error = try #require(session.failure("\(write) \"\(name)\"")?.said)
        #expect(error.contains("a pipe") && error.contains("Name another file"), "\(error)")
      }
    }

    @Test(
      "a history of extreme numbers, as a file may hold it, is shown and drawn",
      arguments: [0x1p-1070, 1e15, 1e308, -1e308])
    func extremeHistory(loss: Double) throws {
      let folder = try DataFolder()
      let session = Session()
      try session.gather("save (simclr (cnn width=1 size=8) head=[1]) \"m.safetensors\"")
      let path = "\(folder.path)/m.safetensors"
      let model = try ContrastiveModel.open(path)
      let most = Double(1 << 50)
      model.history = History(
        steps: [],
        epochs: [
          .init(
            number: 1, loss: 1, metrics: [0], seconds: 1e15, imagesPerSecond: 0x1p-1070, waited: 0, rate: 1e15
          ),
          .init(number: 1 << 50, loss: loss, metrics: [1], seconds: 0x1p-1070, imagesPerSecond: 1e15),
        ],
        metrics: [.top1],
        measurements: [
          .init(epoch: 0, readings: [.init(.knn, loss, chance: -loss)], seconds: 1e15),
          .init(epoch: 1 << 50, readings: [.init(.knn, 1)], seconds: 0),
        ],
        batch: 1 << 50, chance: nil, floor: nil, lossKind: nil)
      try model.save(to: path)
      let shown = try session.gather("m = open \"m.safetensors\"\nm.history.table[\"epoch\"][2]")
      #expect(shown.results[0].text == Number(most).summary)
      for cell in [
        "m", "m.history", "describe m", "plot loss m", "plot history m", "export m \"h.tex\"", "m.loss",
      ] {
        // An error, or a value; not the end of the program.
        _ = session.failure(cell)
      }
    }

    @Test("a table opens into nothing, and a model's file of a later version says so")
    func openings() throws {
      let folder = try DataFolder()
      let session = Session()
      try session.gather(
        "export (table a=[1]) \"t.csv\"\nsave (simclr (cnn width=1 size=8) head=[1]) \"m.safetensors\"")
      #expect(session.failure("open \"t.csv\" into=(cnn)")?.said.contains("into nothing") == true)
      let path = URL(fileURLWithPath: "\(folder.path)/m.safetensors")
      let bytes = try Data(contentsOf: path)
      // Another program that changes a file leaves the checksum out.
      let sealed = try #require(bytes.firstRange(of: Data("\"checksum\":\"xxh64:".utf8)))
      let open = bytes.replacingBytes(in: sealed, with: "\"nochecks\":\"xxh00:")
      let place = try #require(open.firstRange(of: Data("\\\"format\\\":2".utf8)))
      try open.replacingBytes(in: place, with: "\\\"format\\\":7").write(to: path)
      let error = try #require(session.failure("open \"m.safetensors\"")?.said)
      #expect(error.contains("newer version of Contrast") && error.contains("7"), "\(error)")
    }
  }
}

extension Data {
  fileprivate func replacingBytes(in range: Range<Int>, with text: String) -> Data {
    self[..<range.lowerBound] + Data(text.utf8) + self[range.upperBound...]
  }
}
