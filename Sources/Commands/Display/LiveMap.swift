import Analysis
import Figures
import FrontEnd
import Images
import Synchronization

/// A map as it forms: one small display that updates in place. Nothing appears for maps that are done within a second.
final class LiveMap {
  private let images: ImageSet
  private let console: any Console
  private let clock = ContinuousClock()
  private var id: String?
  private var next: ContinuousClock.Instant
  private static let serial = Atomic(0)

  init(of images: ImageSet, console: any Console) {
    self.images = images
    self.console = console
    next = clock.now + .seconds(1)
  }

  /// Shows the map at most once a second, in at most a tenth of the time.
  func show(_ map: TSNE.Map) {
    let start = clock.now
    guard start >= next else { return }
    draw(map)
    let took = clock.now - start
    next = clock.now + max(.seconds(1), took * 9)
  }

  /// The output that remains in the notebook if the map was shown: the map, or one line if its value is shown by something
  /// else.
  func finish(_ map: TSNE.Map, asLine: Bool) {
    guard let id else { return }
    guard asLine else { return draw(map) }
    let line = "Map: \(caption(map).lowercased())"
    console.update(Rich(text: line, html: "<div \(HTML.literal)>\(HTML.escaped(line))</div>"), id: id)
  }

  private func caption(_ map: TSNE.Map) -> String {
    "Iteration \(Format.count(map.iterations)), divergence \(Format.decimal(map.divergence, 3))"
  }

  private func draw(_ map: TSNE.Map) {
    let (count, width) = (map.points.shape[0], map.points.shape[1])
    let colouring = images.labels.map { Scatter.Colouring.classes($0, names: images.classes) } ?? .single(nil)
    var figure = Figure(
      marks: [
        .scatter(
          Scatter(
            x: (0..<count).map { Double(map.points[$0 * width]) },
            y: (0..<count).map { Double(map.points[$0 * width + 1]) }, colouring: colouring))
      ], size: Size(width: 320))
    figure.aspect = .equal
    figure.showsAxes = false
    figure.legend = .none
    figure.caption = .plain(caption(map))
    // What cannot be drawn now is drawn, or refused with its reason, when the map is plotted.
    guard let rich = try? Rich(figure) else { return }
    if let id {
      console.update(rich, id: id)
    } else {
      let number = LiveMap.serial.add(1, ordering: .relaxed).newValue
      id = "contrast-map-\(number)"
      console.display(rich, id: id)
    }
  }
}
