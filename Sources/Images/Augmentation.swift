/// A value of an augmentation that makes no sense.
public enum AugmentationError: Error, Equatable {
  public enum Strength: Equatable, Sendable { case brightness, contrast, saturation }

  case scale(ClosedRange<Float>)
  case ratio(ClosedRange<Float>)
  case strength(Strength, Float)
  case hue(Float)
  case chance(Float)
  case sigma(ClosedRange<Float>)
  case threshold(Float)
  case margin(Int)
  /// An augmentation of normalised numbers that is no jitter.
  case notJitter(Augmentation)
  case noChoices
}

/// A recipe for random changes to a picture that leave it recognisable.
///
/// The transforms are those of torchvision under the same names and with the same distributions; they work on Float32
/// in 0…1 throughout, without rounding to bytes in between.
public indirect enum Augmentation: Sendable, Equatable, Codable {
  /// The picture as it is.
  case none
  /// A random part of the picture, resized back (`RandomResizedCrop`): its area is a share of the picture's drawn from
  /// `scale`, and its width over its height is drawn from `ratio`, evenly in the logarithm.
  case crop(scale: ClosedRange<Float>, ratio: ClosedRange<Float>)
  /// A horizontal flip.
  case flip(chance: Float)
  /// Colours changed, in random order (`ColorJitter`): brightness, contrast and saturation by factors drawn from
  /// `max(0, 1 − x)…1 + x`, and the hue turned by a share of the circle drawn from `−hue…hue`.
  case jitter(brightness: Float, contrast: Float, saturation: Float, hue: Float, chance: Float)
  /// A jitter of numbers that are normalised already, `(x − mean)/deviation` by CIFAR-10's constants, as if they were pixels: clamped
  /// to 0…1, all that is darker than the mean turns to the mean. The rest becomes pixels again, `x · deviation + mean`.
  case normalised(Augmentation)
  /// Colours replaced by their luminance.
  case grey(chance: Float)
  /// A Gaussian blur whose standard deviation in pixels is drawn from `sigma`; its window is a tenth of the side, or six sigma where
  /// that is more.
  case blur(sigma: ClosedRange<Float>, chance: Float)
  /// Colours from `threshold` on turned to their opposite, `1 − x` (`RandomSolarize`).
  case solarise(threshold: Float, chance: Float)
  /// The picture moved by up to so many pixels in either direction, black where it was not (`RandomCrop` with padding).
  case pad(Int)
  /// One after another.
  case sequence([Augmentation])
  /// One of several, each equally likely.
  case either([Augmentation])
  /// A recipe of its own for each view of a picture, which take them in turn: the first view the first.
  case asymmetric([Augmentation])

  /// Ratios that `RandomResizedCrop` draws from where none are given.
  public static let usualRatio: ClosedRange<Float> = 3 / 4...4 / 3

  /// Algorithm 1 of Beasse and Kabouri, "A down-scaled Self-Supervised approach for image classification: SimCLR":
  /// one of two compositions, each with probability ½.
  public static let paper = algorithm1(gentleJitter)

  /// Algorithm 1 as its authors' code carried it out: colours are jittered after the normalisation, so what is darker than the mean
  /// is lost in every second view.
  public static let published = algorithm1(.normalised(gentleJitter))

  private static let gentleJitter = Augmentation.jitter(
    brightness: 0.1, contrast: 0.1, saturation: 0.1, hue: 0.05, chance: 1)

  private static func algorithm1(_ colours: Augmentation) -> Augmentation {
    .either([
      .sequence([.crop(scale: 0.7...1, ratio: 0.8...1.2), .flip(chance: 0.3)]),
      .sequence([.flip(chance: 0.3), colours]),
    ])
  }

  /// SimCLR's augmentations for small images (Chen et al., 2020, appendix B.9, with grey and colour as tuned for CIFAR-10).
  public static let simclr = Augmentation.sequence([
    .crop(scale: 0.2...1, ratio: usualRatio), .flip(chance: 0.5),
    .jitter(brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1, chance: 0.8), .grey(chance: 0.1),
  ])

  /// BYOL's augmentations (Grill et al., 2020, appendix B), which Barlow Twins, MoCo v3 and DINO share: every first view is blurred, second
  /// views seldom, and of these one in five is solarised.
  public static let byol = Augmentation.sequence([
    .crop(scale: 0.08...1, ratio: usualRatio), .flip(chance: 0.5),
    .jitter(brightness: 0.4, contrast: 0.4, saturation: 0.2, hue: 0.1, chance: 0.8), .grey(chance: 0.2),
    .asymmetric([
      .blur(sigma: 0.1...2, chance: 1),
      .sequence([.blur(sigma: 0.1...2, chance: 0.1), .solarise(threshold: 0.5, chance: 0.2)]),
    ]),
  ])

  /// The recipe of a picture's view of that number, from 0.
  public func recipe(ofView number: Int) -> Augmentation {
    switch self {
    case .asymmetric(let recipes) where !recipes.isEmpty:
      recipes[number % recipes.count].recipe(ofView: number)
    case .sequence(let steps): .sequence(steps.map { $0.recipe(ofView: number) })
    case .either(let choices): .either(choices.map { $0.recipe(ofView: number) })
    default: self
    }
  }

  /// Whether its views differ in their recipes.
  public var isAsymmetric: Bool {
    switch self {
    case .asymmetric: true
    case .sequence(let parts), .either(let parts): parts.contains(where: \.isAsymmetric)
    default: false
    }
  }

  /// Whether every view of a picture is the same.
  public var isDeterministic: Bool {
    switch self {
    case .none: true
    case .flip(let chance), .grey(let chance): chance <= 0 || chance >= 1
    case .crop: false
    case .pad(let margin): margin == 0
    case .jitter(_, _, _, _, let chance), .blur(_, let chance): chance <= 0
    case .solarise(_, let chance): chance <= 0 || chance >= 1
    case .normalised(let jitter): jitter.isDeterministic
    case .sequence(let steps): steps.allSatisfy(\.isDeterministic)
    case .either(let choices): choices.count < 2 && choices.allSatisfy(\.isDeterministic)
    case .asymmetric(let recipes): recipes.count < 2 && recipes.allSatisfy(\.isDeterministic)
    }
  }
}

