import Base
import Commands
import FrontEnd
import Language
import Testing

/// A front end with widgets, and a person who answers.
private final class Browser: Console {
  /// The state of each model, as the messages make it.
  var models: [String: [String: JSON]] = [:]
  var closed: [String] = []
  /// What each display shows, in the order of the page.
  var page: [(id: String?, rich: Rich)] = []
  var text = ""
  /// What each comm that asked for all states was told.
  var states: [String: [String: JSON]] = [:]
  var echoes: [[String: JSON]] = []
  var updates = 0
  var answers: [Answer] = []
  var prompts: [String] = []

  func write(_ text: String, to stream: TextStream) { self.text += text }
  func display(_ rich: Rich, id: String?) { page.append((id, rich)) }
  func update(_ rich: Rich, id: String) {
    updates += 1
    for place in page.indices where page[place].id == id { page[place].rich = rich }
  }
  func result(_ rich: Rich) { page.append((nil, rich)) }

  func ask(_ prompt: String, password: Bool) -> Answer {
    prompts.append(prompt)
    return answers.isEmpty ? .nobody("nobody is there to answer") : answers.removeFirst()
  }

  var carriesComms: Bool { true }

  func openComm(target: String, data: JSON, metadata: JSON) -> String {
    #expect(target == "jupyter.widget" && metadata["version"] == "2.1.0")
    let id = "model-\(models.count)"
    if case .object(let state)? = data["state"] { models[id] = state }
    return id
  }

  func sendComm(_ id: String, data: JSON) {
    if data["method"] == "update_states", case .object(let states)? = data["states"] {
      self.states[id] = states
      return
    }
    guard case .object(let state)? = data["state"] else { return }
    #expect(models[id] != nil && data["buffer_paths"] == [])
    if data["method"] == "echo_update" { echoes.append(state) }
    models[id]?.merge(state) { $1 }
  }

  func closeComm(_ id: String, data: JSON) { closed.append(id) }

  /// The model of that sort, the last one opened.
  func model(_ name: String) throws -> String {
    try #require(
      models.keys.sorted { $0.count == $1.count ? $0 < $1 : $0.count < $1.count }.last {
        models[$0]?["_model_name"] == .string(name)
      }, "\(name)")
  }

  var screen: Rich? { page.last { $0.id != nil }?.rich }

  /// The forms of what the last place within a widget shows; nil where it is empty.
  func output() throws -> JSON? {
    guard case .array(let outputs)? = models[try model("OutputModel")]?["outputs"] else { return nil }
    #expect(outputs.count < 2 && outputs.allSatisfy { $0["output_type"] == "display_data" })
    return outputs.first?["data"]
  }
}

extension Session {
  fileprivate func run(_ cell: String, in front: Browser) throws { _ = try run(cell: cell, console: front) }

  fileprivate func move(_ model: String, _ state: [String: JSON], in front: Browser) {
    receive(["method": "update", "state": .object(state), "buffer_paths": []], from: model, console: front)
  }
}

@Suite("Controls")
struct ControlsTests {
  @Test("a slider without a block holds the number that later cells read")
  func liveValue() throws {
    let (session, front) = (Session(), Browser())
    try session.run("slider temperature from=0.05 to=1 value=0.5", in: front)
    let slider = try front.model("FloatSliderModel")
    #expect(front.models[slider]?["value"] == 0.5)
    #expect(front.models[slider]?["description"] == "temperature")
    #expect(try front.page[0].rich.widget == front.model("VBoxModel"))
    #expect(front.page[0].rich.text.hasPrefix("temperature = 0.5: a slider from 0.05 to 1"))
    session.move(slider, ["value": 0.25], in: front)
    #expect(session.workspace["temperature"]?.summary == "0.25")
    #expect(front.echoes.last == ["value": 0.25])
  }

