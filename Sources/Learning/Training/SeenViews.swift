import Images
import Tensors

/// Views of images as a step passes them to the network, for display: augmented, turned, cut into tiles.
public struct SeenViews: Sendable {
  /// RGB bytes, `[count·n, side, side, 3]`, first views before second ones.
  public let bytes: [UInt8]
  public let side: Int
  /// Views of each image.
  public let count: Int

  /// Views of the images at `indices`, those of each group, as `model` would see them in its first epoch. Throws `Interrupted`.
  public static func all(
    of images: ImageSet, _ indices: [Int], by model: ContrastiveModel, run: Run
  ) throws -> [SeenViews] {
    let normalisation = try model.normalisation(for: images, run: run)
    let queue = ViewQueue(of: images, in: model.viewGroups, normalisation: normalisation, run: run)
    return try all(of: model, from: queue, Portion(epoch: 0, indices: indices), normalisation)
  }

  static func all(
    of model: ContrastiveModel, from source: any ViewSource, _ portion: Portion,
    _ normalisation: Normalisation
  ) throws -> [SeenViews] {
    let views = try source.take(portion, following: nil)
    return zip(model.viewGroups, views).map { group, views in
      SeenViews(
        bytes: Images.bytes(of: views.pixels, normalisedBy: normalisation), side: group.side,
        count: group.views)
    }
  }

  /// The bytes of each view, one after the other.
  public var each: [[UInt8]] {
    let length = side * side * 3
    return stride(from: 0, to: bytes.count, by: length).map { Array(bytes[$0..<$0 + length]) }
  }
}
