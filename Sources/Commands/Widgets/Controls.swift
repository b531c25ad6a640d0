import Base
import FrontEnd
import Language
import Synchronization

/// The controls that are on the page, of all sessions that share their names.
final class Controls: Sendable {
  private struct Page: @unchecked Sendable {
    // Sendable: the list is reached only under the lock, and what changes in a panel is checked to belong to one thread.
    /// Oldest first.
    var panels: [(panel: Panel, models: [String: WidgetModel])] = []
  }
  private let page = Mutex(Page())

  /// Largest numbers of panels per cell and in total; older ones are closed.
  private static let mostOfOneCell = 8
  private static let most = 64

  /// The panel that the model is part of.
  func panel(with comm: String) -> Panel? {
    let found = page.withLock { page in
      Page(panels: page.panels.last { $0.models[comm] != nil }.map { [$0] } ?? [])
    }
    return found.panels.first?.panel
  }

  /// The states of all models that are on the page, by name, as a front end wants them that asks for all at once.
  var states: [String: JSON] {
    page.withLock { page in
      page.panels.reduce(into: [:]) { $0.merge($1.models.mapValues(\.description)) { $1 } }
    }
  }

  func model(_ comm: String) -> WidgetModel? {
    page.withLock { page in page.panels.lazy.compactMap { $0.models[comm] }.last }
  }

  /// Adds a panel, or says anew which models it has.
  func add(_ panel: Panel, in console: any Console) {
    let models = Dictionary(panel.models.map { ($0.id, $0) }) { $1 }
    let news = Page(panels: [(panel, models)])
    let closed = page.withLock { page in
      let entry = news.panels[0]
      if let place = page.panels.firstIndex(where: { $0.panel === entry.panel }) {
        page.panels[place] = entry
        return Set<String>()
      }
      let twins = page.panels.filter { $0.panel.identity == entry.panel.identity }
      var old: [Panel] = []
      if twins.count >= Controls.mostOfOneCell { old.append(twins[0].panel) }
      if page.panels.count >= Controls.most { old.append(page.panels[0].panel) }
      let leaving = page.panels.filter { entry in old.contains { $0 === entry.panel } }
      page.panels.removeAll { entry in old.contains { $0 === entry.panel } }
      page.panels.append(entry)
      return leaving.reduce(into: Set()) { $0.formUnion($1.models.keys) }
    }
    for model in closed.sorted() { console.closeComm(model) }
  }

  /// A front end has closed the model: its panel is no longer on any page.
  func forget(_ comm: String) {
    let gone = page.withLock { page in
      let gone = Page(panels: page.panels.filter { $0.models[comm] != nil })
      page.panels.removeAll { $0.models[comm] != nil }
      return gone
    }
    withExtendedLifetime(gone) {}
  }
}

/// A control as a command declares it.
struct ControlDeclaration {
  let name: String
  let label: String
  let kind: any ControlKind
  let value: any Value
  /// The block runs at once, and not only when the control moves.
  var runsAtOnce = true
}

extension Session {
  /// Puts a control on the page and runs its block; inside of another control's block it joins that one.
  func declare(_ control: ControlDeclaration, in context: Language.Context) throws {
    guard !context.isInDefinition else { throw Problem.withinDefinition("A control") }
    let start = startValue(control)
    let block = context.block
    guard console.carriesComms else { return try declareWithoutWidgets(control, start, block) }
    if let panel = cell.runningPanel {
      if let known = panel.control(named: control.name, like: control.kind) {
        adopt(known, control)
      } else {
        panel.add(opened(control, start), in: console)
        controls.add(panel, in: console)
      }
      bind(control.name, panel.control(named: control.name, like: control.kind)?.value ?? start, control.kind)
      try block?.run(on: self)
      return
    }
    let first = opened(control, start)
    let panel = Panel(
      first: first, block: block, identity: block?.identity ?? "\(context.range) \(control.name)", in: console
    )
    let hint = hint(control, start)
    try panel.use { () throws(Block.Failure) in
      controls.add(panel, in: console)
      bind(control.name, start, control.kind)
      console.display(
        Rich(
          text: hint, html: "<div \(HTML.literal) style=\"opacity:.7\">\(HTML.escaped(hint))</div>",
          widget: panel.root),
        id: nil)
      if control.runsAtOnce { try panel.run(in: self) } else { panel.prepare(in: console) }
    }
  }