  @Test("a moved slider replaces what its block shows, and nothing grows")
  func block() throws {
    let (session, front) = (Session(), Browser())
    try session.run("factor = 3\nslider size from=1 to=10 value=4 {\n  size * factor\n}", in: front)
    let slider = try front.model("IntSliderModel")
    #expect(front.page.count == 2)
    #expect(front.screen?.text == "12")
    for size in [5, 6, 7] { session.move(slider, ["value": .int(size)], in: front) }
    #expect(front.page.count == 2 && front.screen?.text == "21")
    #expect(front.updates == 3)
    // The same number again costs nothing.
    session.move(slider, ["value": 7], in: front)
    #expect(front.updates == 3)
    // The block reads names as they are when it runs.
    try session.run("factor = 10\nsize = 1", in: front)
    session.move(slider, ["value": 8], in: front)
    #expect(front.screen?.text == "80")
  }

  @Test("what a block shows stands within its widget and in the display right below it, at every move")
  func twice() throws {
    let (session, front) = (Session(), Browser())
    try session.run(
      "few = (load shapes train=10 test=10 size=16).train\nslider n from=1 to=4 value=2 {\n  show few count=n\n}",
      in: front)
    for number in [2, 3, 4] {
      if number > 2 { session.move(try front.model("IntSliderModel"), ["value": .int(number)], in: front) }
      let shown = try #require(front.screen)
      let picture = shown.data
      #expect(picture["image/png"] != nil && picture["text/plain"] != nil)
      #expect(try front.output() == .object(picture))
    }
    #expect(front.page.count == 2)
    #expect(try front.page[0].rich.widget == front.model("VBoxModel"))
    let output = try #require(front.models[front.model("OutputModel")])
    let rule = try #require(front.models[front.model("HTMLModel")]?["value"])
    #expect(output["_dom_classes"] == ["contrast-screen"])
    #expect("\(rule)".contains(":has(.contrast-screen) + .jp-OutputArea-child { display: none }"))
  }

  @Test(
    "the display of a block follows that of its widget even where it shows nothing, or nothing yet, or fails",
    arguments: [
      "slider n from=0 to=4 value=2 {\n  x = n;\n}\n42", "button \"Go\" now=false {\n  1\n}\n42",
      "slider n from=0 to=4 value=2 {\n  [1][n]\n}",
    ])
  func alwaysBelow(cell: String) throws {
    let (session, front) = (Session(), Browser())
    _ = try? session.run(cell: cell, console: front)
    #expect(front.page.count >= 2)
    #expect(front.page[0].rich.widget != nil && front.page[1].id != nil && front.page[1].rich.text == "")
    #expect(try front.output() == nil)
  }

  @Test("a page that is loaded anew is told of all models at once, also while the block of one runs")
  func reload() throws {
    let (session, front) = (Session(), Browser())
    try session.run("slider n from=1 to=9 value=4 {\n  n * 2\n}\nchoice w in=[1, 2]", in: front)
    let other = Session(sharing: session)
    other.receive(["method": "request_states"], from: "control", console: front)
    let states = try #require(front.states["control"])
    #expect(Set(states.keys) == Set(front.models.keys))
    for (id, state) in front.models {
      #expect(states[id]?["state"] == .object(state))
      for name in ["model_name", "model_module", "model_module_version"] {
        #expect(states[id]?[name] == state["_" + name] && state["_" + name] != nil)
      }
    }
    #expect(front.closed.isEmpty)
  }

  @Test("an error in the block is shown in its place with the caret, and the slider stays alive")
  func errors() throws {
    let (session, front) = (Session(), Browser())
    try session.run("slider n from=0 to=4 value=4 {\n  [1, 2, 3, 4, 5][n * 2 - 4]\n}", in: front)
    let slider = try front.model("IntSliderModel")
    #expect(front.screen?.text == "5")
    session.move(slider, ["value": 4], in: front)
    try session.run("slider n from=0 to=9 value=1 {\n  [1, 2, 3][n]\n}", in: front)
    let second = try front.model("IntSliderModel")
    session.move(second, ["value": 7], in: front)
    let shown = try #require(front.screen)
    #expect(shown.text.contains("There is no position 7") && shown.text.contains("2 |   [1, 2, 3][n]"))
    #expect(shown.text.contains("^") && shown.html?.contains("<pre") == true)
    session.move(second, ["value": 2], in: front)
    #expect(front.screen?.text == "3")
    // At the first run it is an error of the cell.
    let error = try #require(session.failure("slider n from=0 to=9 value=5 {\n  [1, 2, 3][n]\n}"))
    #expect(error.plainText.contains("2 |   [1, 2, 3][n]"))
  }

