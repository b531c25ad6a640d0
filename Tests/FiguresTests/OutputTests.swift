import Base
import Figures
import FoundationEssentials
import Glibc
import Testing

@Suite struct OutputTests {
  /// Numbers that follow a verb in the log, such as the corners of rectangles of one colour.
  private func rects(_ figure: Figure, _ colour: Colour) throws -> [[Double]] {
    try figure.drawingLog().log.lines.compactMap { line in
      let parts = line.split(separator: " ")
      guard parts.first == "rect", parts.count >= 6, parts[5] == colour.hexText else { return nil }
      return parts[1...4].compactMap { Double($0) }
    }
  }

  @Test("a bar has its colour in its middle and the background above it", arguments: [1.0, 2, 300.0 / 72])
  func barPixels(scale: Double) throws {
    for theme in [Theme.light, .dark] {
      let figure = Samples.bars(theme)
      let style = Style(theme, width: 480)
      let picture = try #require(Decoded(try figure.png(scale: scale)))
      let bars = try rects(figure, style.palette[0])
      #expect(bars.count == 4)
      for bar in bars {
        let x = Int((bar[0] + bar[2] / 2) * scale)
        #expect(picture.colour(x, Int((bar[1] + bar[3] / 2) * scale)) == style.palette[0].rgb)
        #expect(
          picture.colour(Int((bar[0] + bar[2] + 3) * scale), Int((bar[1] + bar[3] - 3) * scale))
            == style.background.rgb)
      }
      #expect(picture.colour(1, 1) == style.background.rgb)
      #expect(picture.colour(picture.width - 1, picture.height - 1) == style.background.rgb)
    }
  }

  @Test func barHeightsFollowTheValues() throws {
    let bars = try rects(Samples.bars(), Palette.light[0]).map { $0[3] }
    let values = [35.77, 48.63, 39.67, 28.72]
    for (height, value) in zip(bars, values) {
      #expect(abs(height / bars[1] - value / values[1]) < 0.003)
    }
  }

  @Test func pictureFilesHaveTheSizeTheyPromise() throws {
    for scale in [1.0, 2, 3.3] {
      let figure = Samples.lossCurve()
      let size = try figure.pixelSize(scale: scale)
      let picture = try #require(Decoded(try figure.png(scale: scale)))
      #expect(picture.width == size.width && picture.height == size.height)
      #expect(size.width == Int((480 * scale).rounded(.up)))
    }
  }

  @Test func resolutionIsWrittenIntoTheFile() throws {
    let bytes = Array(try Samples.lossCurve().png(scale: 300.0 / 72))
    // After the header chunk: length 9, name, pixels per metre twice, unit metre.
    #expect(Array(bytes[33..<41]) == [0, 0, 0, 9] + Array("pHYs".utf8))
    let perMetre = bytes[41..<45].reduce(0) { $0 << 8 | Int($1) }
    #expect(perMetre == 11_811)
    #expect(bytes[49] == 1)
  }

  @Test("the same figure gives the same bytes", arguments: Samples.all.map(\.name))
  func determinism(_ name: String) throws {
    let sample = try #require(Samples.all.first { $0.name == name })
    let figure = sample.figure(.light)
    #expect(try figure.png() == figure.png())
    #expect(try figure.svg() == figure.svg())
    #expect(try figure.pdf() == figure.pdf())
  }

  @Test func figuresAreDrawnAlikeOnAllThreads() async throws {
    let expected = try Samples.groupedBars().png()
    let all = try await withThrowingTaskGroup(of: Data.self) { group in
      for _ in 0..<8 { group.addTask { try Samples.groupedBars().png() } }
      return try await group.reduce(into: [Data]()) { $0.append($1) }
    }
    #expect(all.count == 8 && all.allSatisfy { $0 == expected })
  }

  @Test func transparentFiguresHaveNoBackground() throws {
    var theme = Theme.light
    theme.isTransparent = true
    let picture = try #require(Decoded(try Samples.lossCurve(theme).png()))
    #expect(picture.alpha(2, 2) == 0)
    #expect(!(try Samples.lossCurve(theme).svg()).contains("fill:rgb(100%,100%,100%)"))
  }

  @Test func coloursSurviveEveryKindOfFile() throws {
    // Every colour of a ramp, and a half-transparent one over nothing.
    let colours = (0..<1_024).map { (index: UInt32) -> UInt32 in (index & 255) << 16 | (index / 4) << 8 | 77 }
    let ramp = colours.flatMap { colour -> [UInt8] in [UInt8(colour >> 16), UInt8(colour >> 8 & 255), 77] }
    let bitmap = try Bitmap(width: 32, height: 32, pixels: ramp)
    let grid = Figure(marks: [.pictures(PictureGrid(pictures: [.init(bitmap)], side: 32))])
    let many = try #require(Decoded(try grid.png(scale: 1)))
    var seen: Set<UInt32> = []
    for y in 0..<many.height { for x in 0..<many.width { seen.insert(many.colour(x, y)) } }
    #expect(seen == Set(colours).union([0xFFFFFF]))
    var clear = Theme.light
    clear.isTransparent = true
    let cloud = Figure(
      marks: [
        .scatter(Scatter(x: [0], y: [0], colouring: .single(Colour(hex: 0xFF0000)), radius: 20, opacity: 0.5))
      ], showsAxes: false, theme: clear)
    let dots = try #require(Decoded(try cloud.png(scale: 1)))
    let middle = dots.colour(dots.width / 2, dots.height / 2)
    #expect(dots.alpha(dots.width / 2, dots.height / 2) == 128 && middle == 0x800000, "premultiplied again")
  }

  @Test func picturesStaySharp() throws {
    let bitmap = try Bitmap(width: 2, height: 1, pixels: [255, 0, 0, 0, 0, 255])
    let figure = Figure(marks: [.pictures(PictureGrid(pictures: [.init(bitmap)], side: 50))])
    let picture = try #require(Decoded(try figure.png()))
    let red = picture.count { $0 == 0xFF0000 }
    let blue = picture.count { $0 == 0x0000FF }
    #expect(red == 50 * 50 && blue == 50 * 50)
    #expect(
      picture.count { $0 != 0xFF0000 && $0 != 0x0000FF && $0 != 0xFFFFFF } == 0, "mixed colours at the seam")
  }

  // MARK: SVG

  @Test func svgIsWellFormedAndDescribed() throws {
    for sample in Samples.all {
      let svg = try sample.figure(.light).svg()
      #expect(svg.hasPrefix("<?xml"))
      #expect(svg.contains("role=\"img\""))
      #expect(svg.contains("<desc>"))
      #expect(WellFormed.problem(in: svg) == nil, "\(sample.name)")
      let ids = svg.split(separator: "id=\"").dropFirst().map { $0.prefix { $0 != "\"" } }
      #expect(Set(ids).count == ids.count, "\(sample.name): ids are unique")
      let links = svg.split(separator: "href=\"#").dropFirst().map { $0.prefix { $0 != "\"" } }
      #expect(Set(links).isSubset(of: Set(ids)), "\(sample.name): links lead somewhere")
    }
  }

  @Test("SVG files can stand on one page: what is different has other ids, what is the same has the same")
  func ids() throws {
    func ids(_ svg: String) -> Set<Substring> {
      Set(svg.matches(of: /id="([^"]*)"/).map { $0.output.1 })
    }
    let (first, second) = (try Samples.bars().svg(), try Samples.lossCurve().svg())
    #expect(ids(first).count > 10 && ids(first).isDisjoint(with: ids(second)))
    #expect(try Samples.bars().svg() == first)
    for used in first.matches(of: /#(f[a-z0-9]+-\d+)/) { #expect(ids(first).contains(used.output.1)) }
  }

  @Test("drawing can be stopped", arguments: ["png", "svg", "pdf"])
  func stopped(format: String) {
    let names = (0..<20_000).map { "bar \($0)" }
    let figure = Figure(marks: [.bars(Bars(categories: names, values: names.indices.map(Double.init)))])
    for patience in [0, 1, 20, 300] {
      var asked = 0
      func stop() -> Bool {
        asked += 1
        return asked > patience
      }
      #expect(throws: Interrupted.self) {
        switch format {
        case "png": _ = try figure.png(stop: stop)
        case "svg": _ = try figure.svg(stop: stop)
        default: _ = try figure.pdf(stop: stop)
        }
      }
      #expect(asked <= patience + 2, "nothing is asked once drawing is given up")
    }
  }

  @Test func manyPointsStaySmall() throws {
    let svg = try Samples.map(count: 50_000).svg()
    #expect(svg.utf8.count < 4_000_000)
    #expect(svg.contains("data:image/png;base64,"))
    #expect(try Samples.map(count: 50_000).pdf().count < 3_000_000)
    #expect(!(try Samples.map(count: 300).svg()).contains("data:image"))
  }

  // MARK: PDF

  @Test func pdfPagesHaveTheirSizeAndFonts() throws {
    let pdf = try Samples.lossCurve().pdf(widthInCentimetres: 8.5)
    let text = String(decoding: pdf, as: UTF8.self)
    #expect(text.hasPrefix("%PDF-1."))
    let box = try #require(text.split(separator: "/MediaBox [").dropFirst().first?.prefix { $0 != "]" })
    let numbers = box.split(separator: " ").compactMap { Double($0) }
    #expect(numbers.count == 4 && abs(numbers[2] - 8.5 / 2.54 * 72) < 0.01)
    #expect(text.contains("/FontFile"))
    #expect(text.contains("DejaVuSans"))
    #expect(text.contains("20000101"), "a fixed date")
  }

  @Test func narrowFiguresKeepReadableType() throws {
    let column = Samples.lossCurve().resized(width: 241)
    #expect(Style(column.theme, width: 241).base >= 7)
    #expect(Style(column.theme, width: 241).base < Style(column.theme, width: 480).base)
    var tall = Samples.lossCurve()
    tall.size = Size(width: 400, height: 200)
    #expect(tall.resized(width: 200).size == Size(width: 200, height: 100))
  }
}

/// A small check that tags of an XML text are closed in order and that `&` begins an entity.
enum WellFormed {
  static func problem(in xml: String) -> String? {
    var open: [Substring] = []
    for piece in xml.split(separator: "<").dropFirst(0)
    where !piece.hasPrefix("?") && !piece.allSatisfy(\.isWhitespace) {
      guard let end = piece.firstIndex(of: ">") else { return "no > in \(piece.prefix(40))" }
      let tag = piece[..<end]
      if tag.hasPrefix("/") {
        guard open.popLast() == tag.dropFirst() else { return "\(tag) closes nothing" }
      } else if !tag.hasSuffix("/") {
        open.append(tag.prefix { !$0.isWhitespace })
      }
      for entity in piece[end...].split(separator: "&", omittingEmptySubsequences: false).dropFirst() {
        guard entity.prefix(8).contains(";") else { return "a bare & in \(piece.prefix(60))" }
      }
    }
    return open.isEmpty ? nil : "not closed: \(open)"
  }
}
