import Images
import Language

/// An augmentation, which makes the views of an image. It can also be read from the name of a preset, or from a list as a
/// composition.
struct AugmentationValue: Value {
  static let typeName = "augmentation"
  let augmentation: Augmentation

  init(_ augmentation: Augmentation) { self.augmentation = augmentation }

  var summary: String { augmentation.cell }
}

extension Augmentation {
  /// The command that makes this augmentation.
  var cell: String {
    switch self {
    case .none: return "none"
    case .crop(let scale, let ratio):
      let crop = Crop.command
      return "\(crop.name) \(crop.given(\.scale, scale))"
        + (ratio == Augmentation.usualRatio ? "" : " \(crop.given(\.ratio, ratio))")
    case .flip(let chance): return "\(Flip.command.name) \(Flip.command.given(\.chance, chance))"
    case .jitter(let brightness, let contrast, let saturation, let hue, let chance):
      let jitter = Jitter.command
      return "\(jitter.name) \(jitter.given(\.brightness, brightness)) \(jitter.given(\.contrast, contrast))"
        + " \(jitter.given(\.saturation, saturation)) \(jitter.given(\.hue, hue))"
        + (chance == Jitter().chance ? "" : " \(jitter.given(\.chance, chance))")
    case .normalised(let jitter): return "\(jitter.cell) \(Jitter.command.given(\.normalised, true))"
    case .grey(let chance): return "\(Grey.command.name) \(Grey.command.given(\.chance, chance))"
    case .blur(let sigma, let chance):
      let blur = Blur.command
      return "\(blur.name) \(blur.given(\.sigma, sigma))"
        + (chance == Blur().chance ? "" : " \(blur.given(\.chance, chance))")
    case .solarise(let threshold, let chance):
      let solarise = Solarise.command
      return "\(solarise.name) \(solarise.given(\.threshold, threshold))"
        + (chance == Solarise().chance ? "" : " \(solarise.given(\.chance, chance))")
    case .pad(let margin): return "\(Pad.command.name) \(Pad.command.given(\.margin, margin))"
    case .sequence(let steps): return "[" + steps.map(\.asItem).joined(separator: ", ") + "]"
    case .either(let choices):
      return "\(Either.command.name) " + choices.map(\.asItem).joined(separator: " ")
    case .asymmetric(let recipes):
      return "\(Asymmetric.command.name) " + recipes.map(\.asItem).joined(separator: " ")
    }
  }

  /// The value as an item of a list, where commands stand in parentheses.
  private var asItem: String {
    switch self {
    case .none, .sequence: cell
    default: "(\(cell))"
    }
  }
}
