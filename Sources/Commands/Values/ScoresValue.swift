import Language
import Learning

/// A trained classifier.
struct ClassifierValue: Displayable {
  static let typeName = "classifier"
  let classifier: Classifier
  /// What it was trained on, which says what it can be evaluated on.
  let input: String

  var summary: String {
    let kind =
      classifier.hidden == 0 ? "linear classifier" : "classifier with \(classifier.hidden) hidden units"
    return
      "\(kind) on \(input): \(Format.count(classifier.width)) numbers to \(Format.counted(classifier.classes.count, "class", plural: "classes"))"
  }

  var memberNames: [String] { ["losses", "classes"] }

  func member(_ name: String) -> (any Value)? {
    switch name {
    case "losses": List(classifier.losses.map { Number($0) })
    case "classes": List(classifier.classes.map { Text($0) })
    default: nil
    }
  }

  func rich(_ session: Session) throws -> Rich { Rich(text: summary) }
}

/// How often predictions were right, over all and for each class. In arithmetic and tables it is its accuracy.
struct ScoresValue: Displayable {
  static let typeName = "scores"
  let predictions: [Int]
  let labels: [Int]
  let classes: [String]
  let title: String

  var accuracy: Double {
    labels.isEmpty ? 0 : Double(zip(predictions, labels).filter { $0 == $1 }.count) / Double(labels.count)
  }

  var asNumber: Double? { accuracy }

  var summary: String {
    "\(title): accuracy \(Format.percent(accuracy)) on \(Format.counted(labels.count, "image"))"
  }

  var memberNames: [String] { ["accuracy", "predictions", "perclass"] }

  func member(_ name: String) -> (any Value)? {
    switch name {
    case "accuracy": Number(accuracy)
    case "predictions": List(predictions.map { Text(classes[$0]) })
    case "perclass": table
    default: nil
    }
  }

  /// How often each class was taken for each, `[true class, predicted class]`, row after row.
  var confusion: [Int] {
    var counts = [Int](repeating: 0, count: classes.count * classes.count)
    for (predicted, label) in zip(predictions, labels) { counts[label * classes.count + predicted] += 1 }
    return counts
  }

  /// One row a class.
  var table: TableValue {
    let rows = classes.enumerated().map { index, name -> [TableValue.Cell] in
      let own = zip(predictions, labels).filter { $0.1 == index }
      let right = own.filter { $0.0 == index }.count
      return [
        .text(name), .number(Double(own.count)),
        own.isEmpty ? .missing : .number(Double(right) / Double(own.count)),
      ]
    }
    return TableValue(columns: ["class", "images", "accuracy"], rows: rows)
  }

  func rich(_ session: Session) throws -> Rich {
    let rows = classes.count <= 20 ? try table.rich(session) : Rich(text: "")
    return Rich(
      text: summary + (rows.text.isEmpty ? "" : "\n" + rows.text),
      html: "<div><strong>\(HTML.escaped(summary))</strong>\(rows.html ?? "")</div>")
  }
}
