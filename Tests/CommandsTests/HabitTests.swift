import Commands
import Language
import Testing

/// What people type who know Python, and what they are told.
@Suite("Habits of other languages")
struct HabitTests {
  @Test(
    "is answered with what to type here",
    arguments: [
      ("len(x)", "Write `x.count`."), ("np.sqrt(2)", "Write `sqrt 2`."),
      ("import numpy", "Nothing needs importing"),
      ("import numpy as np", "Nothing needs importing"), ("from math import sqrt", "Nothing needs importing"),
      ("x.append(3)", "make a new list: `x = x + [3]`."), ("None", "There is no empty value"),
      ("y = None", "There is no empty value"), ("-log 0.25", "Write `(log 0.25)`."),
      ("2 * exp(1)", "Write `(exp 1)`."),
      ("print(3)", "Write `print 3`."), ("print(\"x is\", x)", "Text takes values in braces"),
      ("print(\"a\" + str(3))", "Write `print \"a{3}\"`."),
      ("print(\"a \" + x[0] + \" b\")", "Write `print \"a {x[0]} b\"`."),
      ("print(str(n + 1) + \"%\")", "Write `print \"{n + 1}%\"`."),
      ("print(n + 1)", "Put a calculation in parentheses"),
      ("t = table a=[1, 2]\nfor r in t { r }", "`for i in 0..<t.count { … }`, with `t[i]` inside"),
      ("[i for i in range(3)]", "Begin with `x = []`"),
      ("def f(x):\n  return x", "Write `define f x { x^2 }`"),
      ("range(3)", "Write `0..<3`."), ("for i in range(3) { i }", "Write `0..<3`."),
      ("for i in range(3):\n  print(i)", "A block stands in braces"), ("np.mean(x)", "Write `x.mean`."),
      ("np.array([1, 2])", "A list stands in brackets"), ("plt.plot([1, 2])", "`help plot` lists the plots."),
      ("torch.load(\"m\")", "Write `model = open \"model.safetensors\"`."), ("True", "Did you mean `true`?"),
      ("y = False", "Did you mean `false`?"), ("x > 2 && x < 5", "Write `and`."),
      ("x > 2 || x < 5", "Write `or`."),
      ("!true", "Write `not`"), ("n is 3", "To compare, write `==`."), ("f\"x is {3}\"", "Values in braces"),
      ("n += 1", "Write `n = n + …`."), ("n++", "Write `n = n + 1`."), ("x[0:2]", "`x[0..<2]`"),
      ("x[:2]", "`x[0..<2]`"),
      ("x[1:]", "`x[0..<2]`"), ("2 ** 3", "Write `^` for a power."),
      ("7 // 2", "Comments begin with `#`; `/` divides."),
      ("// a comment", "Comments begin with `#`."), ("\"\"\"text\"\"\"", "Text stands on one line"),
      ("{\"a\": 1}", "Named columns are a table"), ("(1, 2)", "A list stands in brackets: `[1, 2]`."),
      ("a, b = 1, 2", "One name is assigned at a time"),
      ("while true { n = 1 }", "Write `for i in 0..<10 { … }`"),
      ("lambda x: x", "Write `define f x { x^2 }`"),
      ("y = 3 if true else 4", "Write `if … { … } else { … }`."),
      ("abs(-3)", "Write `abs -3`."), ("max(1, 2)", "Write `[1, 2].max`."),
      ("min([1, 2])", "Write `min [1, 2]`."),
      ("sum(x)", "Write `sum x`."), ("round(2.5)", "Text rounds"),
      ("int(\"3\")", "There is one kind of number"),
      ("str(3)", "Text takes values in braces"), ("type(x)", "Write `x?`"),
      ("sorted(x)", "`sort t by=accuracy`"),
      ("x.len", "Write `x.count`."), ("x.shape", "Write `x.count`."), ("x.size()", "Write `x.count`."),
      ("%time train", "here `time` before a command"), ("%matplotlib inline", "here `time` before a command"),
      ("return 3", "Nothing returns"), ("del x", "Write `forget x`."), ("assert x", "Write `check x`."),
      ("raise \"no\"", "Write `fail"), ("try { n = 1 }", "An error ends its cell"),
      ("class A:\n  pass", "You cannot define types"),
      ("elif x", "Write `else if … { … }`."), ("let y = 3", "Write `name = value`"),
      ("y := 3", "Write `name = value`."),
      ("y <- 3", "Write `y = …`."), ("1,000", "Numbers have no commas: write `1000`."),
      ("pi", "Write `3.14159265`."),
      ("exp(1)", "Write `exp 1`."), ("input(\"how many?\")", "Write `x = ask \"How many?\"`."),
      ("os.listdir()", "There are no modules"), ("enumerate(x)", "Go through the positions"),
      ("quit", "Jupyter's menu"),
      ("model = simclr(cnn(width=8))", "Write `simclr (cnn width=8)`."),
      ("train(model, on=few)", "Write `train model on=few`."),
      ("model.fit(x)", "A command stands first: `train model on=images`."),
      ("help(train)", "Write `help train`."),
      ("\"a\" in \"abc\"", "`in` stands only in `for`"), ("1 < 2 < 3", "Write `a < b and b < c`."),
      ("x[0, 1]", "Write `x[0][1]`."),
      ("x * 2", "Go through the list"), ("x + 1", "A list takes a list at its end"),
      ("pass", "A block may be empty"),
      ("break", "A loop goes through all its values"), ("list(3)", "A list stands in brackets"),
      ("dict()", "Named columns are a table"),
      ("random.seed(3)", "Write `seed 42`."), ("time.time()", "Write `clock`."),
      ("pip install numpy", "Nothing needs importing"),
      ("@decorator", "`@` stands between two matrices"), ("sin 1", "the commands `exp` and `log`"),
    ])
  func answered(cell: String, advice: String) throws {
    let session = Session()
    try session.gather("x = [1, 2, 3]\nn = 3")
    let error = try #require(session.failure(cell), "\(cell) was accepted")
    #expect(error.advice?.contains(advice) == true, "\(cell)\n\(error.plainText)")
  }

