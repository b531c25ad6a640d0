import Figures
import FrontEnd
import Language
import Learning

/// NT-Xent on a few views, with every number on the way to it.
struct LossValue: Displayable {
  static let typeName = "loss"
  let anatomy: LossAnatomy
  let names: [String]

  var measurement: Measurement? { Measurement(anatomy.loss) }

  var summary: String {
    "NT-Xent loss\(anatomy.function.form == .published ? ", as published," : "") \(Format.decimal(anatomy.loss, 3)) over \(Format.counted(anatomy.count, "view")) at temperature "
      + "\(Number(anatomy.function.temperature).summary); chance is \(Format.decimal(chance, 3))"
  }

  private var chance: Double { anatomy.chance }

  var memberNames: [String] {
    [
      "loss", "losses", "similarities", "probabilities", "pulls", "gradient", "top1", "chance", "floor",
      "table",
    ]
  }

  func member(_ name: String) -> (any Value)? {
    switch name {
    case "loss": Number(anatomy.loss)
    case "losses": List(anatomy.losses.map { Number($0) })
    case "similarities": similarities
    case "probabilities": probabilities
    case "pulls": pulls
    case "gradient": gradient
    case "top1": Number(anatomy.top1)
    case "chance": Number(chance)
    case "floor": Number(anatomy.function.floor)
    case "table": table
    default: nil
    }
  }

  private var similarities: MatrixValue {
    MatrixValue(
      rows: anatomy.count, columns: anatomy.count, values: anatomy.similarities, rowNames: names,
      columnNames: names, label: "cosine similarity", isSymmetric: true)
  }

  private var probabilities: MatrixValue {
    MatrixValue(
      rows: anatomy.count, columns: anatomy.count,
      values: anatomy.probabilities, rowNames: names, columnNames: names, label: "probability")
  }

  /// −∂ℓ(i)/∂s(i, k) = ([k = p] − c·P(i, k))/τ, c how often view k stands in the denominator: how strongly view i pulls view k nearer, or pushes it away.
  private var pulls: MatrixValue {
    let views = anatomy.count
    let values = (0..<views * views).map { place -> Double in
      let (i, k) = (place / views, place % views)
      let isPartner = k == LossAnatomy.partner(of: i, among: views)
      let terms = isPartner ? Double(anatomy.function.positives) : 1
      return ((isPartner ? 1 : 0) - terms * anatomy.probabilities[place])
        / Double(anatomy.function.temperature)
    }
    return MatrixValue(
      rows: views, columns: views, values: values, rowNames: names, columnNames: names,
      label: "pull (+) and push (−)")
  }

  private var gradient: MatrixValue {
    let width = anatomy.gradient.shape[1]
    return MatrixValue(
      rows: anatomy.count, columns: width, values: anatomy.gradient.elements.map(Double.init),
      rowNames: names,
      label: "∂loss/∂z")
  }

  /// One row a view: its partner, how near they are, and what the loss makes of it.
  private var table: TableValue {
    let views = anatomy.count
    let rows = (0..<views).map { i -> [TableValue.Cell] in
      let partner = LossAnatomy.partner(of: i, among: views)
      let others = (0..<views).filter { $0 != i && $0 != partner }
      let hardest = others.max {
        anatomy.similarities[i * views + $0] < anatomy.similarities[i * views + $1]
      }!
      return [
        .text(names[i]), .text(names[partner]), .number(anatomy.similarities[i * views + partner]),
        .text(names[hardest]), .number(anatomy.similarities[i * views + hardest]),
        .number(anatomy.probabilities[i * views + partner]), .number(anatomy.losses[i]),
      ]
    }
    return TableValue(
      columns: ["view", "partner", "similarity", "nearest other", "its similarity", "probability", "loss"],
      rows: rows)
  }

  func rich(_ session: Session) throws -> Rich {
    var rich = try table.rich(session)
    rich.text = summary + "\n" + rich.text
    rich.latex = rich.latex.map { LaTeX.escaped(summary) + "\n\n" + $0 }
    rich.html = "<div \(HTML.literal)><strong>\(HTML.escaped(summary))</strong>\(rich.html ?? "")</div>"
    return rich
  }
}
