import Commands
import Foundation
import Language
import Testing

@Suite("Matrices and losses of one's own")
struct FormulaTests {

  /// Losses of the literature as formulas, and the built-in one that each equals.
  static let published: [(name: String, formula: String)] = [
    (
      "ntxent",
      """
      loss mine z tau=0.5 {
        u = normalise z
        e = exp (u @ (transpose u) / tau)
        others = sum (e * (1 - (identity z.rows))) each=row
        pull = exp ((sum (u * (partners u)) each=row) / tau)
        mean (-(log (pull / others)))
      }
      """
    ),
    (
      "published",
      """
      loss mine z tau=0.5 {
        u = normalise z
        s = u @ (transpose u) / tau - 1e9 * (identity z.rows)
        positive = (sum (u * (partners u)) each=row) / tau
        mean ((logsumexp (join s positive as=columns) each=row) - positive)
      }
      """
    ),
    (
      "decoupled",
      """
      loss mine z temperature=0.3 {
        n = z.rows
        u = normalise z
        s = u @ (transpose u) / temperature
        itself = (identity n) + (partners (identity n))
        mean ((logsumexp (s - 1e9 * itself) each=row) - (sum (s * (partners (identity n))) each=row))
      }
      """
    ),
    (
      "barlow",
      """
      loss mine z lambda=0.0051 {
        n = z.rows / 2
        a = z[0..<n] - (mean z[0..<n] each=column)
        b = z[n..<2 * n] - (mean z[n..<2 * n] each=column)
        a = a / (sqrt ((mean (a^2) each=column) + 1e-5))
        b = b / (sqrt ((mean (b^2) each=column) + 1e-5))
        c = (transpose a) @ b / n
        on = sum (((diagonal c) - 1)^2)
        on + lambda * ((sum (c^2)) - (sum ((diagonal c)^2)))
      }
      """
    ),
    (
      "vicreg",
      """
      loss mine z {
        n = z.rows / 2
        total = 25 * (mean ((z[0..<n] - z[n..<2 * n])^2))
        for start in [0, n] {
          a = z[start..<start + n]
          a = a - (mean a each=column)
          lack = 1 - (sqrt ((sum (a^2) each=column) / (n - 1) + 1e-4))
          c = (transpose a) @ a / (n - 1)
          total = total + 25 * (mean (where (lack > 0) lack 0))
          total = total + ((sum (c^2)) - (sum ((diagonal c)^2))) / z.columns
        }
        total
      }
      """
    ),
  ]

  private static let setup = """
    few = (load shapes train=60 test=10 size=16).train
    z = embed (pairs few[0..<7]) with=(simclr (cnn width=4 size=16) head=[9]) output=z

    """

  @Test(
    "losses of the literature equal the built-in ones in value and gradient", arguments: published.map(\.name)
  )
  func literature(name: String) throws {
    let formula = try #require(Self.published.first { $0.name == name }).formula
    let session = Session()
    try session.gather(Self.setup + formula)
    let text = try session.gather("r = check mine of=z against=\(name)\nr").results[0].text
    #expect(text.contains("value and gradient are those of \(name)"), "\(text)")
    #expect(try session.gather("r.error < 1e-5").results[0].text == "true", "\(text)")
    #expect(try session.gather("(mine of=z) == r.loss").results[0].text == "true")
  }