  @Test("the code in every answer can be typed")
  func answersParse() {
    let session = Session()
    // Signs and words by themselves, and a block alone.
    let fragments: Set = ["+ - * / % ^", "exp", "log", "{ }", "if … { … }", "else if … { … }"]
    for (words, answer) in Verbs.vocabulary.habits {
      let pieces = answer.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      for (place, piece) in pieces where place % 2 == 1 && !fragments.contains(String(piece)) {
        let code = piece.replacing("{ … }", with: "{ }").replacing("…", with: "true")
        #expect(session.completeness(of: String(code)) == .complete, "\(words): \(answer)")
      }
    }
  }

  @Test("a misspelt command is asked about wherever it stands, and the caret stands under it")
  func misspelt() throws {
    for (cell, column) in [
      ("cn width=8", 1), ("model = cn width=8", 9), ("model = simclr (cn width=8)", 17), ("[cn width=8]", 2),
      ("x = [1, 2][cn width=8]", 12), ("\"{cn width=8}\"", 3), ("1 + cn 8", 5), ("for x in cn 8 { }", 10),
      ("if cn 8 { }", 4), ("time cn width=8", 6), ("simclr augment=[crop, (cn scale=[0.5, 1])]", 24),
    ] {
      let error = try #require(Session().failure(cell))
      #expect(error.message == "`cn` is not a command, so nothing can follow it.", "\(cell)")
      #expect(error.advice == "Did you mean `cnn`?" && error.column == column, "\(error.plainText)")
    }
  }

  @Test(
    "help answers for an option or a choice with the commands that have it, and for a slip with the nearest")
  func helpOfOptions() throws {
    let session = Session()
    let page = try session.gather("help temperature").results[0].text
    #expect(page.contains("simclr temperature=0.5") && page.contains("ntxent temperature="))
    #expect(page.contains("explain temperature"))
    #expect(try session.gather("help lars").results[0].text.contains("train optimizer=adam"))
    #expect(session.failure("help tempreature")?.advice == "Did you mean `help temperature`?")
    #expect(session.failure("help trian")?.advice == "Did you mean `help train`?")
    // By what they are: the words that an option's help begins with.
    #expect(try session.gather("help learning rate").results[0].text.contains("train rate="))
    #expect(try session.gather("help weight decay").results[0].text.contains("train decay="))
    #expect(try session.gather("help random seed").results[0].text.contains("sample seed="))
    for slip in ["lerning rate", "learning rat", "Learning Rates", "learnin"] {
      let advice = session.failure("help \(slip)")?.advice
      #expect(slip == "learnin" || advice == "Did you mean `help rate`?", "\(slip): \(advice ?? "")")
    }
    #expect(session.failure("help learning")?.advice == "Did you mean `help rate`?")
  }

  @Test("help of train says what begins anew when a model is trained again")
  func trainingAgain() throws {
    let text = try Session().gather("help train").results[0].text.replacing("\n", with: " ")
    #expect(
      text.contains("the schedule, its warm-up and the optimiser start afresh")
        && text.contains("resume=true"))
  }

  @Test("help says over what a model's loss is a mean")
  func lossOfModel() throws {
    let session = Session()
    try session.gather("s = load shapes train=40 test=10 size=16\nm = simclr (cnn width=1 size=8) head=[2]")
    try session.gather("train m on=s epochs=1 batch=20;")
    for cell in ["m.loss?", "help m"] {
      let text =
        try session.gather(cell).results.first?.text ?? session.run(cell: cell, console: Gathered())?.text
        ?? ""
      #expect(text.replacing("\n", with: " ").contains("last 20 steps"), "\(cell): \(text)")
    }
    #expect(
      try session.gather("help train").results[0].text.replacing("\n", with: " ").contains(
        "mean of the last 20 steps"))
  }
}
