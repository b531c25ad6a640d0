import Images
import Networks
import Tensors

/// The cosine similarity of the representations of two views, taken apart by places, without a remainder.
///
/// Where a representation is the mean over K places, `h = Σᵢ fᵢ / K`, the similarity is a sum over pairs of places (Stylianou, Souvenir and Pless,
/// 2019, equation 3): `cos(h, h′) = Σᵢ Σⱼ sᵢⱼ`, `sᵢⱼ = fᵢ·f′ⱼ / (K² ‖h‖ ‖h′‖)`. Place i of one view contributes `Σⱼ sᵢⱼ`, and place j of the other `Σᵢ sᵢⱼ`.
public struct SimilarityMaps: Sendable {
  /// Number of places from top to bottom and from left to right.
  public let rows: Int
  public let columns: Int
  /// The cosine similarity: the sum of all contributions, 0 where a representation is 0.
  public let similarity: Double
  /// Contributions of the places of both views, row after row; each adds up to the similarity.
  public let first: [Double]
  public let second: [Double]

  /// Shapes: `[rows, columns, channels]` of one view each, the numbers of their places.
  package init(_ f: Tensor, _ g: Tensor) {
    let channels = f.shape[2]
    (rows, columns) = (f.shape[0], f.shape[1])
    let count = rows * columns
    func mean(_ x: Tensor) -> [Double] {
      var sums = [Double](repeating: 0, count: channels)
      for at in 0..<x.count { sums[at % channels] += Double(x.pointer[at]) }
      return sums.map { $0 / Double(count) }
    }
    func length(_ h: [Double]) -> Double { h.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    let (h, other) = (mean(f), mean(g))
    let scale = Double(count) * length(h) * length(other)
    // Σⱼ fᵢ·f′ⱼ is K times fᵢ·h′.
    func contributions(_ x: Tensor, _ other: [Double]) -> [Double] {
      (0..<count).map { place in
        var sum = 0.0
        for c in 0..<channels { sum += Double(x.pointer[place * channels + c]) * other[c] }
        return scale > 0 ? sum / scale : 0
      }
    }
    (first, second) = (contributions(f, other), contributions(g, h))
    similarity = first.reduce(0, +)
  }
}

/// Two views of images as a network sees them, and what makes them alike by it.
public struct ComparedViews: Sendable {
  /// Side of a view in pixels.
  public let side: Int
  /// RGB bytes of all first views, then of all second ones, `[2·n, side, side, 3]`.
  public let pixels: [UInt8]
  public let maps: [SimilarityMaps]
}

/// The similarity of two random views of each image, taken apart by places, in evaluation.
///
/// - Throws: `LookingError` for a network whose representation is no mean over places, `TrainingError` where there is no room,
///   `Interrupted`, and `ModelError` while something else works with the model.
public func similarityMaps(
  of images: ImageSet, indices: [Int], with model: ContrastiveModel, augmentation: Augmentation, run: Run
) throws -> ComparedViews {
  let encoder = model.encoder
  guard let grid = encoder.places else {
    throw LookingError.noPlaces(encoder.architecture)
  }
  let (places, channels) = (grid.rows * grid.columns, encoder.outputWidth)
  return try model.using { lease in
    let passage = Passage(of: 2 * indices.count, through: encoder)
    // The numbers of all places, and the contributions as doubles.
    try passage.check(encoder, of: 2 * indices.count, width: places * (channels + 2))
    let normalisation = try model.normalisation(for: images, run: run)
    var views: [[Tensor]] = []
    for number in 0..<2 {
      var found: [Tensor] = []
      for start in stride(from: 0, to: indices.count, by: passage.chunk) {
        let part = Array(indices[start..<min(indices.count, start + passage.chunk)])
        let x = try Images.views(
          of: images, indices: part, epoch: 0, numbers: number..<number + 1, with: augmentation,
          outputSize: encoder.inputSize, normalisation: normalisation, run: run
        ).pixels
        let y = try run.pass { pass in
          guard let y = lease.judgedEncoder.places(of: x, pass: pass) else {
            throw LookingError.noPlaces(encoder.architecture)
          }
          return y
        }
        found += part.indices.map { y.rows($0..<$0 + 1).reshaped([grid.rows, grid.columns, channels]) }
      }
      views.append(found)
    }
    let maps = try indices.indices.map { at in
      try run.checkInterrupt()
      return SimilarityMaps(views[0][at], views[1][at])
    }
    let pixels = try pictures(
      of: images, indices: indices, epoch: 0, views: 2, with: augmentation, outputSize: encoder.inputSize,
      run: run)
    return ComparedViews(side: encoder.inputSize, pixels: pixels, maps: maps)
  }
}
