import Tensors

/// Builds the encoder that a weight file's settings describe, with initial weights that are to be replaced.
/// Throws `InputError` where no encoder is known under those settings.
public func makeEncoder(settings: [String: String]) throws -> any Encoder {
  let architecture = settings["architecture"] ?? "none"
  func number(_ name: String) throws -> Int {
    guard let value = settings[name].flatMap({ Int($0) }) else {
      throw InputError("The encoder \(architecture) lacks its \(name).")
    }
    return value
  }
  var random = RandomStream(seed: 0)
  switch architecture {
  case "cnn": return try CNN(width: number("width"), size: number("size"), random: &random)
  case "resnet18", "resnet34":
    guard let stem = ResNet.Stem(rawValue: settings["stem"] ?? "") else {
      throw InputError("The encoder \(architecture) lacks its stem.")
    }
    return try ResNet(
      depth: architecture == "resnet18" ? 18 : 34, stem: stem, width: number("width"), size: number("size"),
      random: &random)
  case "vit":
    guard let style = ViT.Style(rawValue: settings["style"] ?? ""),
      let dropout = settings["dropout"].flatMap(Float.init)
    else {
      throw InputError("The encoder \(architecture) lacks its style or its dropout.")
    }
    let (layers, heads, width) = (try number("layers"), try number("heads"), try number("width"))
    let (patch, size) = (try number("patch"), try number("size"))
    return try ViT(
      style: style, layers: layers, heads: heads, width: width, patch: patch, size: size, dropout: dropout,
      random: &random)
  default:
    throw InputError("The encoder \(architecture) is not known to this version.")
  }
}