  @Test("a loss that is another one is told, with the place where they part")
  func parts() throws {
    let session = Session()
    let half = Self.published[0].formula.replacingOccurrences(
      of: "(pull / others)", with: "(pull / others / 2)")
    try session.gather(Self.setup + half)
    var error = try #require(session.failure("check mine of=z against=ntxent"))
    #expect(
      error.name == "CheckFailed" && error.message.contains("The value of `mine` is"), "\(error.plainText)")
    #expect(error.underlined(in: "check mine of=z against=ntxent") == "mine")
    error = try #require(session.failure("check mine of=z against=barlow"))
    #expect(error.message.contains("`barlow`"), "\(error.plainText)")
  }

  @Test("models train with a formula as with the built-in loss, and files hold it")
  func trains() throws {
    let session = Session()
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("f-\(UUID()).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try session.gather("shapes = load shapes train=48 test=20 size=16\ne = cnn width=4 size=16")
    try session.gather(Self.published[0].formula)
    try session.gather(
      """
      a = simclr e head=[12] loss=(mine tau=0.2) seed=3
      b = simclr e head=[12] temperature=0.2 seed=3
      train a on=shapes epochs=3 batch=12
      train b on=shapes epochs=3 batch=12
      """)
    let gap = try session.gather("abs (a.loss - b.loss)").results[0].text
    #expect(Double(gap) ?? 1 < 1e-4, "\(gap)")
    #expect(try session.gather("a.tau").results[0].text == "0.2")
    let card = try session.gather("a").results[0].text
    #expect(card.contains("mine, a formula, tau=0.2"), "\(card)")
    try session.gather("save a \"\(path)\"")
    let other = Session()
    try other.gather("shapes = load shapes train=48 test=20 size=16\no = open \"\(path)\"")
    #expect(try other.gather("o").results[0].text.contains("mine, a formula, tau=0.2"))
    try other.gather("train o on=shapes epochs=1 batch=12 seed=5")
    try session.gather("train a on=shapes epochs=1 batch=12 seed=5")
    let losses = try [session.gather("a.loss"), other.gather("o.loss")].map { $0.results[0].text }
    #expect(losses[0] == losses[1], "\(losses)")
  }

  @Test("matrices go element by element, spread, are multiplied, cut and joined")
  func matrices() throws {
    let session = Session()
    try session.gather("m = matrix [[1, 2, 3], [4, 5, 6]]\nr = matrix [1, 10, 100]")
    for (cell, values) in [
      ("m + 1", "[2, 3, 4, 5, 6, 7]"), ("m * r", "[1, 20, 300, 4, 50, 600]"),
      ("m - (mean m each=row)", "[-1, 0, 1, -1, 0, 1]"), ("2^m", "[2, 4, 8, 16, 32, 64]"),
      ("-m / 2", "[-0.5, -1, -1.5, -2, -2.5, -3]"), ("m @ (transpose m)", "[14, 32, 32, 77]"),
      ("m >= 3", "[0, 0, 1, 1, 1, 1]"), ("m[1..<2]", "[4, 5, 6]"), ("columns m [2, 0]", "[3, 1, 6, 4]"),
      ("join m[[1]] m", "[4, 5, 6, 1, 2, 3, 4, 5, 6]"),
      ("join m m[[1, 0]] as=columns", "[1, 2, 3, 4, 5, 6, 4, 5, 6, 1, 2, 3]"),
      ("where (m > 2) m 0", "[0, 0, 3, 4, 5, 6]"), ("diagonal m", "[1, 5]"), ("identity 2", "[1, 0, 0, 1]"),
      ("partners m", "[4, 5, 6, 1, 2, 3]"), ("max m each=column", "[4, 5, 6]"),
      ("least m each=row", "[1, 4]"),
      ("sqrt (m^2)", "[1, 2, 3, 4, 5, 6]"), ("abs (-m)", "[1, 2, 3, 4, 5, 6]"),
      ("normalise (matrix [[3, 4], [0, 0]])", "[0.6, 0.8, 0, 0]"),
    ] {
      #expect(try session.gather("(\(cell)).values").results[0].text == values, "\(cell)")
    }
    for (cell, number) in [
      ("sum m", "21"), ("mean m", "3.5"), ("sum [1, 2, 4]", "7"), ("max [1, 4, 2]", "4"), ("min m", "1"),
      ("(logsumexp [1000, 1000]) > 1000.693", "true"), ("sum (softmax m)", "2"), ("m[1][2]", "6"),
      ("m.rows", "2"),
      ("sqrt 16", "4"), ("abs (-3)", "3"), ("log (exp 3)", "3"),
    ] {
      #expect(try session.gather(cell).results[0].text == number, "\(cell)")
    }
    let small = try session.gather("m").results[0].text
    #expect(small.contains("matrix: 2×3") && small.contains("6"), "\(small)")
    let large = try session.gather("(identity 300) * 7").results[0].text
    #expect(large.contains("matrix: 300×300") && large.contains("…") && large.count < 1_000, "\(large)")
  }

  @Test("words that many give to values may still be names")
  func names() throws {
    let session = Session()
    try session.gather("loss = 4.9\nsum = 0\nfor i in 0..<3 { sum = sum + i }")
    #expect(try session.gather("sum - 1").results[0].text == "2")
    #expect(try session.gather("[sum, loss]").results[0].text == "[3, 4.9]")
    #expect(try session.gather("sum [1, 2]").results[0].text == "3")
    #expect(try session.gather("print loss").text == "4.9\n")
  }

  /// Cells that are refused, words of the reason, and the place that it names.
  static let refused: [(cell: String, words: [String], place: String)] = [
    ("m + (matrix [[1, 2], [3, 4], [5, 6]])", ["`+`", "2×3 and 3×2"], "+"),
    ("m @ m", ["`@`", "2×3 and 2×3", "transpose"], "@"),
    ("(m * 2) ^ (matrix [1, 2])", ["`^`", "2×3 and 1×2"], "^"), ("m % 2", ["%"], "%"),
    ("m + [1]", ["matrices and numbers", "list"], "+"), ("2 @ 3", ["`@`", "matrices"], "@"),
    ("join m (matrix [1, 2])", ["`join`", "2×3 and 1×2"], "join"),
    ("log (m - 1)", ["logarithm of 0", "row 0"], "log"),
    ("sqrt (m - 2)", ["square root of -1"], "sqrt"), ("m / (m - 1)", ["divides 1 by zero"], "/"),
    ("exp (1000 * m)", ["e^1000", "too large"], "exp"), ("columns m 3", ["no position 3"], "columns"),
    ("m[2..<4]", ["reaches outside"], "[2..<4]"), ("check m == 2", ["`check` needs true or false"], "m == 2"),
    ("partners m[0..<1]", ["even number of rows"], "partners"), ("identity 0", ["from 1"], "0"),
    ("matrix [[1, 2], [3]]", ["equally long"], "[[1, 2], [3]]"), ("sum \"a\"", ["matrix or a list"], "\"a\""),
    ("loss mine z { z * 2 }", ["one number", "8×6"], "z * 2"),
    ("loss mine z { sum (z > 0) }", ["does not depend on z"], "sum (z > 0)"),
    ("loss mine z { 3 }", ["does not depend on z"], "3"), ("loss mine z { }", ["nothing"], "{ }"),
    ("loss mine z { x = 1 }", ["nothing"], "x = 1"), ("loss mine z { mean w }", ["w", "not known"], "w"),
    ("loss mine z { mean m }", ["not known"], "m"),
    ("loss mine z { save z \"a\" }", ["no gradient", "save"], "save"),
    ("loss mine z { mean (pca z) }", ["no gradient", "pca"], "pca"),
    ("loss mine z tau=\"a\" { mean z }", ["number"], "\"a\""), ("loss mine z of=1 { mean z }", ["of"], "1"),
    ("loss mine mine { mean mine }", ["twice"], "mine"), ("loss sum z { mean z }", ["command"], "sum"),
    ("loss mine z", ["formula in braces"], "loss"), ("simclr e loss=m", ["loss function", "matrix"], "m"),
    ("simclr e loss=ntxnt", ["not known"], "ntxnt"),
    ("simclr e loss=good temperature=0.1", ["options of its own", "(good tau=0.5)"], "0.1"),
    ("(good sigma=3)", ["no option `sigma`"], "sigma"), ("(good tau=m)", ["number"], "m"),
    ("(m tau=3)", ["takes no options"], "m"), ("(nothing tau=3)", ["not a command"], "nothing"),
    ("check good", ["of=z"], "good"), ("check good of=m against=ntxent", ["two pairs"], "m"),
    ("check 1 == 1 of=m", ["check of a loss"], "m"), ("gradient good of=\"z\"", ["matrix"], "\"z\""),
    ("gradient m of=m", ["loss function"], "m"),
  ]

  @Test("what does not fit is said in one sentence, with its place", arguments: refused.map(\.cell))
  func refuses(cell: String) throws {
    let (_, words, place) = try #require(Self.refused.first { $0.cell == cell })
    let session = Session()
    try session.gather(
      """
      m = matrix [[1, 2, 3], [4, 5, 6]]
      e = cnn width=4 size=16
      loss good z tau=0.5 { (mean (z^2)) * tau }
      """)
    let error = try #require(session.failure(cell), "\(cell) was accepted")
    for word in words { #expect(error.said.contains(word), "\(cell)\n\(error.plainText)") }
    #expect(error.underlined(in: cell) == place, "\(cell)\n\(error.plainText)")
    #expect(try session.gather("m.rows").results[0].text == "2")
  }

  @Test("an error inside of a loss shows its own line, whichever cell used it")
  func ownLine() throws {
    let session = Session()
    let cell = "x = 1\nloss mine z {\n  near = z - 1\n  mean (log near)\n}"
    try session.gather("shapes = load shapes train=48 test=20 size=16\nm = matrix [[1, 2], [3, 4]]\n" + cell)
    let error = try #require(session.failure("gradient mine of=m"))
    #expect(error.message.contains("In the loss `mine`: there is no logarithm of 0"), "\(error.plainText)")
    #expect(error.plainText.contains("mean (log near)"), "\(error.plainText)")
    let trained = try #require(
      session.failure("train (simclr (cnn width=4 size=16) loss=mine) on=shapes epochs=1 batch=8"))
    #expect(trained.message.contains("In the loss `mine`: there is no logarithm"), "\(trained.plainText)")
  }
}
