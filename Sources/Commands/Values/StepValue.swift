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
  /// Both views of each image, as `pairs` orders them.
  let views: ImageSet
  /// Names of the images: their number in the set and, if they have one, their class.
  let names: [String]

  var summary: String {
    "step \(Format.count(number)): loss \(Format.decimal(report.loss, 3)), after the update \(Format.decimal(report.lossAfter, 3)) "
      + "on the same views; chance is \(Format.decimal(report.chance, 3))"
  }

  var memberNames: [String] {
    ["loss", "after", "chance", "top1", "rate", "pairs", "parts", "similarities", "gradient", "views"]
  }

  func member(_ name: String) -> (any Value)? {
    switch name {
    case "loss": Number(report.loss)
    case "after": Number(report.lossAfter)
    case "chance": Number(report.chance)
    case "top1": Number(report.top1)
    case "rate": Number(report.rate)
    case "pairs": pairs
    case "parts": parts
    case "similarities", "gradient":
      LossValue(anatomy: report.anatomy, names: views.rowNames).member(name)
    case "views": ImagesValue(views)
    default: nil
    }
  }

  /// One row an image: how alike its views are, and their loss.
  var pairs: TableValue {
    TableValue(
      columns: ["image", "similarity", "loss"],
      rows: names.indices.map {
        [.text(names[$0]), .number(report.positives[$0]), .number(report.pairLosses[$0])]
      })
  }

  /// One row a part of the network, and what the update did to it.
  var parts: TableValue {
    TableValue(
      columns: ["part", "parameters", "‖gradient‖", "‖update‖", "‖weights‖", "update / weights"],
      rows: report.parts.map {
        [
          .text($0.name), .number(Double($0.parameters)), .number($0.gradient), .number($0.update),
          .number($0.weights), $0.weights > 0 ? .number($0.update / $0.weights) : .missing,
        ]
      })
  }

  private var facts: [(String, String)] {
    func three(_ value: Double) -> String { Format.decimal(value, 3) }
    let (alike, others) = (report.positives, report.negatives)
    let mean = Spread(alike).mean
    return [
      ("views", "\(Format.counted(report.batch, "image")), two views each: \(report.viewShape)"),
      ("h = encoder(views)", "\(report.hShape)"),
      ("z = head(h)", "\(report.anatomy.gradient.shape)"),
      (
        "similarity of pairs",
        "mean \(three(mean)), from \(three(alike.min() ?? 0)) to \(three(alike.max() ?? 0))"
      ),
      (
        "of other views",
        "mean \(three(others.mean)), from \(three(others.lowest)) to \(three(others.highest))"
      ),
      (
        "loss",
        "\(three(report.loss)) at temperature \(Number(report.anatomy.function.temperature).summary); chance is \(report.anatomy.function.form == .published ? "ln(2·\(report.batch))" : "ln(2·\(report.batch) − 1)") = \(three(report.chance))"
      ),
      ("nearest is the partner", "for \(Format.percent(report.top1)) of the views"),
      ("update", "\(optimizer), learning rate \(Number(report.rate).summary)"),
      ("loss after it", "\(three(report.lossAfter)) on the same views"),
    ]
  }

  func rich(_ session: Session) throws -> Rich {
    let (own, each) = (try parts.rich(session), try pairs.rich(session))
    var rich = try Rich(figure, stop: session.stop)
    rich.text = ([TextTable.card(title: summary, facts), own.text, each.text]).joined(separator: "\n\n")
    rich.html = HTML.card(title: summary, facts) + (own.html ?? "")
    return rich
  }

  /// The pairs, the loss of each under it; the first of many.
  private var figure: Figure {
    get throws {
      let shown = min(10, report.batch)
      let pictures = try (0..<2).flatMap { view in
        try (0..<shown).map { place in
          PictureGrid.Picture(
            try Pictures.bitmap(views, view * report.batch + place),
            caption: view == 1 ? "loss \(Format.decimal(report.pairLosses[place], 2))" : nil)
        }
      }
      return Figure(marks: [
        .pictures(
          PictureGrid(
            pictures: pictures, columns: shown, columnTitles: Array(names.prefix(shown)),
            rowTitles: ["view 1", "view 2"]))
      ])
    }
  }
}
