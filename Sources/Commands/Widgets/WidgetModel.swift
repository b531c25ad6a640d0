import Base
import FrontEnd
import Synchronization

/// A model of Jupyter's widget protocol (version 2.1.0): a state that the kernel and every front end hold together.
///
/// The front end draws it; both sides send what they change. Names of modules, models and members are those of ipywidgets 8.
///
/// It guards itself: a front end asks for its state when a page is loaded, also while the block of its control runs.
final class WidgetModel: Sendable {
  let id: String
  private let guarded: Mutex<[String: JSON]>
  var state: [String: JSON] { guarded.withLock { $0 } }
  /// The models that it is drawn with: its layout and its style.
  private let parts: [WidgetModel]

  private static let version: JSON = ["version": "2.1.0"]

  /// A model in one of the three modules that every front end with widgets has.
  private init(
    _ model: String, view: String, module: String, viewModule: String? = nil, moduleVersion: JSON = "2.0.0",
    state: [String: JSON], parts: [WidgetModel], in console: any Console
  ) {
    var state = state
    state["_model_module"] = .string(module)
    state["_model_module_version"] = moduleVersion
    state["_model_name"] = .string(model)
    state["_view_module"] = .string(viewModule ?? module)
    state["_view_module_version"] = moduleVersion
    state["_view_name"] = .string(view)
    state["_view_count"] = .null
    guarded = Mutex(state)
    self.parts = parts
    id = console.openComm(
      target: "jupyter.widget", data: ["state": .object(state), "buffer_paths": []],
      metadata: WidgetModel.version)
  }

  private static func layout(_ state: [String: JSON], in console: any Console) -> WidgetModel {
    WidgetModel(
      "LayoutModel", view: "LayoutView", module: "@jupyter-widgets/base", state: state, parts: [], in: console
    )
  }

  /// A place for outputs of any sort, which its state `outputs` holds as a notebook's cell does.
  static func output(class name: String, in console: any Console) -> WidgetModel {
    let layout = layout([:], in: console)
    return WidgetModel(
      "OutputModel", view: "OutputView", module: "@jupyter-widgets/output", moduleVersion: "1.0.0",
      state: ["layout": layout.reference, "_dom_classes": [.string(name)], "msg_id": "", "outputs": []],
      parts: [layout], in: console)
  }

  /// A rule for how the page looks, while the model is on it.
  static func css(_ rule: String, in console: any Console) -> WidgetModel {
    WidgetModel(
      "HTML", style: "DescriptionStyle", layout: ["display": "none"],
      ["value": .string("<style>\(rule)</style>"), "description": "", "placeholder": ""], in: console)
  }

  /// Makes a visible widget: `FloatSlider` with its style, or a `VBox`, which has none.
  convenience init(
    _ name: String, style: String? = nil, layout: [String: JSON] = [:], _ state: [String: JSON],
    in console: any Console
  ) {
    let layout = WidgetModel.layout(layout, in: console)
    var parts = [layout]
    var state = state
    state["layout"] = layout.reference
    state["_dom_classes"] = []
    if let style {
      // A name is shown whole, however long it is.
      let model = WidgetModel(
        style + "Model", view: "StyleView", module: "@jupyter-widgets/controls",
        viewModule: "@jupyter-widgets/base",
        state: style == "ButtonStyle" ? [:] : ["description_width": "initial"], parts: [], in: console)
      state["style"] = model.reference
      parts.append(model)
    }
    self.init(
      name + "Model", view: name + "View", module: "@jupyter-widgets/controls", state: state, parts: parts,
      in: console)
  }

  /// Reference to this model in the state of another.
  var reference: JSON { .string("IPY_MODEL_" + id) }

  /// All of it, for a front end that makes it anew.
  var description: JSON {
    let state = state
    return [
      "model_name": state["_model_name"] ?? "", "model_module": state["_model_module"] ?? "",
      "model_module_version": state["_model_module_version"] ?? "", "state": .object(state),
    ]
  }

  /// This model and those that it is drawn with.
  var all: [WidgetModel] { parts + [self] }

  /// Changes the state, here and in the front ends.
  func set(_ changes: [String: JSON], in console: any Console) {
    let news = guarded.withLock { state in
      let news = changes.filter { state[$0.key] != $0.value }
      state.merge(news) { $1 }
      return news
    }
    guard !news.isEmpty else { return }
    console.sendComm(id, data: ["method": "update", "state": .object(news), "buffer_paths": []])
  }

  /// Takes what a front end changed, and tells the others.
  func accept(_ changes: [String: JSON], in console: any Console) {
    let known = guarded.withLock { state in
      let known = changes.filter { state[$0.key] != nil && !$0.key.hasPrefix("_") }
      state.merge(known) { $1 }
      return known
    }
    console.sendComm(id, data: ["method": "echo_update", "state": .object(known), "buffer_paths": []])
  }

  /// Sends the whole state to a front end whose page was loaded again.
  func sendState(in console: any Console) {
    console.sendComm(id, data: ["method": "update", "state": .object(state), "buffer_paths": []])
  }
}
