import Base
import FrontEnd
import Learning
import Synchronization

/// Shows the progress of a computation: one display that updates in place, at most four times a second.
///
/// Nothing appears for work that is done within the delay, a second. The last state stays in the notebook, so it reads as
/// what was done and how long it took.
final class ProgressDisplay {
  private let console: any Console
  private let place: Int?
  private let bars: ProgressBars
  private let delay: Duration
  private let clock = ContinuousClock()
  private var id: String?
  private var title = ""
  private var start: ContinuousClock.Instant
  private var shown: ContinuousClock.Instant
  private var latest: Progress?
  /// Progress when the clock started; it does not count for the speed.
  private var baseline = 0
  private var loss = GrowingCurve(.loss)
  private var measured: [GrowingCurve] = []
  private static let serial = Atomic(0)

  init(console: any Console, place: Int?, bars: ProgressBars, delay: Duration) {
    self.console = console
    self.place = place
    self.bars = bars
    self.delay = delay
    start = clock.now
    shown = clock.now
  }

  func report(_ progress: Progress) {
    let now = clock.now
    if progress.title != title || progress.completed < latest?.completed ?? 0 { begin(progress) }
    keep(progress, isNew: progress.completed > latest?.completed ?? -1)
    latest = progress
    let isLast = progress.completed >= progress.total
    let wait: Duration = id == nil ? delay : .milliseconds(250)
    guard now - shown >= wait || (isLast && id != nil) else { return }
    shown = now
    draw()
  }

  /// Curves grow with every report, also with those that are too early to be shown.
  private func keep(_ progress: Progress, isNew: Bool) {
    let share = Double(progress.completed) / Double(max(1, progress.total))
    if isNew, let reading = progress.curve {
      loss.add(share, reading.value)
      loss.chance = reading.chance
    }
    for reading in progress.measured {
      if !measured.contains(where: { $0.metric == reading.metric }) {
        measured.append(GrowingCurve(reading.metric))
      }
      let place = measured.firstIndex { $0.metric == reading.metric }!
      measured[place].add(share, reading.value)
      measured[place].chance = reading.chance
    }
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
    loss = GrowingCurve(.loss)
    measured = []
    baseline = progress.completed
    start = clock.now
    shown = clock.now
  }

  private func draw(stopped: Bool = false) {
    guard let progress = latest else { return }
    let view = ProgressView(
      progress: progress, baseline: baseline, seconds: (clock.now - start) / .seconds(1), loss: loss,
      measured: measured, isStopped: stopped)
    let rich = view.rich
    if let id = id ?? bars[place, title] {
      console.update(rich, id: id)
      self.id = id
    } else {
      let number = ProgressDisplay.serial.add(1, ordering: .relaxed).newValue
      id = "contrast-progress-\(number)"
      bars[place, title] = id
      console.display(rich, id: id)
    }
  }
}

/// The bars that a cell shows, by the command they belong to: a command that runs again, as in a loop, draws in its old place
/// rather than leave one bar a turn.
final class ProgressBars {
  private var ids: [Key: String] = [:]

  private struct Key: Hashable {
    let place: Int
    let title: String
  }

  subscript(place: Int?, title: String) -> String? {
    get { place.flatMap { ids[Key(place: $0, title: title)] } }
    set { if let place { ids[Key(place: place, title: title)] = newValue } }
  }
}
