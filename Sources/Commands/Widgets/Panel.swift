import Base
import FrontEnd
import Language
import Synchronization

/// A slider, a choice or a button that is on the page.
final class Control {
  /// The name that its value has; of a button its text.
  let name: String
  let kind: any ControlKind
  let model: WidgetModel
  var value: any Value

  init(name: String, kind: any ControlKind, model: WidgetModel, value: any Value) {
    self.name = name
    self.kind = kind
    self.model = model
    self.value = value
  }

  var isButton: Bool { kind is ButtonKind }

  /// Number of presses.
  var presses: Int { isButton ? (value as? Number)?.whole ?? 0 : 0 }
}

/// One control, those that its block adds, and the place where the block shows its outputs.
///
/// Whichever of the controls moves, the whole block runs again, with every name at what its control shows.
final class Panel {
  /// Lock of the thread that runs the block or moves a control, since front ends may use another thread than that of the cell.
  private let access = Mutex(())
  private let owner = ThreadOwner()
  let block: Block?
  /// The cell it stands in, for telling a cell that is run again.
  let identity: String
  private let box: WidgetModel
  private var owned: [Control]
  var controls: [Control] {
    owner.check()
    return owned
  }
  /// The console of the block's outputs; nil without a block.
  private let place: Screen.Place?
  private static let serial = Atomic(0)

  /// A run that takes longer than this waits until a slider is let go.
  private static let slow = Duration.milliseconds(700)

  init(first: Control, block: Block?, identity: String, in console: any Console) {
    self.block = block
    self.identity = identity
    owned = [first]
    place = block.map { _ in
      Screen.Place(id: "contrast-control-\(Panel.serial.add(1, ordering: .relaxed).newValue)", in: console)
    }
    box = WidgetModel("VBox", ["children": [], "box_style": ""], in: console)
    fillBox(in: console)
  }

  /// Only so may a panel be used once it is on the page.
  func use<Failure: Error>(_ body: () throws(Failure) -> Void) throws(Failure) {
    try access.withLock { _ throws(Failure) in
      defer { owner.release() }
      try body()
    }
  }

  private func fillBox(in console: any Console) {
    let children = controls.map(\.model) + (place?.models ?? [])
    box.set(["children": .array(children.map(\.reference))], in: console)
  }

  /// The model that is displayed.
  var root: String { box.id }

  var models: [WidgetModel] {
    box.all + controls.flatMap(\.model.all) + (place?.models.flatMap(\.all) ?? [])
  }

  func control(named name: String, like kind: any ControlKind) -> Control? {
    controls.first { $0.name == name && type(of: $0.kind) == type(of: kind) }
  }

  func add(_ control: Control, in console: any Console) {
    owned.append(control)
    fillBox(in: console)
  }

  /// Keeps the place for what the block will show.
  func prepare(in console: any Console) {
    if let place { Screen(place, target: console).finish() }
  }

  /// Runs the block, its outputs going to the screen.
  /// Throws: why it ended early; what it had shown by then stays.
  func run(in session: Session) throws(Block.Failure) {
    guard let block, let place else { return }
    let target = session.console
    let screen = Screen(place, target: target)
    let outer = session.cell
    session.cell.console = screen
    session.cell.runningPanel = self
    // Each press draws anew, and the same press the same.
    session.cell.presses = controls.reduce(0) { $0 + UInt64($1.presses) }
    let start = ContinuousClock.now
    defer {
      session.endProgress()
      screen.finish()
      session.cell.runningPanel = outer.runningPanel
      session.cell.presses = outer.presses
      session.cell.console = target
      let isSlow = ContinuousClock.now - start > Panel.slow
      for control in controls where control.kind is SliderKind {
        control.model.set(["continuous_update": .bool(!isSlow)], in: target)
      }
    }
    try block.run(on: session)
  }

  /// Runs the block after something moved: what goes wrong is shown in its place, and the controls stay.
  func rerun(in session: Session) {
    do throws(Block.Failure) {
      try run(in: session)
    } catch {
      guard let place else { return }
      let screen = Screen(place, target: session.console)
      screen.fail(CellError(error.diagnostic))
      screen.finish()
    }
  }
}
