import Base
import Commands
import Figures
import Foundation
import Language
import Testing

/// What the plot commands make of tables, read through the figures' words and pictures.
@Suite("Plots")
struct PlotTests {
  /// The text of the figure that a cell shows.
  private func shown(_ cell: String) throws -> String {
    try #require(try Session().gather(cell).results.last).text
  }

  @Test(
    "panels of any numbers share an axis",
    arguments: [
      "y=[0, 0, 0, 0]", "y=[1e308, -1e308, 1e308, 1]", "y=[1e-320, 2e-320, 0, 1e-320]",
      "y=[-1e308, 1e-300, 4.2e-20, 0]", "y=[1e17, 1e17, 1e17, 1e17]",
    ],
    [
      "plot bars t x=x y=y", "plot line t x=x y=y", "plot scatter t x=x y=y",
      "plot line t x=x y=y yscale=log",
    ])
  func panels(_ column: String, _ plot: String) throws {
    let text = try shown(
      "t = table x=[1, 2, 1, 2] \(column) part=[\"a\", \"a\", \"b\", \"b\"]\n\(plot) facet=part")
    #expect(text.contains("part a") && text.contains("part b"))
  }

  @Test(
    "as many images and views as the bounds allow are drawn, none of them lost",
    arguments: [(1, 1), (8, 2), (20, 1), (21, 3), (60, 1), (400, 20)])
  func manyViews(count: Int, views: Int) throws {
    let shown = try Session().gather(
      "s = load shapes train=400 test=10 size=16\nshow s.train count=\(count) views=\(views) with=simclr")
    let text = try #require(shown.results.last?.text)
    #expect(
      text.contains("\(Numbers.fixed(Double(count * (views + 1)), decimals: 0)) picture"),
      "\(text.prefix(200))")
    #expect(!shown.text.contains("could not be drawn") && shown.results.last?.png != nil, "\(shown.text)")
  }

  @Test("panels on logarithmic axes share them too")
  func logarithmicPanels() throws {
    let scale = Scale.log.shared(by: [1, 10, 1_000, -3, .nan], room: 0)
    let ends = try #require(scale.domain)
    #expect(abs(ends.lowerBound - 1) < 1e-9 && abs(ends.upperBound - 1_000) < 1e-6)
    #expect(Scale.log.shared(by: [-1]).domain == nil)
  }

  @Test("words from data are shown as they are, words for the figure read markup")
  func markup() throws {
    let table = "t = table name=[\"vit_(small)\", \"^(b)\"] share=[0.1, 0.2]\n"
    let bars = try shown(table + "annotate (plot bars t x=name y=share) title=\"z_(i)\"")
    #expect(bars.contains("vit_(small)") && bars.contains("^(b)") && bars.contains("zi"))
    #expect(try shown(table + "plot scatter t x=share y=share colour=name").contains("vit_(small)"))
    #expect(try shown(table + "plot line t x=share y=share by=name").contains("vit_(small)"))
    #expect(try shown(table + "plot bars t x=name y=share facet=name").contains("name vit_(small)"))
  }

  @Test("a line runs in the order of x, or of the rows where that is asked for")
  func order() throws {
    let table = "t = table batch=[64, 16, 128, 32] accuracy=[0.44, 0.36, 0.49, 0.41]\n"
    let sorted = try #require(
      try Session().gather(table + "plot line t x=batch y=accuracy").results.last?.png?.alt)
    #expect(sorted.contains("goes from 36 % to 49 %"))
    let path = try #require(
      try Session().gather(table + "plot line t x=batch y=accuracy order=rows").results.last?.png?.alt)
    #expect(path.contains("goes from 44 % to 41 %"))
    // A cell without x is counted, one without y leaves a gap where it belongs.
    let gaps = "t = table x=[3, 1, 2] y=[1, 2, 3]\nadd t y=4\nadd t x=2.5\nplot line t x=x y=y"
    #expect(try Session().gather(gaps).results.count == 1)
  }

  @Test("bars, lines and panels of numbers stand in the order of the numbers, by names of their own")
  func numbers() throws {
    let table = "t = table rate=[0.1, 0.001, 0.12342, 0.12341] accuracy=[1, 2, 3, 4] x=[1, 1, 1, 1]\n"
    func positions(_ cell: String) throws -> [String.Index?] {
      let text = try shown(table + cell)
      return ["0.001", "0.1 ", "0.12341", "0.12342"].map {
        (text + " ").replacing("\n", with: " ").firstRange(of: $0)?.lowerBound
      }
    }
    for cell in [
      "plot bars t x=rate y=accuracy", "plot bars t x=x y=accuracy by=rate",
      "plot line t x=x y=accuracy by=rate",
      "plot line t x=x y=accuracy facet=rate", "plot histogram t x=accuracy by=rate",
    ] {
      let found = try positions(cell).compactMap(\.self)
      #expect(found.count == 4 && found == found.sorted(), "\(cell)")
    }
  }

  @Test("rows of bars are grouped in one pass")
  func manyRows() throws {
    let rows = 20_000
    let text = try shown("t = table x=(0..<\(rows)) y=(0..<\(rows))\nplot bars t x=x y=y")
    #expect(text.contains("and 19,960 more"))
  }

  @Test("a cell whose picture is given up is interrupted, and shows nothing of it")
  func interruptedDrawing() throws {
    let session = Session()
    try session.gather("f = plot line (table x=[1, 2] y=[3, 4]) x=x y=y")
    session.interrupt.request()
    let value = try #require(session.workspace["f"])
    #expect(throws: Interrupted.self) { try session.show(value) }
    session.interrupt.clear()
    try session.show(value)
  }

  @Test("chance is drawn where all trainings share it, in pieces for one model, not at all for several")
  func chance() throws {
    let session = Session()
    let two = """
      few = load shapes train=32 test=10 size=16;
      a = simclr (cnn width=2 size=16)
      b = simclr (cnn width=2 size=16)
      train a on=few epochs=1 batch=16 rate=1e-4
      train b on=few epochs=1 batch=16 rate=1e-4
      """
    try session.gather(two)
    func words(_ cell: String) throws -> String { try #require(try session.gather(cell).results.last).text }
    #expect(try words("plot loss a b").contains("Line at NT-Xent loss 3.434: chance"))
    try session.gather("train a on=few epochs=1 batch=8 rate=1e-4")
    let pieces = try words("plot loss a smooth=false")
    #expect(pieces.contains("Line at NT-Xent loss 2.708 from Epoch 1.125: chance"), "\(pieces)")
    #expect(pieces.contains("Line at NT-Xent loss 3.434 up to Epoch 1.125"), "\(pieces)")
    let both = try words("plot loss a b")
    #expect(!both.contains("Line at") && both.contains("Chance differs"))
    #expect(try words("plot history a y=loss").contains("chance"))
    // The pieces outlive the session.
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try session.gather("save a \"\(path)\"\nagain = open \"\(path)\"")
    #expect(try words("plot loss again smooth=false") == pieces)
  }
}
