import Base
import Glibc
import Tensors

/// Reasons why such shapes cannot be drawn.
public enum ShapesError: Error, Equatable {
  case size(Int, ClosedRange<Int>)
  case trainCount(Int), testCount(Int)
  case memory(PixelStoreError)
}

/// Small pictures made by arithmetic: ten figures, each with everything but its form left to chance.
///
/// Place, size, tilt, colours, which of figure and ground is the lighter, clouds of light, specks and noise vary: pixels
/// alone say little about the class, while views by crop, flip, jitter and grey keep little but the form. A picture
/// depends on the seed and its number alone: a larger set begins with the smaller one.
public enum Shapes {
  public static let classes = Outline.allCases.map(\.name)

  /// Strength of the random variation.
  public enum Difficulty: String, CaseIterable, Sendable {
    case easy, normal, hard

    var strength: Float {
      switch self {
      case .easy: 0.6
      case .normal: 1
      case .hard: 1.5
      }
    }
  }

  /// Makes `train` and `test` pictures, as many of each class as of any other to within one.
  public static func generate(
    count train: Int = 10_000, test: Int = 2_000, size: Int = 32, seed: UInt64 = 1,
    difficulty: Difficulty = .normal, run: Run
  ) throws -> DataSet {
    let (sizes, counts) = (16...1024, 1...10_000_000)
    guard sizes.contains(size) else {
      throw ShapesError.size(size, sizes)
    }
    guard counts.contains(train) else { throw ShapesError.trainCount(train) }
    guard counts.contains(test) else { throw ShapesError.testCount(test) }
    do throws(PixelStoreError) { try PixelStore.ask(for: train + test, size: size) } catch {
      throw ShapesError.memory(error)
    }
    return DataSet(
      name: "shapes", train: try make(train, "train", size, seed, difficulty, run),
      test: try make(test, "test", size, seed, difficulty, run), source: "generated from seed \(seed)")
  }

  private static func make(
    _ count: Int, _ half: String, _ size: Int, _ seed: UInt64, _ difficulty: Difficulty, _ run: Run
  ) throws -> ImageSet {
    let store = try PixelStore(count: count, size: size)
    let labels = labels(count, half, seed)
    let scratch = (0..<run.workers.count).map { _ in Scratch() }
    let chunk = max(64, (1 << 22) / (size * size))
    for start in stride(from: 0, to: count, by: chunk) {
      let end = min(count, start + chunk)
      try run.forEachRange(end - start, grain: 8) { range, worker in
        for index in range {
          var random = RandomStream(seed: seed, name: "shapes " + half, indices: [start + index])
          let drawing = ShapeDrawing(
            Outline.allCases[labels[start + index]], size: size, strength: difficulty.strength, &random)
          drawing.draw(into: store.picture(start + index), scratch: scratch[worker], &random)
        }
      }
      run.report(Progress("Drawing shapes", completed: end, total: count, unit: "images"))
    }
    return ImageSet(name: "shapes." + half, store: store, labels: labels, classes: classes)
  }

  /// Each ten in a row are the ten classes in a random order of their own.
  private static func labels(_ count: Int, _ half: String, _ seed: UInt64) -> [Int] {
    var labels: [Int] = []
    labels.reserveCapacity(count + classes.count)
    while labels.count < count {
      var random = RandomStream(seed: seed, name: "shapes \(half) labels", indices: [labels.count])
      labels += random.permutation(classes.count)
    }
    return Array(labels.prefix(count))
  }
}