  @Test("controls inside a block stand together, and each keeps what it shows")
  func together() throws {
    let (session, front) = (Session(), Browser())
    try session.run(
      """
      slider a from=0 to=10 value=1 {
        choice b in=["x", "y"] {
          "{a}{b}"
        }
      }
      """, in: front)
    let (slider, choice) = (try front.model("IntSliderModel"), try front.model("ToggleButtonsModel"))
    let box = try front.model("VBoxModel")
    let output = try front.model("OutputModel")
    guard case .array(let children)? = front.models[box]?["children"] else { throw Problem("no children") }
    #expect(Array(children.prefix(3)) == [slider, choice, output].map { JSON.string("IPY_MODEL_" + $0) })
    #expect(front.screen?.text == "\"1x\"")
    session.move(choice, ["index": 1], in: front)
    #expect(front.screen?.text == "\"1y\"")
    session.move(slider, ["value": 7], in: front)
    #expect(front.screen?.text == "\"7y\"")
    #expect(front.models.values.filter { $0["_model_name"] == "IntSliderModel" }.count == 1)
    #expect(front.page.count == 2)
  }

  @Test("each press of a button draws anew, and the same for everybody")
  func button() throws {
    func presses() throws -> [String] {
      let (session, front) = (Session(), Browser())
      try session.run(
        "s = load shapes train=60 test=10 size=16\nbutton \"Again\" { (sample s 12).labels }", in: front)
      let button = try front.model("ButtonModel")
      return try (0..<3).map { _ in
        let text = try #require(front.screen).text
        session.receive(
          ["method": "custom", "content": ["event": "click"]], from: button, console: front)
        return text
      }
    }
    let first = try presses()
    #expect(Set(first).count == 3)
    #expect(try presses() == first)
  }

  @Test("whatever a front end sends, the session goes on")
  func nonsense() throws {
    let (session, front) = (Session(), Browser())
    try session.run("slider n from=0 to=9 value=5 { n }", in: front)
    let slider = try front.model("IntSliderModel")
    for value: JSON in [.null, "x", .double(.nan), .double(.infinity), [1], ["a": 1], 1e300, -1e300] {
      session.move(slider, ["value": value], in: front)
    }
    #expect(session.workspace["n"]?.summary == "0")
    session.receive(.null, from: slider, console: front)
    session.receive(["method": "custom", "content": ["event": "click"]], from: slider, console: front)
    session.receive(["method": "request_state"], from: slider, console: front)
    session.receive(["method": "update", "state": ["value": 1]], from: "gone", console: front)
    #expect(front.closed == ["gone"])
    session.forget(comm: slider)
    session.move(slider, ["value": 3], in: front)
    #expect(front.closed == ["gone", slider])
    #expect(session.workspace["n"]?.summary == "0")
  }

  @Test("without widgets the block runs once, and a line says what there would be")
  func withoutWidgets() throws {
    let session = Session()
    let shown = try session.gather(
      "slider t from=0 to=2 value=1.5 {\n  choice o in=[\"a\", \"b\"] {\n    \"{o} {t}\"\n  }\n}")
    #expect(shown.results.map(\.text) == ["\"a 1.5\""])
    #expect(shown.text.contains("t = 1.5: a slider from 0 to 2 where there are widgets"))
    #expect(shown.text.contains("o = \"a\": a choice of a, b"))
    // What `--set` gives stays.
    try session.pin("t", to: "0.5")
    #expect(try session.gather("slider t from=0 to=2 value=1.5 { t }").results[0].text == "0.5")
  }

