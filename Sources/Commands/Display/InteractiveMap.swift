import Base
import Figures
import FoundationEssentials
import Images

/// A scatter plot that a front end lets one zoom and pan, with the picture of the point under the pointer: a Vega-Lite
/// specification, which JupyterLab draws by itself.
///
/// The pictures travel inside it, small, so a map shows `mostPoints` at most.
struct InteractiveMap {
  /// About two kilobytes each: more would make the notebook heavy.
  static let mostPoints = 2_000
  /// Side of the pictures, in pixels; the page shows them enlarged.
  static let pictureSide = 24

  /// Size of the map on the page, without its axes' names.
  private static let width = 560
  private static let height = 460

  let specification: JSON

  init(specification: JSON) { self.specification = specification }

  /// `rows`: which rows of the images are shown, in order.
  init(points: MapPoints, rows: [Int], images: ImageSet, colours: [String], title: String?) throws {
    let labels = images.labels
    let values = try rows.map { row in
      let picture = try Pictures.bitmap(images, row).png(side: InteractiveMap.pictureSide)
      var point: [String: JSON] = [
        "x": .double(rounded(points.x[row])), "y": .double(rounded(points.y[row])), "row": .int(row),
        "picture": .string(picture.base64EncodedString()),
      ]
      if let labels { point["class"] = .string(images.classes[labels[row]]) }
      return JSON.object(point)
    }
    // One unit is as long along both axes, as on the map that is printed.
    let known = (x: rows.map { points.x[$0] }, y: rows.map { points.y[$0] })
    let middle = { (values: [Double]) in ((values.min() ?? 0) + (values.max() ?? 0)) / 2 }
    let reach = { (values: [Double]) in (values.max() ?? 0) - (values.min() ?? 0) }
    let unit = max(reach(known.x) / 520, reach(known.y) / 420, 1e-9)
    let axis = { (field: String, values: [Double], length: Int) -> JSON in
      let half = unit * Double(length) / 2
      let ends = [rounded(middle(values) - half), rounded(middle(values) + half)]
      return [
        "field": .string(field), "type": "quantitative", "axis": nil,
        "scale": ["domain": .array(ends.map(JSON.double))],
      ]
    }
    var params: [JSON] = [["name": "zoom", "select": ["type": "interval"], "bind": "scales"]]
    var tooltip: [JSON] = [
      ["field": "row", "type": "quantitative"], ["field": "image", "type": "nominal"],
    ]
    var (colour, opacity): (JSON, JSON) = (["value": .string(colours[0])], ["value": 0.8])
    if labels != nil {
      params.append(["name": "chosen", "select": ["type": "point", "fields": ["class"]], "bind": "legend"])
      tooltip.insert(["field": "class", "type": "nominal"], at: 0)
      let range = images.classes.indices.map { JSON.string(colours[$0 % colours.count]) }
      colour = [
        "field": "class", "type": "nominal",
        "scale": ["domain": .array(images.classes.map(JSON.string)), "range": .array(range)],
      ]
      opacity = ["value": 0.08, "condition": ["param": "chosen", "value": 0.85]]
    }
    var members: [String: JSON] = [
      "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
      "width": .int(InteractiveMap.width), "height": .int(InteractiveMap.height),
      "data": ["values": .array(values)], "params": .array(params),
      "transform": [["calculate": .string(InteractiveMap.enlarged), "as": "image"]],
      "mark": ["type": "circle", "size": .int(rows.count > 500 ? 35 : 60)],
      // Limits of 0 are none: every class is named, whole.
      "config": ["legend": ["symbolLimit": 0, "labelLimit": 0], "view": ["stroke": "#8883"]],
    ]
    members["encoding"] = [
      "x": axis("x", known.x, InteractiveMap.width), "y": axis("y", known.y, InteractiveMap.height),
      "color": colour, "opacity": opacity, "tooltip": .array(tooltip),
    ]
    if let title { members["title"] = .string(title) }
    specification = .object(members)
  }

  /// Builds the picture as an SVG around the PNG, so that few pixels are shown large and sharp. Escaped by hand: the
  /// expressions of Vega have no function for it.
  private static let enlarged =
    "'data:image/svg+xml;utf8,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 width=%2296%22 height=%2296%22%3E"
    + "%3Cimage width=%2296%22 height=%2296%22 style=%22image-rendering:pixelated%22 href=%22data:image/png;base64,'"
    + " + datum.picture + '%22/%3E%3C/svg%3E'"
}

/// Four digits after the point are finer than a screen, and short to write.
private func rounded(_ value: Double) -> Double { value.isFinite ? (value * 1e4).rounded() / 1e4 : 0 }
