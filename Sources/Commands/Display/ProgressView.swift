import Base
import FrontEnd

/// One state of a progress display, as text and as a page fragment with the loss curve as it grows.
struct ProgressView {
  let progress: Progress
  /// `completed` when the clock started.
  let baseline: Int
  /// Since then.
  let seconds: Double
  let loss: GrowingCurve
  /// Measurements beside the work, one curve each.
  let measured: [GrowingCurve]
  let isStopped: Bool

  private var share: Double { Double(progress.completed) / Double(max(1, progress.total)) }
  private var isDone: Bool { progress.completed >= progress.total }

  /// "epoch 3/20", "loss 4.912", "1,204 images/s", "12 s left".
  private func facts(withMeasured: Bool) -> [String] {
    var facts: [String] = []
    if let (number, count) = progress.epoch { facts.append("epoch \(number)/\(count)") }
    facts += progress.readings.map { "\($0.metric.title) \(Self.text($0))" }
    if withMeasured {
      facts += measured.compactMap { one in
        one.latest.map { "\(one.metric.title) \(Measured.text(one.metric, $0))" }
      }
    }
    facts += measured.compactMap { one in
      one.latest.flatMap { Measured.collapse(one.metric, $0, epoch: progress.epoch?.number ?? 0) }
    }
    // Of the first epoch, the mean holds what outputs were before training.
    let past = (progress.epoch?.number ?? 0) - 1
    facts += progress.readings.compactMap { Measured.collapse($0.metric, $0.value, epoch: past) }
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

  /// With as many digits whatever its size, so that a line that is drawn anew stays in its place.
  private static func text(_ reading: Reading) -> String {
    reading.metric.unit == .share ? Format.percent(reading.value) : Format.decimal(reading.value, 3)
  }

  private var text: String {
    let width = 24
    let full = Int((share * Double(width)).rounded())
    let bar = String(repeating: "█", count: full) + String(repeating: "░", count: width - full)
    return "\(progress.title) \(bar) \(Format.decimal(share * 100, 0)) %  "
      + facts(withMeasured: true).joined(separator: "  ")
  }

  var rich: Rich {
    let colour = isStopped ? "#c26a00" : "#2a78b8"
    let bar =
      "<div style=\"background:rgba(128,128,128,.25);border-radius:4px;height:8px;width:420px;max-width:100%\">"
      + "<div style=\"background:\(colour);border-radius:4px;height:8px;width:\(Format.decimal(share * 100, 1))%\"></div></div>"
    let line = facts(withMeasured: false).map(HTML.escaped).joined(separator: " &nbsp;·&nbsp; ")
    return Rich(
      text: text,
      html:
        "<div \(HTML.literal) style=\"line-height:1.5;font-variant-numeric:tabular-nums\"><strong>\(HTML.escaped(progress.title))</strong>"
        + " &nbsp;\(line)\(bar)\(charts)</div>")
  }

  /// The loss wide, and beside it what else is measured, in rows that break where the page ends.
  private var charts: String {
    var all = ""
    if loss.points.count > 2 || (!measured.isEmpty && loss.latest != nil) {
      let epochs = progress.epoch.map { "epoch \($0.count)" }
      all +=
        SmallChart(
          curve: loss, title: "loss of each step", width: 420, height: 96, ends: epochs.map { ("0", $0) },
          showsDots: false
        ).svg
    }
    all += measured.map {
      SmallChart(curve: $0, width: 204, height: 96, ends: nil, showsDots: true).svg
    }.joined()
    guard !all.isEmpty else { return "" }
    return
      "<div style=\"display:flex;flex-wrap:wrap;gap:10px 12px;margin-top:8px;max-width:640px\">\(all)</div>"
  }
}
