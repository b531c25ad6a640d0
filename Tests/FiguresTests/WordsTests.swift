import Figures
import Testing

@Suite struct WordsTests {
  @Test(
    "numbers are written as people write them",
    arguments: [
      (0.0, "0"), (5, "5"), (50_000, "50,000"), (1_234.5, "1,235"), (0.5, "0.5"), (-3.25, "−3.25"),
      (1e-4, "10⁻⁴"),
      (2.5e6, "2.5×10⁶"), (-1e12, "−10¹²"), (0.001, "0.001"), (999_999.6, "1,000,000"), (9.9996, "10"),
      (1e300, "10³⁰⁰"),
      (.infinity, "∞"), (-.infinity, "−∞"), (.nan, "not a number"), (-0.0001, "−10⁻⁴"), (123_456, "123,456"),
    ])
  func short(value: Double, text: String) { #expect(Numbers.short(value) == text) }

  @Test func fixedDecimals() {
    #expect(Numbers.fixed(35.765, decimals: 2) == "35.77" || Numbers.fixed(35.765, decimals: 2) == "35.76")
    #expect(Numbers.fixed(-0.001, decimals: 2) == "0.00")
    #expect(Numbers.fixed(1_234_567.891, decimals: 1) == "1,234,567.9")
    #expect(Numbers.fixed(0.05, decimals: 3) == "0.050")
    #expect(Numbers.fixed(1e22, decimals: 2) == "10²²")
  }

  @Test func formats() {
    #expect(NumberFormat.percent.text(0.4863) == "48.63 %")
    #expect(NumberFormat.automatic.texts([35.77, 48.6, 30]) == ["35.77", "48.60", "30.00"])
    #expect(NumberFormat.automatic.texts([1, 20, 300]) == ["1", "20", "300"])
    #expect(
      NumberFormat(decimals: 1, suffix: " s").texts([1, 2.25]) == ["1.0 s", "2.2 s"]
        || NumberFormat(decimals: 1, suffix: " s").texts([1, 2.25]) == ["1.0 s", "2.3 s"])
  }

  @Test func altTextSaysWhatIsThere() {
    #expect(
      Samples.lossCurve().altText
        == "SimCLR on 5,000 images. Line chart over Epoch: loss goes from 5.503 to 4.398.")
    #expect(
      Samples.bars().altText
        == "What a small network reads from four inputs. Bar chart of Test accuracy (%): Raw pixels 35.77 %, "
        + "SimCLR 48.63 %, PCA 39.67 % and t-SNE 28.72 %.")
    #expect(Samples.map().altText.contains("5,000 points, in 10 classes: airplane, automobile"))
    #expect(Samples.neighbours().altText.contains("10 marked right, 5 wrong"))
    #expect(Samples.similarity().altText.contains("8 rows and 8 columns"))
    #expect(Samples.siamese().altText.contains("NT-Xent"))
    #expect(Samples.panels().altText.contains("3 panels"))
  }

  @Test func sparklinesHaveFirstLastAndLeast() {
    #expect(
      Samples.lossCurve().plainText()
        == "SimCLR on 5,000 images\nloss  5.50 █▇▆▅▅▄▄▃▃▃▂▂▂▂▂▁▁▁▁▁ 4.40   min 4.40 at 20")
    #expect(Sparkline.bars([0, 1, 2, 3, 4, 5, 6, 7], columns: 8) == "▁▂▃▄▅▆▇█")
    #expect(Sparkline.bars([1, 1], columns: 8) == "▄▄")
    #expect(Sparkline.bars([], columns: 8) == "")
    #expect(Sparkline.bars([-1e308, 1e308], columns: 2) == "▁█")
  }

  @Test func textBarsKeepTheirProportions() {
    let text = Figure(
      marks: [.bars(Bars(categories: ["a", "bb", "none"], values: [1, 2, .nan]))]
    ).plainText(columns: 30)
    let lines = text.split(separator: "\n")
    #expect(lines.count == 3)
    let full = { (line: Substring) in line.filter { $0 == "█" }.count }
    #expect(full(lines[1]) == 2 * full(lines[0]) || abs(full(lines[1]) - 2 * full(lines[0])) <= 1)
    #expect(lines[2].contains("n/a"))
    #expect(lines.allSatisfy { $0.count <= 30 })
  }

  @Test("plain text stays within its columns", arguments: Samples.all.map(\.name))
  func columns(_ name: String) throws {
    let sample = try #require(Samples.all.first { $0.name == name })
    #expect(!sample.figure(.light).plainText().isEmpty)
  }

  @Test("only words written for a figure read markup, and all are escaped")
  func markup() {
    func pango(_ words: String) -> String { Label.markup(words).pango }
    #expect(pango("a<b & c_{i} snake_case x^{2}") == "a&lt;b &amp; c<sub>i</sub> snake_case x<sup>2</sup>")
    #expect(pango("_{} ^{a{b} _{open") == "_{} ^{a{b} _{open")
    #expect(Label.markup("z_{i} in R^{2}").spoken == "zi in R2")
    #expect(pango("ℓ_(i) over f_() g(_(x") == "ℓ<sub>i</sub> over f_() g(_(x")
    #expect(pango("a\u{0}b") == "a b")
    #expect(pango(String(repeating: "x", count: 9_000)).count == Label.longest + 1)
    let name = "Crane_(bird) <time_{s}>"
    #expect(Label.plain(name).spoken == name)
    #expect(Label.plain(name).pango == "Crane_(bird) &lt;time_{s}&gt;")
    #expect(Label.plain("a") != Label.markup("a"))
  }

  @Test("numbers as names are distinct where the numbers are, and no longer than that takes")
  func names() {
    #expect(NumberFormat.names(of: [0.1, 0.001, 64]) == ["0.1", "0.001", "64"])
    #expect(NumberFormat.names(of: [0.12341, 0.12342]) == ["0.12341", "0.12342"])
    #expect(NumberFormat.names(of: [1e-7, 1]) == ["10⁻⁷", "1"])
    #expect(
      NumberFormat.names(of: [0.1 + 0.2, 0.3]).count == Set(NumberFormat.names(of: [0.1 + 0.2, 0.3])).count)
    #expect(NumberFormat.names(of: [0, -2.5, 65_536]) == ["0", "−2.5", "65,536"])
    #expect(NumberFormat.automatic.texts([1_000_001, 1_000_002]) == ["1,000,001", "1,000,002"])
  }

  @Test("names that are cut stay different")
  func shortened() {
    let long = "Melanocytic lesions of the skin, "
    let names = ["cat", long + "type 1, as seen", long + "type 2, as seen", long + long + "x"]
    for width in 6...40 {
      let cut = Shortening.distinct(names) { $0.count <= width }
      #expect(Set(cut).count == 4 && cut.allSatisfy { $0.count <= width }, "\(width): \(cut)")
      #expect(cut[0] == "cat")
    }
    #expect(Shortening.distinct(["abcdefghij"]) { $0.count <= 6 } == ["abc…ij"])
    let alike = Shortening.distinct([long, long]) { $0.count <= 9 }
    #expect(alike[0] == alike[1], "the same name is the same text")
  }

  @Test func lists() {
    #expect(Words.list([]) == "")
    #expect(Words.list(["a"]) == "a")
    #expect(Words.list(["a", "b", "c"]) == "a, b and c")
    #expect(Words.list((0..<9).map(String.init), most: 4) == "0, 1, 2 and 6 more")
    #expect(Words.fitted("abcdef", to: 4) == "abc…")
    #expect(Words.fitted("ab", to: 4, right: true) == "  ab")
  }
}
