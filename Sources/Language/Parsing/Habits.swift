/// Expressions that people type who know another language, mostly Python, with what to type here.
///
/// In an answer `@` is what was given to the word: `len(h)` is answered with "Write `h.count`."
struct Habit {
  let words: [String]
  let answer: String
  /// A command that the answer speaks of: where there is none of that name, there is no such answer.
  var verb: String?
  /// Several values that were given stand in brackets, as in `[a, b].max`.
  var takesList = false

  private init(_ words: String, _ answer: String, verb: String? = nil, takesList: Bool = false) {
    self.words = words.split(separator: " ").map(String.init)
    self.answer = answer
    self.verb = verb
    self.takesList = takesList
  }

  /// Habits that also apply to a word standing alone; the others are called.
  static let bare: [Habit] = values + statements
  static let all: [Habit] = bare + calls + members + modules

  private static let values = [
    Habit(
      "None none null NULL nil undefined NA",
      "There is no empty value: leave the option out, or assign when there is something to keep."),
    Habit("pi PI π", "Write `3.14159265`."), Habit("nan NaN inf Inf", "There is no such value to write."),
    Habit("self this", "There are no objects with a self: write the name of the value."),
  ]

  private static let statements = [
    Habit(
      "import from using require include pip conda pip3 npm apt",
      "Nothing needs importing: `help` lists all there is."),
    Habit(
      "def function func fn fun lambda proc",
      "Write `define f x { x^2 }`: a command of your own.", verb: "define"),
    Habit("class struct enum", "You cannot define types; a value says what it is: `x?`."),
    Habit(
      "while until loop do", "Write `for i in 0..<10 { … }`: a loop goes through a range or a list."),
    Habit("elif elsif elseif", "Write `else if … { … }`."),
    Habit("switch case match", "Write `if … { … } else if … { … } else { … }`."),
    Habit("let var const val local global nonlocal", "Write `name = value`; nothing is declared."),
    Habit("yield", "Nothing returns: a cell shows the value of its last line, `name = …` keeps one."),
    Habit("pass", "A block may be empty: `{ }`."),
    Habit(
      "break continue", "A loop goes through all its values: put what may be left out into `if … { … }`."),
    Habit("del delete rm unset", "Write `forget @`.", verb: "forget"),
    Habit("assert expect require_true", "Write `check @`.", verb: "check"),
    Habit("raise throw error panic", "Write `fail \"what is wrong\"`.", verb: "fail"),
    Habit("try except catch finally", "An error ends its cell; what earlier lines did stays."),
    Habit("with async await", "Nothing needs closing or waiting for: write the command alone."),
    Habit(
      "echo cat puts console printf println disp display", "Write `print @`, or the value alone.",
      verb: "print"),
    Habit("exit quit", "The kernel is stopped and restarted by Jupyter's menu."),
    Habit("cd ls pwd mkdir", "Commands of the system are typed in a terminal."),
  ]

  private static let calls = [
    Habit("len length size count", "Write `@.count`."),
    Habit("max maximum", "Write `@.max`.", takesList: true),
    Habit("min minimum", "Write `@.min`.", takesList: true),
    Habit("sum", "Write `@.sum`.", takesList: true),
    Habit("mean average", "Write `@.mean`.", takesList: true),
    Habit("range arange", "Write `0..<@`."),
    Habit("pow power square", "Write `x^2`."),
    Habit("fabs", "Write `abs @`.", verb: "abs"),
    Habit("round floor ceil", "Text rounds: `\"{@:2}\"` has two decimals."),
    Habit("int float double bool", "There is one kind of number, and nothing to convert."),
    Habit("str string repr format", "Text takes values in braces: `\"{@}\"`."),
    Habit("ln", "Write `log @`, the natural logarithm.", verb: "log"),
    Habit(
      "sin cos tan sinh cosh tanh log10 log2 log1p arctan",
      "Numbers have `+ - * / % ^` and the commands `exp` and `log`.",
      verb: "exp"),
    Habit("input readline", "Write `x = ask \"How many?\"`.", verb: "ask"),
    Habit("sorted", "Tables are sorted by a column: `sort t by=accuracy`.", verb: "sort"),
    Habit(
      "enumerate zip map reduce",
      "Go through the positions: `for i in 0..<x.count { … }`, with `x[i]` inside."),
    Habit("list array tuple set vector tensor", "A list stands in brackets: `[1, 2, 3]`."),
    Habit("eye", "Write `identity @`.", verb: "identity"),
    Habit(
      "dict map_of data.frame DataFrame", "Named columns are a table: `table a=[1, 2] b=[3, 4]`.",
      verb: "table"),
    Habit("type typeof isinstance dir vars id", "Write `@?` to see what a value is and has."),
    Habit("is_nan isnan isinf", "A result that is NaN ends its cell with an error."),
  ]