  /// Runs the block once with the first value, for front ends without widgets.
  private func declareWithoutWidgets(_ control: ControlDeclaration, _ start: any Value, _ block: Block?)
    throws
  {
    bind(control.name, start, control.kind)
    console.write(hint(control, start) + "\n")
    if control.runsAtOnce { try block?.run(on: self) }
  }

  private func opened(_ control: ControlDeclaration, _ value: any Value) -> Control {
    Control(
      name: control.name, kind: control.kind,
      model: control.kind.model(label: control.label, value: value, in: console), value: value)
  }

  /// A name that was set for the whole run keeps its value, if the control can show it.
  private func startValue(_ control: ControlDeclaration) -> any Value {
    guard !(control.kind is ButtonKind), workspace.isPinned(control.name),
      let pinned = workspace[control.name].flatMap(control.kind.fitting)
    else { return control.value }
    return pinned
  }

  /// A control of the panel meets its declaration again: what it shows stays.
  private func adopt(_ known: Control, _ control: ControlDeclaration) {
    known.model.set(["description": .string(control.label)], in: console)
  }

  private func bind(_ name: String, _ value: any Value, _ kind: any ControlKind) {
    if !(kind is ButtonKind), !workspace.isPinned(name) { workspace[name] = value }
  }

  private func hint(_ control: ControlDeclaration, _ value: any Value) -> String {
    if control.kind is ButtonKind {
      return "[\(control.label)]: a button where there are widgets, as in JupyterLab"
    }
    return
      "\(control.name) = \(value.summary): \(control.kind.description) where there are widgets, as in JupyterLab"
  }

  // MARK: What front ends say

  /// The cell that declared the control whose widget has the comm.
  public func code(behind comm: String) -> String? { controls.panel(with: comm)?.block?.cell }

  /// Comm target by which front ends ask for the states of all widgets when a page is loaded.
  public static let statesTarget = "jupyter.widget.control"

  /// Takes a message from a widget; on the thread that runs cells, between them.
  public func receive(_ data: JSON, from comm: String, console: any Console) {
    if data["method"]?.string == "request_states" {
      let answer: JSON = ["method": "update_states", "states": .object(controls.states), "buffer_paths": []]
      return console.sendComm(comm, data: answer)
    }
    guard let panel = controls.panel(with: comm) else { return console.closeComm(comm) }
    if data["method"] == "request_state" {
      controls.model(comm)?.sendState(in: console)
      return
    }
    cell.console = console
    followCell()
    defer { endCell() }
    panel.use {
      if let model = panel.models.first(where: { $0.id == comm }) { receive(data, model, panel) }
    }
  }

  private func receive(_ data: JSON, _ model: WidgetModel, _ panel: Panel) {
    switch data["method"]?.string {
    case "update": move(model, panel, data["state"]?.object ?? [:])
    case "custom":
      guard data["content"]?["event"]?.string == "click",
        let button = panel.controls.first(where: { $0.model === model && $0.isButton })
      else { return }
      button.value = Number(button.presses + 1)
      restore(panel)
      panel.rerun(in: self)
    default: break
    }
  }

  /// A front end has closed the widget.
  public func forget(comm: String) { controls.forget(comm) }

  private func move(_ model: WidgetModel, _ panel: Panel, _ changes: [String: JSON]) {
    let control = panel.controls.first { $0.model === model }
    guard let control, let value = control.kind.value(in: changes) else {
      return model.accept(changes, in: console)
    }
    model.accept(changes.merging(control.kind.state(of: value)) { $1 }, in: console)
    let isNew = value.summary != control.value.summary
    control.value = value
    guard isNew else { return }
    restore(panel)
    panel.rerun(in: self)
  }

  /// Gives every name of the panel what its control shows, whatever a cell has put there since.
  private func restore(_ panel: Panel) {
    for control in panel.controls { bind(control.name, control.value, control.kind) }
  }
}
