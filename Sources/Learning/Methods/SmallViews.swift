import Images
import Networks

/// Small views beside the two large ones (multi-crop; Caron et al., 2020, section 3.3): cheaper, and they learn from the large ones alone.
public struct SmallViews: Sendable, Equatable {
  /// Number for each image; 0 for none.
  public var count: Int
  /// Side in pixels; nil for 9/16 of the encoder's.
  public var side: Int?
  /// Shares of an image's area that they show.
  public var scale: ClosedRange<Float>

  public init(_ count: Int = 0, side: Int? = nil, scale: ClosedRange<Float> = 0.08...0.5) {
    (self.count, self.side, self.scale) = (count, side, scale)
  }

  func side(of large: Int) -> Int { side ?? max(1, large * 9 / 16) }

  /// The group of such views, with the augmentation of the large ones but for the crop.
  func groups(of augmentation: Augmentation, side large: Int) -> [ViewGroup] {
    guard count > 0 else { return [] }
    return [
      ViewGroup(views: count, augmentation: augmentation.cropping(scale), side: side(of: large))
    ]
  }

  /// Throws where the network does not take images of their size.
  func check(_ encoder: NetworkDescription) throws {
    guard count > 0 else { return }
    let small = side(of: encoder.inputSize)
    guard small < encoder.inputSize else {
      throw MethodUseError.largeCrops(small, size: encoder.inputSize)
    }
    guard !encoder.hasFixedSize else {
      throw MethodUseError.fixedSize(
        architecture: encoder.architecture, small, size: encoder.inputSize)
    }
    _ = try NetworkDescription(settings: encoder.metadata.merging(["size": String(small)]) { $1 })
  }

  func write(to settings: inout MethodSettings) {
    settings["crops"] = .number(Double(count))
    if let side { settings["crop_side"] = .number(Double(side)) }
    settings["crop_scale"] = .numbers([Double(scale.lowerBound), Double(scale.upperBound)])
  }

  init(from settings: MethodSettings) throws {
    let scale = try settings.numbers("crop_scale", in: 1e-6...1, count: 2).map { Float($0) }
    self.init(
      try settings.whole("crops", in: 0...64),
      side: settings["crop_side"] == nil ? nil : try settings.whole("crop_side", in: 1...4096),
      scale: min(scale[0], scale[1])...scale[1])
  }
}

extension Augmentation {
  /// The same with crops of that scale; one is put first where there is none.
  func cropping(_ scale: ClosedRange<Float>) -> Augmentation {
    replacingCrops(scale) ?? .sequence([.crop(scale: scale, ratio: Augmentation.usualRatio), self])
  }

  private func replacingCrops(_ scale: ClosedRange<Float>) -> Augmentation? {
    switch self {
    case .crop(_, let ratio): return .crop(scale: scale, ratio: ratio)
    case .sequence(let steps):
      let replaced = steps.map { $0.replacingCrops(scale) }
      return replaced.contains { $0 != nil }
        ? .sequence(zip(replaced, steps).map { $0 ?? $1 }) : nil
    case .either(let choices):
      let replaced = choices.map { $0.replacingCrops(scale) }
      return replaced.contains { $0 != nil } ? .either(choices.map { $0.cropping(scale) }) : nil
    case .asymmetric(let recipes):
      let replaced = recipes.map { $0.replacingCrops(scale) }
      return replaced.contains { $0 != nil } ? .asymmetric(recipes.map { $0.cropping(scale) }) : nil
    default: return nil
    }
  }
}
