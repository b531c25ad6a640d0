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

  let specification: String

  /// `rows`: which rows of the images are shown, in order.
  init(points: MapPoints, rows: [Int], images: ImageSet, colours: [String], title: String?) throws {
    let labels = images.labels
    let values = try rows.map { row in
      Point(
        x: rounded(points.x[row]), y: rounded(points.y[row]), row: row,
        class: labels.map { images.classes[$0[row]] },
        picture: try Pictures.bitmap(images, row).png(side: InteractiveMap.pictureSide).base64EncodedString())
    }
    // One unit is as long along both axes, as on the map that is printed.
    let known = (x: rows.map { points.x[$0] }, y: rows.map { points.y[$0] })
    let middle = { (values: [Double]) in ((values.min() ?? 0) + (values.max() ?? 0)) / 2 }
    let reach = { (values: [Double]) in (values.max() ?? 0) - (values.min() ?? 0) }
    let unit = max(reach(known.x) / 520, reach(known.y) / 420, 1e-9)
    let place = { (field: String, values: [Double], length: Int) in
      let half = unit * Double(length) / 2
      return Channel(
        field: field, type: "quantitative", hidesAxis: true,
        scale: Channel.Scale(
          domain: .reach([rounded(middle(values) - half), rounded(middle(values) + half)])))
    }
    let specification = Specification(
      title: title, data: .init(values: values),
      transform: [.init(calculate: InteractiveMap.enlarged, as: "image")],
      params: [.init(name: "zoom", select: .init(type: "interval"), bind: "scales")]
        + (labels == nil
          ? [] : [.init(name: "chosen", select: .init(type: "point", fields: ["class"]), bind: "legend")]),
      mark: .init(type: "circle", size: rows.count > 500 ? 35 : 60),
      encoding: .init(
        x: place("x", known.x, Specification.width), y: place("y", known.y, Specification.height),
        color: labels == nil
          ? Channel(value: colours[0])
          : Channel(
            field: "class", type: "nominal",
            scale: Channel.Scale(
              domain: .names(images.classes),
              range: images.classes.indices.map { colours[$0 % colours.count] })),
        opacity: labels == nil
          ? Channel(value: 0.8) : Channel(value: 0.08, condition: .init(param: "chosen", value: 0.85)),
        tooltip: (labels == nil ? [] : [Channel(field: "class", type: "nominal")])
          + [Channel(field: "row", type: "quantitative"), Channel(field: "image", type: "nominal")]))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    self.specification = String(decoding: try encoder.encode(specification), as: UTF8.self)
  }

  /// Builds the picture as an SVG around the PNG, so that few pixels are shown large and sharp. Escaped by hand: the
  /// expressions of Vega have no function for it.
  private static let enlarged =
    "'data:image/svg+xml;utf8,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 width=%2296%22 height=%2296%22%3E"
    + "%3Cimage width=%2296%22 height=%2296%22 style=%22image-rendering:pixelated%22 href=%22data:image/png;base64,'"
    + " + datum.picture + '%22/%3E%3C/svg%3E'"

  // MARK: The specification, as far as it is used

  private struct Specification: Encodable {
    let schema = "https://vega.github.io/schema/vega-lite/v5.json"
    static let width = 560
    static let height = 460
    let width = Specification.width
    let height = Specification.height
    var title: String?
    let data: Rows
    let transform: [Transform]
    let params: [Parameter]
    let mark: Shape
    let encoding: Encoding
    let config = Config()

    enum CodingKeys: String, CodingKey {
      case schema = "$schema"
      case width, height, title, data, transform, params, mark, encoding, config
    }
  }

  private struct Config: Encodable {
    /// Limits of 0 are none: every class is named, whole.
    let legend = ["symbolLimit": 0, "labelLimit": 0]
    let view = ["stroke": "#8883"]
  }

  private struct Rows: Encodable { let values: [Point] }

  private struct Point: Encodable {
    let x: Double
    let y: Double
    let row: Int
    let `class`: String?
    let picture: String
  }

  private struct Transform: Encodable {
    let calculate: String
    let `as`: String
  }

  private struct Parameter: Encodable {
    struct Selection: Encodable {
      let type: String
      var fields: [String]?
    }
    let name: String
    let select: Selection
    let bind: String
  }

  private struct Shape: Encodable {
    let type: String
    let size: Int
  }

  private struct Encoding: Encodable {
    let x: Channel
    let y: Channel
    let color: Channel
    let opacity: Channel
    let tooltip: [Channel]
  }

  private struct Channel: Encodable {
    struct Scale: Encodable {
      enum Domain: Encodable {
        case names([String])
        case reach([Double])

        func encode(to encoder: any Encoder) throws {
          var container = encoder.singleValueContainer()
          switch self {
          case .names(let names): try container.encode(names)
          case .reach(let ends): try container.encode(ends)
          }
        }
      }
      var domain: Domain?
      var range: [String]?
    }
    struct Condition: Encodable {
      let param: String
      let value: Double
    }
    enum Constant: Encodable {
      case text(String), number(Double)

      func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let text): try container.encode(text)
        case .number(let number): try container.encode(number)
        }
      }
    }
    var field: String?
    var type: String?
    var hidesAxis = false
    var scale: Scale?
    var value: Constant?
    var condition: Condition?

    init(field: String, type: String, hidesAxis: Bool = false, scale: Scale? = nil) {
      self.field = field
      self.type = type
      self.hidesAxis = hidesAxis
      self.scale = scale
    }

    init(value: String) { self.value = .text(value) }

    init(value: Double, condition: Condition? = nil) {
      self.value = .number(value)
      self.condition = condition
    }

    enum CodingKeys: String, CodingKey { case field, type, axis, scale, value, condition }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encodeIfPresent(field, forKey: .field)
      try container.encodeIfPresent(type, forKey: .type)
      if hidesAxis { try container.encodeNil(forKey: .axis) }
      try container.encodeIfPresent(scale, forKey: .scale)
      try container.encodeIfPresent(value, forKey: .value)
      try container.encodeIfPresent(condition, forKey: .condition)
    }
  }
}

/// Four digits after the point are finer than a screen, and short to write.
private func rounded(_ value: Double) -> Double { value.isFinite ? (value * 1e4).rounded() / 1e4 : 0 }
