import Commands
import Foundation
import Images
import Learning
import Tensors
import Testing

extension TestsInOneFolder {
  @Suite("What monitors measure")
  struct MonitorValuesTests {
    @Test(
      "the numbers of the last epoch are those of the formulas, on what the saved model makes of the held images"
    )
    func values() throws {
      let folder = try DataFolder()
      let session = Session()
      try session.gather(
        """
        shapes = load shapes train=120 test=40 size=16
        model = simclr (cnn width=4 size=16) head=[16, 8]
        train model on=shapes.train epochs=2 batch=40 test=shapes.test held=60 \
          watch=[knn, probe, alignment, uniformity, spread, rank, positives]
        export model.history "h.csv"
        save model "m.safetensors"
        """)
      let csv = try String(contentsOfFile: "\(folder.path)/h.csv", encoding: .utf8)
      let lines = csv.split(separator: "\n").map {
        $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      }
      let measured = Dictionary(uniqueKeysWithValues: zip(lines[0], lines[lines.count - 1].map(Double.init)))

      let run = Run(seed: session.seed)
      let data = try Shapes.generate(count: 120, test: 40, size: 16, seed: session.seed, run: run)
      let (held, test) = (
        try data.train.sample(60, seed: session.seed), try data.test.sample(40, seed: session.seed)
      )
      let model = try ContrastiveModel.open("\(folder.path)/m.safetensors")
      let (outputs, views) = try observe(model, on: held, run: run) { (try $0.outputs(), try $0.views()) }
      let judged = try observe(model, on: test, run: run) { try $0.outputs() }
      let labels = (held: try #require(held.labels), test: try #require(test.labels))
      let h = Formulas.rows(outputs.h)
      let z = Formulas.rows(outputs.z).map(Formulas.unit)
      let first = Formulas.rows(views.first.z).map(Formulas.unit)
      let second = Formulas.rows(views.second.z).map(Formulas.unit)
      let ranks = Formulas.ranksOfPositives(first, second)
      var plan = ClassifierPlan()
      (plan.hidden, plan.epochs, plan.rate) = (0, 20, 3e-3)
      let probe = try Classifier(
        on: .matrix(outputs.h), labels: labels.held, classes: held.classes, plan: plan, run: run)
      let probed = try probe.predictions(.matrix(judged.h), run: run)
      let found = Formulas.knn(
        Formulas.rows(judged.h).map(Formulas.unit), among: h.map(Formulas.unit), labels: labels.held,
        count: 10)
      for (name, wanted) in [
        ("knn", Formulas.share(found, labels.test)), ("probe", Formulas.share(probed, labels.test)),
        ("alignment", Formulas.mean(zip(first, second).map { Formulas.squaredDistance($0, $1) })),
        ("uniformity", Formulas.uniformity(z)), ("spread", Formulas.spread(z)),
        ("rank", Formulas.effectiveRank(h)),
        ("positives_top1", Formulas.mean(ranks.map { $0 <= 1 ? 1 : 0 })),
        ("positives_top5", Formulas.mean(ranks.map { $0 <= 5 ? 1 : 0 })),
        ("positives_rank", Formulas.mean(ranks.map(Double.init))),
      ] {
        let value = try #require(measured[name] ?? nil, "\(name)")
        #expect(abs(value - wanted) < 1e-4 * max(1, abs(wanted)), "\(name): \(value), not \(wanted)")
      }
    }
  }
}

/// The measures by their formulas: double precision, plain loops, all pairs.
private enum Formulas {
  typealias Row = [Double]

  static func rows(_ x: Tensor) -> [Row] {
    let width = x.shape[1]
    return (0..<x.shape[0]).map { row in (0..<width).map { Double(x[row * width + $0]) } }
  }

  static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
  static func dot(_ a: Row, _ b: Row) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
  static func unit(_ row: Row) -> Row { row.map { $0 / dot(row, row).squareRoot() } }
  static func squaredDistance(_ a: Row, _ b: Row) -> Double {
    zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  }
  static func share(_ predictions: [Int], _ labels: [Int]) -> Double {
    mean(zip(predictions, labels).map { $0 == $1 ? 1 : 0 })
  }

  static func uniformity(_ unit: [Row]) -> Double {
    var terms: [Double] = []
    for i in unit.indices { for j in 0..<i { terms.append(exp(-2 * squaredDistance(unit[i], unit[j]))) } }
    return log(mean(terms))
  }

  static func spread(_ unit: [Row]) -> Double {
    let width = unit[0].count
    let deviations = (0..<width).map { c in
      let column = unit.map { $0[c] }
      let middle = mean(column)
      return mean(column.map { ($0 - middle) * ($0 - middle) }).squareRoot()
    }
    return mean(deviations) * Double(width).squareRoot()
  }

  /// Singular values by one-sided Jacobi rotations: columns are turned until all are at right angles.
  static func effectiveRank(_ rows: [Row]) -> Double {
    var columns = rows[0].indices.map { c in rows.map { $0[c] } }
    for _ in 0..<40 {
      for p in columns.indices {
        for q in columns.indices where q > p {
          let (a, b, c) = (
            dot(columns[p], columns[p]), dot(columns[q], columns[q]), dot(columns[p], columns[q])
          )
          guard c != 0 else { continue }
          let angle = 0.5 * atan2(2 * c, a - b)
          let (x, y) = (columns[p], columns[q])
          columns[p] = zip(x, y).map { cos(angle) * $0 + sin(angle) * $1 }
          columns[q] = zip(x, y).map { cos(angle) * $1 - sin(angle) * $0 }
        }
      }
    }
    let values = columns.map { dot($0, $0).squareRoot() }
    let shares = values.map { $0 / values.reduce(0, +) + 1e-7 }
    return exp(-shares.reduce(0) { $0 + $1 * log($1) })
  }

  /// The class with most votes of the nearest rows by cosine similarity, each voting with it and 1.
  static func knn(_ queries: [Row], among rows: [Row], labels: [Int], count: Int) -> [Int] {
    queries.map { query in
      let nearest = rows.indices.sorted { dot(query, rows[$0]) > dot(query, rows[$1]) }.prefix(count)
      var votes = [Double](repeating: 0, count: labels.max()! + 1)
      for row in nearest { votes[labels[row]] += 1 + dot(query, rows[row]) }
      return votes.indices.max { votes[$0] < votes[$1] }!
    }
  }

  /// The place of each view's partner among all other views, 1 for the most similar.
  static func ranksOfPositives(_ first: [Row], _ second: [Row]) -> [Int] {
    let all = first + second
    return all.indices.map { i in
      let partner = (i + first.count) % all.count
      let wanted = dot(all[i], all[partner])
      return 1 + all.indices.count { $0 != i && $0 != partner && dot(all[i], all[$0]) > wanted }
    }
  }
}
