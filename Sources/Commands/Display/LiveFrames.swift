import Figures
import FrontEnd
import Learning
import Synchronization
import Tensors

/// The map of a training as it goes on: one display that updates in place, with the first frame beside the latest. Nothing appears for
/// trainings that are done within the delay of progress.
final class LiveFrames {
  private let console: any Console
  private let place: Int
  private let bars: ProgressBars
  private let run: Run
  private let clock = ContinuousClock()
  private var id: String?
  private var next: ContinuousClock.Instant
  private var latest: Frames?
  /// Whether the latest frame is still to be drawn.
  private var isBehind = false

  private static let name = "Map"
  private static let serial = Atomic(0)

  /// - Parameter place: of the command in its cell; a second run of it draws in the same place.
  init(console: any Console, place: Int, bars: ProgressBars, delay: Duration, run: Run) {
    (self.console, self.place, self.bars) = (console, place, bars)
    self.run = Run(seed: run.seed, workers: run.workers)
    next = clock.now + delay
  }

  /// Shows the frames at most once a second, in at most a tenth of the time.
  func show(_ frames: Frames) {
    (latest, isBehind) = (frames, true)
    guard clock.now >= next else { return }
    draw()
  }

  /// The last state, where the map was shown: that is what a saved notebook keeps.
  func finish() {
    if id != nil, isBehind { draw() }
  }

  private func draw() {
    guard let frames = latest, !frames.frames.isEmpty else { return }
    let start = clock.now
    isBehind = false
    let chosen = frames.frames.count > 1 ? [0, frames.frames.count - 1] : [0]
    // What cannot be drawn now is drawn, or refused with its reason, when it is plotted.
    guard
      let figure = try? FramesFigure(frames, run: run).figure(of: chosen, width: 460, caption: false),
      let rich = try? Rich(figure)
    else { return }
    if let id = id ?? bars[place, LiveFrames.name] {
      console.update(rich, id: id)
      self.id = id
    } else {
      let id = "contrast-frames-\(LiveFrames.serial.add(1, ordering: .relaxed).newValue)"
      (self.id, bars[place, LiveFrames.name]) = (id, id)
      console.display(rich, id: id)
    }
    next = clock.now + max(.seconds(1), (clock.now - start) * 9)
  }
}
