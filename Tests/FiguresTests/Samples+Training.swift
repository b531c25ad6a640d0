import Figures
import Foundation

/// What a training does, and what a network looks at.
extension Samples {
  /// Three frames of thirty pairs on the unit circle: all in one direction, partners apart, partners together.
  static func circle(_ theme: Theme = .light) -> Figure {
    var stream = Stream(state: 31)
    let directions = (0..<30).map { _ in stream.next() * 2 * Double.pi }
    func frame(_ title: String, spread: Double, apart: Double) -> PairedPoints.Frame {
      func views() -> [SIMD2<Double>] {
        directions.map {
          let angle = 1 + ($0 - 1) * spread + stream.normal() * apart
          return SIMD2(cos(angle), sin(angle))
        }
      }
      return .init(
        title: title, facts: ["alignment 0.42", "uniformity −1.21"],
        planes: [.init(first: views(), second: views())])
    }
    let frames = [
      frame("epoch 0", spread: 0.1, apart: 0.05), frame("epoch 3", spread: 0.6, apart: 0.6),
      frame("epoch 20", spread: 1, apart: 0.1),
    ]
    return Figure(
      title: "Two views of thirty images",
      marks: [
        .pairs(
          PairedPoints(
            frames: frames, classes: (0..<30).map { $0 % 10 }, names: classes, isCircle: true))
      ], theme: theme)
  }

  /// One frame along three directions, without classes.
  static func directions(_ theme: Theme = .light) -> Figure {
    var stream = Stream(state: 5)
    func views() -> [SIMD2<Double>] { (0..<40).map { _ in SIMD2(stream.normal(), stream.normal()) * 0.3 } }
    let frames = ["epoch 0", "epoch 20"].map {
      PairedPoints.Frame(
        title: $0, facts: ["alignment 0.42", "uniformity −3.21"],
        planes: (0..<2).map { _ in .init(first: views(), second: views()) })
    }
    return Figure(
      caption: "Along three directions.",
      marks: [
        .pairs(
          PairedPoints(
            frames: frames, centres: [.zero, .zero], reach: 1,
            axes: [.init(x: "1st direction", y: "2nd"), .init(x: "1st direction", y: "3rd")]))
      ], theme: theme)
  }

  static func heat(_ theme: Theme = .light) -> Figure {
    var stream = Stream(state: 12)
    let titles = ["image", "mean", "head 0", "head 1"]
    let cells = (0..<12).map { index in
      PictureGrid.Picture(
        picture(index / 4), caption: index % 4 == 0 ? classes[index / 4] : nil,
        heat: index % 4 == 0
          ? nil : .init(rows: 4, columns: 4, values: (0..<16).map { _ in stream.next() * 3 }))
    }
    return Figure(
      title: "Where the class token looks",
      marks: [
        .pictures(
          PictureGrid(
            pictures: cells, columns: 4, columnTitles: titles,
            key: .init(low: 0, high: 3, label: "times an even share")))
      ], theme: theme)
  }
}