  /// Methods, after a point, as in `x.append(3)`: they act on the value before it.
  private static let members = [
    Habit(".append .push .add .extend .insert", "Values do not change; make a new list: `@ = @ + [3]`."),
    Habit(".pop .remove .clear", "Values do not change; take what stays: `@ = @[0..<2]`."),
    Habit(".length .len .size .shape .ndim", "Write `@.count`."),
    Habit(".sort .sorted", "Tables are sorted by a column: `sort t by=accuracy`.", verb: "sort"),
    Habit(".T .t .transpose", "A command stands first: `transpose @`.", verb: "transpose"),
    Habit(".format", "Text takes values in braces: `\"{x:2}\"`."),
    Habit(".keys .columns .items .values", "Tab behind the point shows what there is."),
    Habit(".fit .train", "A command stands first: `train model on=images`.", verb: "train"),
    Habit(".predict", "A command stands first: `evaluate c on=h`.", verb: "evaluate"),
    Habit(
      ".save .to_csv", "A command stands first: `save model \"file\"`, `export t \"t.csv\"`.", verb: "save"),
    Habit(".plot .show .hist", "A command stands first: `plot line t`, `show images`.", verb: "plot"),
    Habit(".mean .sum .min .max .count .first .last", "Write it without parentheses."),
    Habit(
      ".astype .item .numpy .tolist .cpu .cuda .to .detach", "There is nothing to convert: write the value."),
  ]

  /// Modules and what is called in them: `np.mean(x)`.
  private static let modules = [
    Habit("np.mean np.average statistics.mean torch.mean", "Write `@.mean`.", takesList: true),
    Habit("np.sum torch.sum math.fsum", "Write `@.sum`.", takesList: true),
    Habit("np.max np.amax torch.max", "Write `@.max`.", takesList: true),
    Habit("np.min np.amin torch.min", "Write `@.min`.", takesList: true),
    Habit("np.sqrt math.sqrt torch.sqrt", "Write `sqrt @`.", verb: "sqrt"),
    Habit("np.abs torch.abs", "Write `abs @`.", verb: "abs"),
    Habit("np.eye torch.eye", "Write `identity @`.", verb: "identity"),
    Habit("np.exp math.exp torch.exp", "Write `exp @`.", verb: "exp"),
    Habit("np.log math.log torch.log", "Write `log @`.", verb: "log"),
    Habit("np.arange np.linspace", "Write `0..<@`."),
    Habit("np.array np.zeros np.ones torch.tensor", "A list stands in brackets: `[1, 2, 3]`."),
    Habit("math.pi np.pi", "Write `3.14159265`."),
    Habit("random.seed np.random torch.manual_seed", "Write `seed 42`.", verb: "seed"),
    Habit("time.time", "Write `clock`.", verb: "clock"),
    Habit(
      "plt.plot plt.scatter plt.hist plt.bar plt.show sns.scatterplot", "`help plot` lists the plots.",
      verb: "plot"),
    Habit("plt.savefig", "Write `export last \"figure.pdf\"`.", verb: "export"),
    Habit("pd.read_csv", "Write `t = open \"table.csv\"`.", verb: "open"),
    Habit("pd.DataFrame", "Write `table a=[1, 2] b=[3, 4]`.", verb: "table"),
    Habit("torch.save", "Write `save model \"model.safetensors\"`.", verb: "save"),
    Habit("torch.load", "Write `model = open \"model.safetensors\"`.", verb: "open"),
    Habit(
      "np numpy math plt matplotlib torch torchvision pd pandas os sys random sns sklearn scipy tf keras jax statistics",
      "There are no modules: `help` lists all there is."),
  ]
}

extension Vocabulary {
  /// Advice for a word of other languages that is applied to `given`, or stands alone (nil); nil if none of them has it.
  func answer(toHabit word: String, given: [String]?) -> String? {
    let known = given == nil ? Habit.bare : Habit.all
    guard let habit = known.first(where: { $0.words.contains(word) && has($0.verb) }) else { return nil }
    let given = given ?? []
    let value =
      switch given.count {
      case 0: "x"
      case 1: Vocabulary.inParentheses(given[0])
      default: habit.takesList ? "[\(given.joined(separator: ", "))]" : "x"
      }
    return habit.answer.split(separator: "@", omittingEmptySubsequences: false).joined(separator: value)
  }

  /// A calculation in parentheses; what is one value as it is.
  private static func inParentheses(_ code: String) -> String {
    let isOne =
      code.allSatisfy { $0.isLetter || $0.isNumber || "_.".contains($0) }
      || ["[]", "()", "\"\"", "''"].contains("\(code.prefix(1))\(code.suffix(1))")
    return isOne ? code : "(\(code))"
  }

  private func has(_ verb: String?) -> Bool { verb.map { self.verb($0) != nil } ?? true }

  /// Every answer with its words, for the test that runs what they say.
  package var habits: [(words: [String], answer: String)] {
    Habit.all.filter { has($0.verb) }.map { ($0.words, answer(toHabit: $0.words[0], given: []) ?? "") }
  }
}
