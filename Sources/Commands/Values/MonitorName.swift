import Analysis
import Base
import Images
import Language
import Learning

/// A measurement to watch a training by, as a user types it.
enum MonitorName: String, CaseIterable, OptionValue {
  case knn, probe, alignment, uniformity, spread, rank, positives, map

  var needsLabels: Bool { self == .knn || self == .probe }

  /// The number that a best epoch is told by; nil for a map, which is none.
  var metric: Metric? {
    switch self {
    case .knn: .knn
    case .probe: .probe
    case .alignment: .alignment
    case .uniformity: .uniformity
    case .spread: .spread
    case .rank: .effectiveRank
    case .positives: .positivesTop1
    case .map: nil
    }
  }

  /// Neighbours that vote, where there are so many.
  static let neighbours = 10

  /// Measurement of it; nil for a map, which is no number.
  var monitor: Monitor? {
    switch self {
    case .map: nil
    case .knn: Monitor { [Reading(.knn, try Self.knn($0), chance: Self.chance($0))] }
    case .probe: Monitor { [Reading(.probe, try Self.probe($0), chance: Self.chance($0))] }
    case .alignment:
      Monitor { observation in
        let (first, second) = try observation.views()
        return [Reading(.alignment, try Analysis.alignment(first.z, second.z, run: observation.run))]
      }
    case .uniformity:
      Monitor { [Reading(.uniformity, try Analysis.uniformity($0.outputs().z, run: $0.run))] }
    case .spread: Monitor { [Reading(.spread, try Analysis.spread($0.outputs().z))] }
    case .rank: Monitor { [Reading(.effectiveRank, try Analysis.effectiveRank($0.outputs().h, run: $0.run))] }
    case .positives: Monitor(Self.positives)
    }
  }

  /// Accuracy of a guess.
  private static func chance(_ observation: Observation) -> Double {
    1 / Double(max(1, Set(observation.held.labels ?? []).count))
  }

  private static func share(_ predictions: [Int], of labels: [Int]) -> Double {
    Double(zip(predictions, labels).filter { $0 == $1 }.count) / Double(max(1, labels.count))
  }

  /// Accuracy on the test images by their neighbours among the held ones; without test images, on each held image among the others.
  private static func knn(_ observation: Observation) throws -> Double {
    let held = observation.held
    let rows = try observation.outputs().h
    let (labels, run) = (held.labels ?? [], observation.run)
    if let test = observation.test, let queries = try observation.testOutputs()?.h {
      let predictions = try knnPredictions(
        of: queries, in: rows, labels: labels, classes: held.classes.count,
        count: min(neighbours, held.count), run: run)
      return share(predictions, of: test.labels ?? [])
    }
    let predictions = try knnPredictions(
      of: rows, in: rows, labels: labels, classes: held.classes.count, count: min(neighbours, held.count - 1),
      leavingOutSelf: true, run: run)
    return share(predictions, of: labels)
  }

  /// A linear classifier on the held representations, judged on the test images; without them it learns from four fifths.
  private static func probe(_ observation: Observation) throws -> Double {
    let (held, run) = (observation.held, observation.run)
    let rows = try observation.outputs().h
    let labels = held.labels ?? []
    let known = observation.test == nil ? max(1, held.count * 4 / 5) : held.count
    var plan = ClassifierPlan()
    plan.hidden = 0
    plan.epochs = 20
    plan.rate = 3e-3
    let classifier = try Classifier(
      on: .matrix(rows.rows(0..<known)), labels: Array(labels[..<known]), classes: held.classes, plan: plan,
      run: run)
    if let test = observation.test, let queries = try observation.testOutputs()?.h {
      return share(try classifier.predictions(.matrix(queries), run: run), of: test.labels ?? [])
    }
    let rest = rows.rows(known..<held.count)
    return share(try classifier.predictions(.matrix(rest), run: run), of: Array(labels[known...]))
  }

  private static func positives(_ observation: Observation) throws -> [Reading] {
    let (first, second) = try observation.views()
    let ranks = try Analysis.positives(first.z, second.z, run: observation.run)
    let others = Double(ranks.candidates)
    return [
      Reading(.positivesTop1, ranks.top1, chance: 1 / others),
      Reading(.positivesTop5, ranks.top5, chance: min(1, 5 / others)),
      Reading(.positivesRank, ranks.meanRank, chance: (others + 1) / 2),
    ]
  }

  /// The held images and monitors of a training, or what is wrong with them, before any work.
  static func watch(
    _ names: [MonitorName], on images: ImageSet, held: Int, test: ImageSet?, seed: UInt64
  ) throws -> Watch? {
    guard !names.isEmpty else { return nil }
    guard images.count >= 4 else {
      throw Problem(
        "\(Format.counted(images.count, "image")) are too few to watch a training by",
        about: Train.command.word(\.watch))
    }
    if let asking = names.first(where: \.needsLabels) {
      try checkLabels(of: images, test: test, for: asking)
    }
    let isMapped = names.contains(.map)
    // A smaller draw is the beginning of a larger one: the map has the same images beside other measurements.
    let count = min(
      isMapped && names.allSatisfy { $0 == .map } ? min(held, Frames.mostImages) : held, images.count)
    let sample = try images.sample(count, seed: seed)
    let judged = try test.map {
      try ($0.renumbered(to: images.classes) ?? $0).sample(min(held, $0.count), seed: seed)
    }
    return Watch(
      names.compactMap(\.monitor), held: sample, test: judged, mapped: isMapped ? Frames.mostImages : nil)
  }

  private static func checkLabels(of images: ImageSet, test: ImageSet?, for name: MonitorName) throws {
    let (watch, judged) = (Train.command.word(\.watch), Train.command.word(\.test))
    let advice = "these need none: \(Advice.watch([.alignment, .uniformity, .positives]))"
    guard images.labels != nil else {
      throw Problem(
        "`\(name.rawValue)` needs labels, and \(images.name) has none", about: watch, advice: advice)
    }
    guard images.presentClasses.count > 1 else {
      throw Problem(
        "`\(name.rawValue)` tells classes apart, and \(images.name) has images of a single one",
        about: watch, advice: advice)
    }
    guard let test else { return }
    guard test.count > 0 else {
      throw Problem("`\(test.name)` holds no images to judge on", about: judged)
    }
    guard test.labels != nil else {
      throw Problem("`\(name.rawValue)` needs labels to judge on, and \(test.name) has none", about: judged)
    }
    guard test.renumbered(to: images.classes) != nil else {
      throw Problem(
        "`\(test.name)` has other classes than \(images.name): "
          + "\(firstFew(test.classes)) rather than \(firstFew(images.classes))",
        about: judged)
    }
  }
}
