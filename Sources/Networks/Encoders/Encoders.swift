import Base
import Tensors

/// The encoder that a weight file's settings describe: checked, and its size known, before anything of it is made.
public struct DescribedEncoder {
  /// Numbers that training changes.
  public let parameterCount: Int
  public let outputWidth: Int
  /// The encoder, with initial weights that are to be replaced.
  public let make: () throws -> any Encoder

  /// Throws `InputError` where no encoder is known under those settings.
  public init(settings: [String: String]) throws {
    let (plan, make) = try DescribedEncoder.read(settings)
    self.make = make
    parameterCount = plan.reduce(0) { $0 + $1.parameters }
    outputWidth = plan.last?.outputShape.last ?? 0
  }

  private static func read(_ settings: [String: String]) throws -> ([PlannedLayer], () throws -> any Encoder)
  {
    let architecture = settings["architecture"] ?? "none"
    func number(_ name: String) throws -> Int {
      guard let value = settings[name].flatMap({ Int($0) }) else {
        throw InputError("The encoder \(architecture) lacks its \(name).")
      }
      return value
    }
    switch architecture {
    case "cnn":
      let (width, size) = (try number("width"), try number("size"))
      return (
        try CNN.plan(width: width, size: size),
        {
          var random = RandomStream(seed: 0)
          return try CNN(width: width, size: size, random: &random)
        }
      )
    case "resnet18", "resnet34":
      guard let stem = ResNet.Stem(rawValue: settings["stem"] ?? "") else {
        throw InputError("The encoder \(architecture) lacks its stem.")
      }
      let (depth, width, size) = (
        architecture == "resnet18" ? 18 : 34, try number("width"), try number("size")
      )
      return (
        try ResNet.plan(depth: depth, stem: stem, width: width, size: size),
        {
          var random = RandomStream(seed: 0)
          return try ResNet(depth: depth, stem: stem, width: width, size: size, random: &random)
        }
      )
    case "vit":
      guard let style = ViT.Style(rawValue: settings["style"] ?? ""),
        let dropout = settings["dropout"].flatMap(Float.init)
      else {
        throw InputError("The encoder \(architecture) lacks its style or its dropout.")
      }
      let (layers, heads, width) = (try number("layers"), try number("heads"), try number("width"))
      let (patch, size) = (try number("patch"), try number("size"))
      let plan = try ViT.plan(
        style: style, layers: layers, heads: heads, width: width, patch: patch, size: size, dropout: dropout)
      return (
        plan,
        {
          var random = RandomStream(seed: 0)
          return try ViT(
            style: style, layers: layers, heads: heads, width: width, patch: patch, size: size,
            dropout: dropout,
            random: &random)
        }
      )
    default:
      throw InputError("The encoder \(architecture) is not known to this version.")
    }
  }
}

/// Throws `InputError` where the weights and gradients of a network would not fit into memory.
///
/// - Parameters:
///   - width: its `option`, which could be any of `range`; where it must be a multiple of `step`, such a one is advised.
///   - plan: the layers of the network for other widths.
func checkMemory(
  _ architecture: String, width: Int, in range: ClosedRange<Int>, shrinking option: String, step: Int = 1,
  plan: (Int) throws -> [PlannedLayer]
) throws {
  // Every smaller width that is asked about fits the other numbers as this one does.
  func bytes(_ width: Int) -> Int {
    trainedBytes(((try? plan(width)) ?? []).reduce(0) { $0 + $1.parameters })
  }
  try MachineMemory.ask(
    for: bytes(width), "the network \(architecture) with \(option)=\(width)", option: option
  ) {
    available in
    let most = MachineMemory.largest(range, within: available, needing: bytes).map { $0 / step * step } ?? 0
    return use(option, from: step, to: most) ?? "make a smaller network, or end other programs"
  }
}

/// Bytes of so many numbers that training changes, each with its gradient.
package func trainedBytes(_ parameters: Int) -> Int { 2 * MemoryLayout<Float>.stride * parameters }
