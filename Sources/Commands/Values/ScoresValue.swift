import FrontEnd
import Language
import Learning

/// A trained classifier, or several that differ in their seeds only.
struct ClassifierValue: Displayable {
  static let typeName = "classifier"
  /// One for each seed, at least one.
  let classifiers: [Classifier]
  /// Origin of the training rows; it decides what the classifier can be evaluated on.
  let input: String
  /// Classes that no row was of.
  let unseen: Set<String>

  var classifier: Classifier { classifiers[0] }

  var kind: String {
    let one =
      classifier.hidden == 0 ? "linear classifier" : "classifier with \(classifier.hidden) hidden units"
    return one + (classifiers.count > 1 ? " from \(Format.counted(classifiers.count, "seed"))" : "")
  }

  var summary: String {
    "\(kind) on \(input): \(Format.counted(classifier.width, "number")) to \(Format.counted(classifier.classes.count, "class"))"
  }

  var memberNames: [String] { ["losses", "classes", "seeds"] }

  func member(_ name: String) -> (any Value)? {
    switch name {
    case "losses":
      List(
        classifier.losses.indices.map { epoch in
          Number(Spread(classifiers.map { $0.losses[epoch] }).mean)
        })
    case "classes": List(classifier.classes.map { Text($0) })
    case "seeds": Number(classifiers.count)
    default: nil
    }
  }

  func rich(_ session: Session) throws -> Rich {
    let losses = classifiers.compactMap(\.losses.last)
    return Rich(
      text: summary + "; training loss \(Format.decimal(Spread(losses).mean, 3)) in the last epoch")
  }
}

/// Accuracy of predictions, over all and for each class. In tables and in formatted text it stands for its accuracy.
struct ScoresValue: Displayable {
  static let typeName = "scores"
  /// One for each seed, at least one.
  let judgements: [Judgement]
  let labels: [Int]
  let classes: [String]
  let title: String

  /// Mean over the seeds.
  var accuracy: Double { mean(accuracies) }
  var accuracies: [Double] { judgements.map(\.accuracy) }
  /// Standard deviation over the seeds, as estimated from them; nil for one seed.
  var spread: Double? { Spread(accuracies).deviation }

  func top(_ k: Int) -> Double { mean(judgements.map { $0.top(k) }) }

  private func mean(_ values: [Double]) -> Double { Spread(values).mean }

  var measurement: Measurement? { Measurement(accuracy, spread: spread) }

  /// The k of the top-k that says something beside the accuracy.
  private var shownTop: Int? { classes.count > 5 ? 5 : classes.count > 2 ? 2 : nil }

  var summary: String {
    let percent = Format.decimal(accuracy * 100, 1)
    let spread = spread.map { " ± \(Format.decimal($0 * 100, 1))" } ?? ""
    let seeds = judgements.count > 1 ? ", \(Format.counted(judgements.count, "seed"))" : ""
    return "\(title): accuracy \(percent)\(spread) % on \(Format.counted(labels.count, "image"))\(seeds)"
  }

  var memberNames: [String] {
    ["accuracy"] + (judgements.count > 1 ? ["spread", "accuracies"] : [])
      + (shownTop.map { ["top\($0)"] } ?? []) + ["predictions", "perclass", "confusion"]
  }

  func member(_ name: String) -> (any Value)? {
    switch name {
    case "accuracy": return Number(accuracy)
    case "spread": return spread.map { Number($0) }
    case "accuracies": return List(accuracies.map { Number($0) })
    case "predictions": return List(judgements[0].predictions.map { Text(classes[$0]) })
    case "perclass": return table
    case "confusion":
      return MatrixValue(
        rows: classes.count, columns: classes.count, values: confusion.map(Double.init), rowNames: classes,
        columnNames: classes, label: "images of the row's class taken for the column's")
    default:
      guard name.hasPrefix("top"), let k = Int(name.dropFirst(3)), k >= 1, k <= classes.count else {
        return nil
      }
      return Number(top(k))
    }
  }

  /// Counts of predictions, `[true class, predicted class]`, row after row, over all seeds.
  var confusion: [Int] {
    var counts = [Int](repeating: 0, count: classes.count * classes.count)
    for judgement in judgements {
      for (predicted, label) in zip(judgement.predictions, labels) {
        counts[label * classes.count + predicted] += 1
      }
    }
    return counts
  }

  /// One row a class.
  var table: TableValue {
    let counts = confusion
    let rows = classes.indices.map { own -> [TableValue.Cell] in
      let row = counts[own * classes.count..<(own + 1) * classes.count]
      let images = row.reduce(0, +)
      return [
        .text(classes[own]), .number(Double(images / judgements.count)),
        images == 0 ? .missing : .number(Double(counts[own * classes.count + own]) / Double(images)),
      ]
    }
    return TableValue(columns: ["class", "images", "accuracy"], rows: rows)
  }

  /// The confusions that take most of their class, in words: "cat taken for dog: 12.0 %".
  func worst(_ count: Int) -> [String] {
    let counts = confusion
    var found: [(share: Double, text: String)] = []
    for own in classes.indices {
      let images = counts[own * classes.count..<(own + 1) * classes.count].reduce(0, +)
      for other in classes.indices where other != own && counts[own * classes.count + other] > 0 {
        let share = Double(counts[own * classes.count + other]) / Double(images)
        found.append((share, "\(classes[own]) taken for \(classes[other]): \(Format.percent(share))"))
      }
    }
    // Equal shares in the order of the classes.
    let order = found.indices.sorted {
      found[$0].share != found[$1].share ? found[$0].share > found[$1].share : $0 < $1
    }
    return order.prefix(count).map { found[$0].text }
  }

  func rich(_ session: Session) throws -> Rich {
    let rows = classes.count <= 20 ? try table.rich(session) : Rich(text: "")
    var lines = shownTop.map { ["true class among the \($0) likeliest: \(Format.percent(top($0)))"] } ?? []
    if judgements.count > 1 {
      lines.append("each seed: " + accuracies.map(Format.percent).joined(separator: ", "))
    }
    let confusions = worst(3)
    if !confusions.isEmpty { lines.append("most confused: " + confusions.joined(separator: "; ")) }
    let html = lines.map { "<div>\(HTML.escaped($0))</div>" }.joined()
    var rich = Rich(
      text: ([summary] + lines + [rows.text]).filter { !$0.isEmpty }.joined(separator: "\n"),
      html: "<div \(HTML.literal)><strong>\(HTML.escaped(summary))</strong>\(html)\(rows.html ?? "")</div>")
    rich.latex = rows.latex.map {
      ([summary] + lines).map(LaTeX.escaped).joined(separator: "\n\n") + "\n\n" + $0
    }
    return rich
  }
}