  @Test("cells that are run again and again do not pile up controls")
  func bounded() throws {
    let (session, front) = (Session(), Browser())
    for _ in 0..<20 { try session.run("slider n from=0 to=9 { n }", in: front) }
    #expect(front.closed.count == 12 * 10)
    let first = front.models.keys.sorted { $0.count == $1.count ? $0 < $1 : $0.count < $1.count }[0]
    #expect(front.closed.contains(first))
  }

  @Test(
    "what cannot be is refused with its place",
    arguments: [
      ("slider x from=1 to=0", "smaller"), ("slider x from=0", "to="),
      ("slider train from=0 to=1", "command"),
      ("slider x from=0 to=1 value=2", "outside"), ("slider x from=0 to=1 step=3", "step"),
      ("slider x from=0 to=1 scale=log", "above 0"), ("slider \"x\" from=0 to=1", "without quotes"),
      ("choice x in=[]", "1 to 1,000"), ("choice x in=[1, 2] value=3", "not among"),
      ("button \"x\"", "block"),
      ("slider x from=0 to=1 {", "never closed"), ("slider x from=0 to=1 { lod }", "lod"),
      ("slider x from=0 to=1 { load shapes train=1 }", "train"), ("train x { }", "{"),
    ])
  func refused(cell: String, word: String) throws {
    let error = try #require(Session().failure(cell), "\(cell)")
    #expect(error.said.contains(word) && error.plainText.contains("^"), "\(error.plainText)")
  }
}

@Suite("Questions to the person")
struct AskTests {
  private func answer(_ cell: String, _ answers: String...) throws -> (value: String, prompts: [String]) {
    let (session, front) = (Session(), Browser())
    front.answers = answers.map { .text($0) }
    try session.run("x = \(cell)", in: front)
    return (session.workspace["x"]?.summary ?? "", front.prompts)
  }

  @Test("answers become numbers where they read as numbers, wrong ones are asked for again")
  func answers() throws {
    #expect(try answer("ask \"How many?\"", "12").value == "12")
    #expect(try answer("ask \"How many?\"", " 50% ").value == "0.5")
    #expect(try answer("ask \"Who?\"", "Ann").value == "\"Ann\"")
    #expect(try answer("ask \"Who?\" as=text", "12").value == "\"12\"")
    #expect(try answer("ask \"How many?\" default=10", "").value == "10")
    let again = try answer("ask \"How many?\" default=10 from=1 to=100", "many", "0", "101", "7")
    #expect(again.value == "7")
    #expect(
      again.prompts == [
        "How many? [10] ", "many is not a number. How many? [10] ", "At least 1 is needed. How many? [10] ",
        "At most 100 is possible. How many? [10] ",
      ])
    let choice = try answer("ask \"Which?\" in=[\"adam\", \"lars\"]", "", "adm", "LARS")
    #expect(choice.value == "\"lars\"")
    #expect(choice.prompts[0] == "Which? (adam, lars) ")
    #expect(choice.prompts[1].hasPrefix("An answer is needed."))
    #expect(choice.prompts[2].hasPrefix("adm is not one of the choices. Did you mean adam?"))
    // An answer is never run as code.
    #expect(try answer("ask \"Who?\"", "seed 3").value == "\"seed 3\"")
  }

  @Test("where nobody answers, the default is taken and said; without one the error says what to do")
  func nobody() throws {
    let shown = try Session().gather("n = ask \"How many?\" default=10\nn")
    #expect(shown.text == "How many? 10 (the default)\n" && shown.results[0].text == "10")
    let error = try #require(Session().failure("n = ask \"How many?\""))
    #expect(error.said.contains("default=10"))
    #expect(
      Session().failure("ask \"How many?\" default=\"many\" as=number")?.said.contains("default") == true
    )
    let (session, front) = (Session(), Browser())
    front.answers = [.interrupted]
    #expect(throws: CellError.self) { try session.run("ask \"How many?\"", in: front) }
  }
}
