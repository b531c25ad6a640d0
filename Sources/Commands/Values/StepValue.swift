import Figures
import FrontEnd
import Images
import Language
import Learning

/// One update of a model, with the numbers on its way.
struct StepValue: Displayable {
  static let typeName = "step"
  let report: StepReport
  /// Number in the model's history, from 1.
  let number: Int
  let optimizer: String
  /// The views of each image, as `pairs` orders them.
  let views: ImageSet
  /// Names of the images: their number in the set and, if they have one, their class.
  let names: [String]

  var summary: String {
    "step \(Format.count(number)): loss \(Format.decimal(report.loss, 3)), after the update \(Format.decimal(report.lossAfter, 3)) "
      + "on the same views" + (report.chance.map { "; chance is \(Format.decimal($0, 3))" } ?? "")
  }

  var memberNames: [String] {
    ["loss", "after"] + (report.chance == nil ? [] : ["chance"]) + report.readings.map(\.metric.name)
      + ["rate"] + (report.pairs == nil ? ["parts"] : ["pairs", "parts", "similarities"])
      + (report.anatomy == nil ? [] : ["gradient"]) + ["views"]
  }

  func member(_ name: String) -> (any Value)? {
    switch name {
    case "loss": Number(report.loss)
    case "after": Number(report.lossAfter)
    case "chance": report.chance.map { Number($0) }
    case "rate": Number(report.rate)
    case "pairs": pairs
    case "parts": parts
    case "similarities":
      report.pairs.map {
        MatrixValue(
          rows: 2 * report.batch, columns: 2 * report.batch, values: $0.similarities,
          rowNames: pairNames, columnNames: pairNames, label: "cosine similarity", isSymmetric: true)
      }
    case "gradient": report.anatomy.flatMap { LossValue(anatomy: $0, names: pairNames).member(name) }
    case "views": ImagesValue(views)
    default: report.readings.first { $0.metric.name == name }.map { Number($0.value) }
    }
  }

  /// Names of the first two views of each image.
  private var pairNames: [String] { Array(views.rowNames.prefix(2 * report.batch)) }

  /// One row an image: how alike its views are, and their loss where each pair has one. Nil where no views are compared.
  var pairs: TableValue? {
    report.pairs.map { pairs in
      TableValue(
        columns: ["image", "similarity"] + (report.pairLosses == nil ? [] : ["loss"]),
        rows: names.indices.map { image in
          [.text(names[image]), .number(pairs.positives[image])]
            + (report.pairLosses.map { [.number($0[image])] } ?? [])
        })
    }
  }

  /// One row a part of the network, and what the update did to it.
  var parts: TableValue {
    TableValue(
      columns: ["part", "parameters", "‖gradient‖", "‖update‖", "‖weights‖", "update / weights"],
      rows: report.parts.map {
        [
          .text($0.name + ($0.isFrozen ? " (frozen)" : "")), .number(Double($0.parameters)),
          .number($0.gradient), .number($0.update),
          .number($0.weights), $0.weights > 0 ? .number($0.update / $0.weights) : .missing,
        ]
      })
  }

  private var facts: [(String, String)] {
    func three(_ value: Double) -> String { Format.decimal(value, 3) }
    let groups = report.viewShapes.map { "\($0)" }.joined(separator: " and ")
    var facts = [
      ("views", "of \(Format.counted(report.batch, "image")): \(groups)"),
      ("h = encoder(views)", "\(report.hShape)"),
    ]
    if let pairs = report.pairs {
      let (alike, others) = (pairs.positives, pairs.negatives)
      facts += [
        ("z = head(h)", "\(pairs.zShape)"),
        (
          "similarity of pairs",
          "mean \(three(Spread(alike).mean)), from \(three(alike.min() ?? 0)) to \(three(alike.max() ?? 0))"
        ),
        (
          "of other views",
          "mean \(three(others.mean)), from \(three(others.lowest)) to \(three(others.highest))"
        ),
      ]
    } else {
      facts.append(("outputs = head(h)", "\(report.outputShape)"))
    }
    facts.append(("loss", three(report.loss) + lossNote))
    for reading in report.readings {
      let text = Measured.text(reading.metric, reading.value)
      let isPartner = report.anatomy != nil
      facts.append(
        isPartner ? ("nearest is the partner", "for \(text) of the views") : (reading.metric.title, text))
    }
    facts.append(("update", "\(optimizer), learning rate \(Number(report.rate).summary)"))
    facts.append(("loss after it", "\(three(report.lossAfter)) on the same views"))
    return facts
  }

  /// Temperature and chance level of the loss, as far as it has them.
  private var lossNote: String {
    guard let chance = report.chance else { return "" }
    let level = Format.decimal(chance, 3)
    guard let loss = report.anatomy?.function else { return "; chance is \(level)" }
    let formula = loss.form == .published ? "ln(2·\(report.batch))" : "ln(2·\(report.batch) − 1)"
    return " at temperature \(Number(loss.temperature).summary); chance is \(formula) = \(level)"
  }

  func rich(_ session: Session) throws -> Rich {
    let (own, each) = (try parts.rich(session), try pairs?.rich(session))
    var rich = try Rich(figure, stop: session.stop)
    rich.text = ([TextTable.card(title: summary, facts), own.text] + [each?.text].compactMap { $0 })
      .joined(separator: "\n\n")
    rich.html = HTML.card(title: summary, facts) + (own.html ?? "")
    return rich
  }

  /// The pairs, the loss or similarity of each under it; the first of many.
  private var figure: Figure {
    get throws {
      let shown = min(10, report.batch)
      let count = report.pictures.count
      let pictures = try (0..<count).flatMap { view in
        try (0..<shown).map { place in
          PictureGrid.Picture(
            try Pictures.bitmap(views, view * report.batch + place),
            caption: view + 1 == count ? caption(of: place) : nil)
        }
      }
      return Figure(marks: [
        .pictures(
          PictureGrid(
            pictures: pictures, columns: shown, columnTitles: Array(names.prefix(shown)),
            rowTitles: (1...count).map { "view \($0)" }))
      ])
    }
  }

  private func caption(of image: Int) -> String? {
    report.pairLosses.map { "loss \(Format.decimal($0[image], 2))" }
      ?? report.pairs.map { "similarity \(Format.decimal($0.positives[image], 2))" }
  }
}
