import Base
import Figures
import Learning

extension FramesFigure {
  /// Frames that an interactive map holds, at most, evenly chosen: a hundred pairs of points are some 8 kB of a notebook.
  private static let mostInteractive = 32
  private static let side = 400

  /// All frames as a Vega-Lite specification with a slider of its own.
  func interactive(title: String?) -> InteractiveMap {
    let count = min(frames.frames.count, Self.mostInteractive)
    let places = (0..<count).map { $0 * (frames.frames.count - 1) / max(1, count - 1) }
    let reach = window.reach * 1.1
    let middle = window.centres[0]
    func axis(_ field: String, _ axis: Int) -> JSON {
      [
        "field": .string(field), "type": "quantitative", "axis": nil,
        "scale": ["domain": [.double(middle[axis] - reach), .double(middle[axis] + reach)]],
      ]
    }
    var colour: JSON = ["value": .string(Palette.light[0].hexText)]
    if frames.labels != nil {
      let colours = frames.classes.indices.map { Palette.light[$0 % Palette.light.count].hexText }
      colour = [
        "field": "class", "type": "nominal",
        "scale": [
          "domain": .array(frames.classes.map(JSON.string)), "range": .array(colours.map(JSON.string)),
        ],
      ]
    }
    let values = places.enumerated().flatMap { number, place -> [JSON] in
      let plane = plane(of: place, 0)
      return plane.first.indices.map { index in
        let (first, second) = (plane.first[index], plane.second[index])
        var value: [String: JSON] = [
          "frame": .int(number), "x": .double(short(first.x)), "y": .double(short(first.y)),
          "x2": .double(short(second.x)), "y2": .double(short(second.y)),
        ]
        if let labels = frames.labels { value["class"] = .string(frames.classes[labels[index]]) }
        return .object(value)
      }
    }
    let names = JSON.array(places.map { .string(Self.name(frames.frames[$0].epoch)) })
    let slider: JSON = [
      "name": "frame", "value": .int(places.count - 1),
      "bind": [
        "input": "range", "min": 0, "max": .int(max(0, places.count - 1)), "step": 1, "name": "Frame ",
      ],
    ]
    let second: JSON = [
      "x": axis("x2", 0), "y": axis("y2", 1), "color": colour,
    ]
    let first: JSON = ["x": axis("x", 0), "y": axis("y", 1), "color": colour]
    var line = first.object ?? [:]
    line["x2"] = ["field": "x2"]
    line["y2"] = ["field": "y2"]
    let data: JSON = ["values": .array(values)]
    let filter: JSON = [["filter": "datum.frame == frame"]]
    let dot: JSON = ["type": "circle", "size": 40, "opacity": 0.8]
    let rule: JSON = ["type": "rule", "strokeWidth": 0.8, "opacity": 0.4]
    func layer(_ mark: JSON, _ encoding: JSON) -> JSON {
      ["data": data, "transform": filter, "mark": mark, "encoding": encoding]
    }
    let label: JSON = [
      "data": ["values": [["at": 0]]],
      "transform": [["calculate": .string("\(names.description)[frame]"), "as": "name"]],
      "mark": [
        "type": "text", "align": "left", "baseline": "top", "x": 6, "y": 6, "fontWeight": "bold",
        "fontSize": 13,
      ],
      "encoding": ["text": ["field": "name", "type": "nominal"]],
    ]
    var members: [String: JSON] = [
      "$schema": "https://vega.github.io/schema/vega-lite/v5.json", "width": .int(Self.side),
      "height": .int(Self.side), "params": [slider],
      "layer": [layer(rule, .object(line)), layer(dot, first), layer(dot, second), label],
      "config": ["legend": ["symbolLimit": 0, "labelLimit": 0], "view": ["stroke": "#8883"]],
    ]
    if let title { members["title"] = .string(title) }
    return InteractiveMap(specification: .object(members))
  }
}

/// Four digits after the point are finer than a screen, and short to write.
private func short(_ value: Double) -> Double { value.isFinite ? (value * 1e4).rounded() / 1e4 : 0 }
