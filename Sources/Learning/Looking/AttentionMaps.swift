import Images
import Networks
import Tensors

/// Reasons why a model cannot be looked into so.
public enum LookingError: Error, Equatable {
  /// An architecture without attention.
  case noAttention(String)
  /// A block, counted from 0, of an architecture that has so many.
  case block(Int, of: Int)
  /// An architecture whose representation is no mean over places.
  case noPlaces(String)
}

/// Attention of the class token to the patches of images, head by head.
public struct AttentionMaps: Sendable {
  /// Number of patches from top to bottom and from left to right.
  public let rows: Int
  public let columns: Int
  public let heads: Int
  /// `[images][heads][rows·columns]`, row after row: the weight of each patch as a multiple of an even share, 1 / number of tokens.
  public let maps: [[[Double]]]
  /// Share of the attention that the class token pays to itself, mean over heads, for each image.
  public let toItself: [Double]
}

/// Attention of the class token in a block of the network that the model is used by, in evaluation, `softmax(q·Kᵀ/√d)` with q of the class
/// token (Caron et al., 2021, section 4.2.2, show that of the last block).
///
/// - Parameter block: counted from 0; nil for the last.
/// - Throws: `LookingError` for a network without attention or without that block, `TrainingError` where there is no room,
///   `Interrupted`, and `ModelError` while something else works with the model.
public func attentionMaps(
  of images: ImageSet, with model: ContrastiveModel, block: Int? = nil, run: Run
) throws -> AttentionMaps {
  let encoder = model.encoder
  guard let patches = encoder.patches, let last = encoder.attentionHeads.indices.last else {
    throw LookingError.noAttention(encoder.architecture)
  }
  let block = block ?? last
  guard encoder.attentionHeads.indices.contains(block) else {
    throw LookingError.block(block, of: encoder.attentionHeads.count)
  }
  let (heads, places) = (encoder.attentionHeads[block], patches.perSide * patches.perSide)
  return try model.using { lease in
    let passage = Passage(of: images.count, through: encoder)
    // Twice as wide: as doubles.
    try passage.check(encoder, of: images.count, width: 2 * heads * places)
    let normalisation = try model.normalisation(for: images, run: run)
    var (maps, toItself): ([[[Double]]], [Double]) = ([], [])
    for start in stride(from: 0, to: images.count, by: passage.chunk) {
      let indices = Array(start..<min(images.count, start + passage.chunk))
      let x = try images.tensor(
        indices, normalisation: normalisation, outputSize: encoder.inputSize, run: run)
      let weights = try run.pass { pass in
        guard let weights = lease.judgedEncoder.attention(to: x, block: block, pass: pass) else {
          throw LookingError.noAttention(encoder.architecture)
        }
        return weights.elements
      }
      let tokens = places + 1
      for image in indices.indices {
        let ofHeads = (0..<heads).map { head in
          let first = (image * heads + head) * tokens
          return (1...places).map { Double(weights[first + $0]) * Double(tokens) }
        }
        maps.append(ofHeads)
        let own = (0..<heads).reduce(0.0) { $0 + Double(weights[(image * heads + $1) * tokens]) }
        toItself.append(own / Double(heads))
      }
    }
    return AttentionMaps(
      rows: patches.perSide, columns: patches.perSide, heads: heads, maps: maps, toItself: toItself)
  }
}
