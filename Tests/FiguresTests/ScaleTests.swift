import Figures
import Testing

@Suite struct ScaleTests {
  private func labels(_ low: Double, _ high: Double, _ count: Int) -> [String] {
    Ticks.linear(low: low, high: high, count: count, format: .automatic).ticks.map(\.label)
  }

  @Test func roundTicks() {
    #expect(labels(0, 100, 5) == ["0", "20", "40", "60", "80", "100"])
    #expect(labels(4.4, 5.5, 6) == ["4.4", "4.6", "4.8", "5.0", "5.2", "5.4"])
    #expect(labels(-1, 1, 4) == ["−1.0", "−0.5", "0.0", "0.5", "1.0"])
    #expect(labels(0, 50_000, 5) == ["0", "10,000", "20,000", "30,000", "40,000", "50,000"])
    #expect(labels(0, 4e6, 4) == ["0", "10⁶", "2×10⁶", "3×10⁶", "4×10⁶"])
    #expect(labels(0, 2e-5, 2) == ["0", "10⁻⁵", "2×10⁻⁵"])
  }

  @Test("never too many ticks, all inside", arguments: [1, 2, 5, 9])
  func tickCounts(count: Int) {
    var stream = Samples.Stream(state: UInt64(count))
    for _ in 0..<400 {
      let low = (stream.next() - 0.5) * 1e6 * stream.next()
      let high = low + stream.next() * 1e4 + 1e-6
      let ticks = Ticks.linear(low: low, high: high, count: count, format: .automatic).ticks
      // Two ticks at least, where there is room for two, may bring one more than asked for.
      #expect(ticks.count <= max(count + 1, count == 1 ? 0 : 5))
      #expect(count == 1 || ticks.count >= 2)
      #expect(
        ticks.allSatisfy { $0.value >= low - 1e-6 * (high - low) && $0.value <= high + 1e-6 * (high - low) })
      #expect(Set(ticks.map(\.label)).count == ticks.count, "labels differ from \(low) to \(high)")
    }
  }

  @Test("labels differ where values do, in one notation")
  func closeTicks() {
    #expect(labels(1_000_000, 1_000_002, 2) == ["1,000,000", "1,000,001", "1,000,002"])
    #expect(labels(5, 5.00000011, 2) == ["5.0000000", "5.0000001"])
    #expect(labels(5, 5.000000041, 3) == ["5", "+2×10⁻⁸", "+4×10⁻⁸"])
    #expect(labels(0.99988, 0.99996, 4) == ["0.99988", "0.99990", "0.99992", "0.99994", "0.99996"])
    #expect(labels(-5.000000041, -5, 3) == ["−5 − 4×10⁻⁸", "−5 − 2×10⁻⁸", "−5"])
    #expect(labels(999_999_997, 1_000_000_000, 3).last == "10⁹")
    #expect(labels(999_999_997, 1_000_000_000, 3).dropLast().allSatisfy { $0.hasPrefix("10⁹ − ") })
    #expect(labels(999_999_998, 1_000_000_002, 2) == ["10⁹ − 2", "10⁹", "10⁹ + 2"])
    let percent = Ticks.linear(low: 0.9999, high: 0.99994, count: 2, format: .percent)
    #expect(percent.ticks.map(\.label) == ["99.990 %", "99.992 %", "99.994 %"])
    #expect(percent.notation.text(0.99993, finer: true) == "99.993 %")
    #expect(labels(0, 1, 2) == ["0.0", "0.5", "1.0"])
    let counts = Ticks.linear(low: 0, high: 1, count: 5, format: .automatic, whole: true)
    #expect(counts.ticks.map(\.label) == ["0", "1"])
    let powers = Ticks.log(low: 1e-6, high: 1e-3, base: 10, count: 8, format: .percent).ticks
    #expect(powers.filter { !$0.label.isEmpty }.map(\.label) == ["10⁻⁴ %", "10⁻³ %", "10⁻² %", "10⁻¹ %"])
    let large = Ticks.log(low: 262_144, high: 2_097_152, base: 2, count: 8, format: .automatic).ticks
    #expect(large.map(\.label) == ["2¹⁸", "2¹⁹", "2²⁰", "2²¹"])
  }

  @Test("a number beside an axis of differences is written in full, where that can be read")
  func endOfOffset() {
    func end(_ low: Double, _ high: Double, _ value: Double) -> String {
      Ticks.linear(low: low, high: high, count: 4, format: .automatic).notation.text(value, finer: true)
    }
    #expect(end(1_000_000, 1_000_002, 1_000_002) == "1,000,002.0")
    #expect(end(1e9, 1e9 + 2, 1e9 + 2) == "1,000,000,002.0")
    #expect(end(5, 5.000000041, 5.00000004) == "5.00000004")
    #expect(end(-5.000000041, -5, -5.000000025) == "−5.000000025")
    #expect(end(1e15, 1e15 + 40, 1e15 + 25) == "10¹⁵ + 25.0")
    #expect(end(1e15, 1e15 + 40, 1e15) == "10¹⁵")
  }

  @Test("every few powers are counted from 1")
  func alignedPowers() {
    let ticks = Ticks.log(low: 0.5e-13, high: 2e12, base: 10, count: 9, format: .automatic).ticks
    #expect(ticks.map(\.label) == ["10⁻¹²", "10⁻⁹", "10⁻⁶", "10⁻³", "10⁰", "10³", "10⁶", "10⁹", "10¹²"])
  }

  @Test("numbers as names keep their own notation beside far larger ones")
  func namesOfAllSizes() {
    #expect(NumberFormat.names(of: [1e-12, 3, -2, 1e12]) == ["10⁻¹²", "3", "−2", "10¹²"])
  }

  @Test("bars that differ are labelled differently")
  func closeBars() {
    let format = NumberFormat(decimals: 1, suffix: " %", factor: 100)
    #expect(format.texts([0.99991, 0.99993]) == ["99.991 %", "99.993 %"])
    #expect(format.texts([0.5, 0.5]) == ["50.0 %", "50.0 %"])
  }

  @Test("differences of rounding lie flat")
  func flat() throws {
    let noise = [3.4339871, 3.4339868, 3.4339874]
    var figure = Figure(marks: [.line(Line(series: [.init(x: [1, 2, 3], y: noise)]))])
    func reach() throws -> Double {
      let ticks = try figure.drawingLog().log.ticks.filter { $0.axis == "y" }.map(\.value)
      return (ticks.max() ?? 0) - (ticks.min() ?? 0)
    }
    #expect(try reach() < 1e-5)
    figure.precision = Figure.single
    #expect(try reach() > 0.1)
    #expect(figure.altText.contains("starts and ends at 3.434"))
  }

  @Test func logTicks() {
    let wide = Ticks.log(low: 1e-6, high: 1, base: 10, count: 8, format: .automatic).ticks.filter {
      !$0.label.isEmpty
    }
    #expect(wide.map(\.label) == ["10⁻⁶", "10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "10⁰"])
    let plain = Ticks.log(low: 0.1, high: 1_000, base: 10, count: 8, format: .automatic).ticks.filter {
      !$0.label.isEmpty
    }
    #expect(plain.map(\.label) == ["0.1", "1", "10", "100", "1,000"])
    let batches = Ticks.log(low: 16, high: 256, base: 2, count: 8, format: .automatic).ticks
    #expect(batches.map(\.label) == ["16", "32", "64", "128", "256"])
    let decade = Ticks.log(low: 1, high: 10, base: 10, count: 8, format: .automatic).ticks.filter {
      !$0.label.isEmpty
    }
    #expect(decade.map(\.label) == ["1", "2", "5", "10"])
    #expect(Ticks.log(low: 3, high: 5, base: 10, count: 5, format: .automatic).ticks.count >= 2)
    let huge = Ticks.log(low: 1e-300, high: 1e300, base: 10, count: 6, format: .automatic).ticks
    #expect(huge.count >= 3 && huge.count <= 8)
  }

  @Test func axesMapTheirEnds() throws {
    var axis = try Axis.fitted(.linear, to: Extent(low: 2, high: 4), padLow: 0, padHigh: 0, named: "x")
    (axis.start, axis.end) = (100, 0)
    #expect(axis(2) == 100 && axis(4) == 0 && axis(3) == 50)
    var log = try Axis.fitted(.log, to: Extent(low: 1, high: 100), padLow: 0, padHigh: 0, named: "x")
    (log.start, log.end) = (0, 100)
    #expect(abs(log(10) - 50) < 1e-9)
    let padded = try Axis.fitted(.linear, to: Extent(low: 0, high: 10), padLow: 0.1, padHigh: 0.1, named: "x")
    #expect(padded.low == 0 && padded.high == 11, "padding does not invent negative values")
    let equal = try Axis.fitted(.linear, to: Extent(low: 5, high: 5), padLow: 0.1, padHigh: 0.1, named: "x")
    #expect(equal.low < 5 && equal.high > 5)
    let band = Axis(form: .band(["a", "b"]), low: 0, high: 2)
    #expect(band(0) == 0.25 && band(1) == 0.75)
  }

  @Test("a line has numbers along, whole ones where they suffice")
  func ticksOfLines() throws {
    func words(_ x: [Double]) throws -> [String] {
      var figure = Figure(marks: [.line(Line(series: [.init(x: x, y: x.map { $0 + 100 })]))])
      figure.xLabel = "x"
      return try figure.drawingLog().log.words.map(\.text)
    }
    #expect(try words([0.05, 0.1, 0.5]).contains { Double($0) == 0.2 })
    let epochs = try words([0.5, 1, 1.5, 2, 2.5, 3])
    #expect(epochs.contains("2") && !epochs.contains("1.5"))
    #expect(try words([1]).contains("1"))
  }

  @Test func labelsAreSpreadApart() {
    #expect(Spreading.apart([1, 50, 90], by: 10, from: 0, to: 100) == [1, 50, 90])
    #expect(Spreading.apart([50, 50], by: 10, from: 0, to: 100) == [45, 55])
    #expect(Spreading.apart([98, 99, 100], by: 10, from: 0, to: 100) == [80, 90, 100])
    var stream = Samples.Stream(state: 1)
    for _ in 0..<100 {
      let places = (0..<9).map { _ in stream.next() * 100 }.sorted()
      let moved = Spreading.apart(places, by: 8, from: 0, to: 100)
      for (a, b) in zip(moved, moved.dropFirst()) { #expect(b - a >= 8 - 1e-9) }
      #expect(moved.allSatisfy { $0 >= -1e-9 && $0 <= 100 + 1e-9 })
    }
  }

  @Test func histogramsCountEveryValueOnce() throws {
    let values = [0.0, 0.1, 0.5, 0.5, 0.99, 1.0]
    let histogram = Histogram(values: values, bins: 5)
    let binning = try #require(histogram.binning())
    #expect(binning == Histogram.Binning(start: 0, width: 0.2, count: 5))
    #expect(histogram.heights(of: histogram.groups[0], in: binning) == [2, 0, 2, 0, 2])
    var stream = Samples.Stream(state: 8)
    let many = (0..<5_000).map { _ in stream.normal() }
    let automatic = Histogram(values: many)
    let bins = try #require(automatic.binning())
    #expect(bins.count >= 20 && bins.count <= 60)
    #expect(automatic.heights(of: automatic.groups[0], in: bins).reduce(0, +) == 5_000)
    var shares = Histogram(groups: [.init(values: many)], asShare: true)
    shares.bins = 10
    let heights = shares.heights(of: shares.groups[0], in: try #require(shares.binning()))
    #expect(abs(heights.reduce(0, +) - 100) < 1e-9)
  }

  @Test func confusionSharesAreOfTheRow() throws {
    let confusion = Confusion(counts: [3, 1, 0, 0], classes: ["a", "b"])
    #expect(confusion.shares[..<2] == [75, 25] && confusion.shares[2...].allSatisfy(\.isNaN))
    for numbers in [Confusion.Numbers.percent, .counts] {
      var same = confusion
      same.numbers = numbers
      let words = try Figure(marks: [.confusion(same)]).drawingLog().log.words.map(\.text)
      #expect(words.contains("No images of b."))
    }
    // The row of a class without images has no numbers.
    let words = try Figure(marks: [.confusion(confusion)]).drawingLog().log.words.map(\.text)
    #expect(!words.contains("0") && words.contains("75"))
  }
}