// MARK: - Validation

extension Augmentation {
  /// Throws where a value makes no sense.
  public func validate() throws(AugmentationError) {
    switch self {
    case .none: return
    case .crop(let scale, let ratio):
      guard scale.lowerBound > 0, scale.upperBound <= 1 else {
        throw AugmentationError.scale(scale)
      }
      guard ratio.lowerBound > 0, ratio.upperBound.isFinite else {
        throw AugmentationError.ratio(ratio)
      }
    case .flip(let chance), .grey(let chance):
      try validate(chance: chance)
    case .jitter(let brightness, let contrast, let saturation, let hue, let chance):
      for (kind, value) in [
        (AugmentationError.Strength.brightness, brightness), (.contrast, contrast), (.saturation, saturation),
      ] where !(value >= 0 && value.isFinite) {
        throw .strength(kind, value)
      }
      guard hue >= 0, hue <= 0.5 else {
        throw AugmentationError.hue(hue)
      }
      try validate(chance: chance)
    case .normalised(let jitter):
      guard case .jitter = jitter else {
        throw AugmentationError.notJitter(jitter)
      }
      try jitter.validate()
    case .blur(let sigma, let chance):
      guard sigma.lowerBound > 0, sigma.upperBound.isFinite else {
        throw AugmentationError.sigma(sigma)
      }
      try validate(chance: chance)
    case .solarise(let threshold, let chance):
      guard threshold >= 0, threshold <= 1 else { throw AugmentationError.threshold(threshold) }
      try validate(chance: chance)
    case .pad(let margin):
      guard (0...1024).contains(margin) else { throw AugmentationError.margin(margin) }
    case .sequence(let steps):
      for step in steps { try step.validate() }
    case .either(let choices), .asymmetric(let choices):
      guard !choices.isEmpty else {
        throw AugmentationError.noChoices
      }
      for choice in choices { try choice.validate() }
    }
  }

  private func validate(chance: Float) throws(AugmentationError) {
    guard chance >= 0, chance <= 1 else {
      throw AugmentationError.chance(chance)
    }
  }
}
