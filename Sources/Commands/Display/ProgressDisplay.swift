import Figures
import Synchronization
import Tensors

/// Shows the progress of a computation: one display that updates in place, at most four times a second.
///
/// Nothing appears for work that is done within a second. The last state stays in the notebook, so it reads as
/// what was done and how long it took.
final class ProgressDisplay {
  private let console: any Console
  private let clock = ContinuousClock()
  private var id: String?
  private var title = ""
  private var start: ContinuousClock.Instant
  private var shown: ContinuousClock.Instant
  private var latest: Progress?
  /// What was done when the clock started, which says nothing of the speed.
  private var baseline = 0
  private var curve: [(x: Double, y: Double)] = []
  private static let serial = Atomic(0)

  init(console: any Console) {
    self.console = console
    start = clock.now
    shown = clock.now
  }

  func report(_ progress: Progress) {
    let now = clock.now
    if progress.title != title || progress.completed < latest?.completed ?? 0 { begin(progress) }
    latest = progress
    if let loss = progress.values.first(where: { $0.name == "loss" })?.value, loss.isFinite {
      curve.append((Double(progress.completed) / Double(max(1, progress.total)), loss))
    }
    let isLast = progress.completed >= progress.total
    let wait: Duration = id == nil ? .seconds(1) : .milliseconds(250)
    guard now - shown >= wait || (isLast && id != nil) else { return }
    shown = now
    draw()
  }

  /// Shows the last state of an interrupted or failed computation.
  func finish() {
    if id != nil, latest.map({ $0.completed < $0.total }) ?? false { draw(stopped: true) }
    title = ""
    latest = nil
  }

  private func begin(_ progress: Progress) {
    finish()
    title = progress.title
    id = nil
    curve = []
    baseline = progress.completed
    start = clock.now
    shown = clock.now
  }

  private func draw(stopped: Bool = false) {
    guard let progress = latest else { return }
    let view = ProgressView(
      progress: progress, baseline: baseline, seconds: (clock.now - start) / .seconds(1), curve: curve,
      isStopped: stopped)
    let rich = view.rich
    if let id {
      console.update(rich, id: id)
    } else {
      let number = ProgressDisplay.serial.add(1, ordering: .relaxed).newValue
      id = "contrast-progress-\(number)"
      console.display(rich, id: id)
    }
  }
}

/// One state of a progress display, as text and as a page fragment with the loss curve as it grows.
struct ProgressView {
  let progress: Progress
  /// `completed` when the clock started.
  let baseline: Int
  /// Since then.
  let seconds: Double
  let curve: [(x: Double, y: Double)]
  let isStopped: Bool

  private var share: Double { Double(progress.completed) / Double(max(1, progress.total)) }
  private var isDone: Bool { progress.completed >= progress.total }

  /// "epoch 3/20", "loss 4.912", "1,204 images/s", "12 s left".
  private var facts: [String] {
    var values = progress.values
    var facts: [String] = []
    if let epoch = values.first(where: { $0.name == "epoch" }),
      let all = values.first(where: { $0.name == "epochs" })
    {
      facts.append("epoch \(Format.number(epoch.value))/\(Format.number(all.value))")
      values.removeAll { $0.name == "epoch" || $0.name == "epochs" }
    }
    for (name, value) in values {
      facts.append(
        name.hasPrefix("top-") ? "\(name) \(Format.percent(value))" : "\(name) \(Format.decimal(value, 3))")
    }
    let speed = seconds > 0 ? Double(progress.completed - baseline) / seconds : 0
    if speed > 0 {
      facts.append(
        "\(speed < 10 ? Format.decimal(speed, 1) : Format.count(Int(speed.rounded()))) \(progress.unit)/s")
    }
    if isDone {
      facts.append("took \(Format.time(seconds))")
    } else if isStopped {
      facts.append("stopped after \(Format.time(seconds))")
    } else if speed > 0 {
      facts.append("\(Format.time(Double(progress.total - progress.completed) / speed)) left")
    }
    return facts
  }

  private var text: String {
    let width = 24
    let full = Int((share * Double(width)).rounded())
    let bar = String(repeating: "█", count: full) + String(repeating: "░", count: width - full)
    return "\(progress.title) \(bar) \(Format.decimal(share * 100, 0)) %  " + facts.joined(separator: "  ")
  }

  var rich: Rich {
    let colour = isStopped ? "#c26a00" : "#2a78b8"
    let bar =
      "<div style=\"background:rgba(128,128,128,.25);border-radius:4px;height:8px;width:420px;max-width:100%\">"
      + "<div style=\"background:\(colour);border-radius:4px;height:8px;width:\(Format.decimal(share * 100, 1))%\"></div></div>"
    let line = facts.map(HTML.escaped).joined(separator: " &nbsp;·&nbsp; ")
    return Rich(
      text: text,
      html:
        "<div style=\"line-height:1.5;font-variant-numeric:tabular-nums\"><strong>\(HTML.escaped(progress.title))</strong>"
        + " &nbsp;\(line)\(bar)\(sparkline)</div>")
  }

  /// The loss so far as an inline SVG: light enough to be sent four times a second.
  private var sparkline: String {
    guard curve.count > 2 else { return "" }
    let (width, height) = (420.0, 60.0)
    let low = curve.map(\.y).min()!
    let high = curve.map(\.y).max()!
    let stride = max(1, curve.count / 200)
    let points = curve.enumerated().filter { $0.offset % stride == 0 || $0.offset == curve.count - 1 }.map {
      _, point in
      let y = high > low ? (point.y - low) / (high - low) : 0.5
      return "\(Format.decimal(point.x * width, 1)),\(Format.decimal(4 + (1 - y) * (height - 8), 1))"
    }
    return
      "<svg role=\"img\" aria-label=\"Loss so far, from \(Format.decimal(curve[0].y, 2)) to \(Format.decimal(curve.last!.y, 2))\""
      + " width=\"\(Int(width))\" height=\"\(Int(height))\" style=\"display:block;margin-top:4px\">"
      + "<polyline fill=\"none\" stroke=\"#2a78b8\" stroke-width=\"1.5\" points=\"\(points.joined(separator: " "))\"/></svg>"
  }
}
