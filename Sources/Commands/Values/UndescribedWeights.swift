import Base
import Images
import Language
import Networks
import Tensors

/// Weights without a word of what model they belong to, as a program leaves them that saves a model's file again.
enum UndescribedWeights {
  /// Advice of `open`: the network that their names and shapes suggest, to be written after `into=`.
  static func problem(_ file: WeightFile) -> Problem {
    let open = Open.command
    let message =
      "\(file.path) holds weights, but not what model they belong to: another program saved it without the description that save writes"
    guard let guess = encoder(of: file) else {
      return Problem(
        message, about: open.word(\.$path),
        advice:
          "\(open.name) reads weights of resnet18, resnet34, resnet50, cnn and vit by their names, and these are called "
          + firstFew(file.names, most: 3), kind: .badValue)
    }
    let line =
      "\(open.name) \(Text(file.path).summary) \(open.word(\.into))=(\(network(guess.command, file)))"
    return Problem(
      message, about: open.word(\.$path),
      advice: "say what they belong to: \(line)"
        + (guess.unknown.map { ", where \($0)= is a guess, which shapes do not tell" } ?? ""),
      kind: .badValue)
  }

  /// A line about what images were normalised by, which such a file does not say.
  static func note(_ file: WeightFile, isTrained: Bool) -> String {
    let rest =
      isTrained
      ? "the model keeps its own"
      : "those of the images at hand are used, unless \(Open.exampleMean) \(Open.exampleDeviation), or what they were, is added"
    return "\(file.path) does not say the mean and std that images were normalised by: \(rest).\n"
  }

  /// The encoder, with the head of the model where the file has one.
  private static func network(_ encoder: String, _ file: WeightFile) -> String {
    let head = file.names.compactMap { name -> (place: Int, width: Int)? in
      guard name.hasPrefix("head."), name.hasSuffix(".weight"), let shape = file.shape(of: name),
        shape.count == 2
      else { return nil }
      return Int(name.dropFirst(5).dropLast(7)).map { ($0, shape[0]) }
    }.sorted { $0.place < $1.place }
    guard !head.isEmpty else { return encoder }
    return "simclr (\(encoder)) head=[\(head.map { "\($0.width)" }.joined(separator: ", "))]"
  }

  /// A command that makes an encoder of these weights, and the option that nothing tells.
  private struct Guess {
    let command: String
    let unknown: String?
  }

  private static func encoder(of file: WeightFile) -> Guess? {
    if let described = try? NetworkDescription(settings: file.metadata) {
      let options = described.settings.dropFirst().map { "\($0.name)=\($0.value)" }
      return Guess(command: ([described.architecture] + options).joined(separator: " "), unknown: nil)
    }
    if let shape = file.shape(of: "conv.0.weight"), shape.count == 4 {
      return Guess(command: "cnn width=\(shape[0]) size=32", unknown: "size")
    }
    return residual(file) ?? transformer(file)
  }

  private static func residual(_ file: WeightFile) -> Guess? {
    guard let shape = file.shape(of: "conv1.weight"), shape.count == 4 else { return nil }
    func blocks(_ stage: Int) -> Int {
      (0...).first { file.shape(of: "layer\(stage).\($0).conv1.weight") == nil } ?? 0
    }
    let isBottleneck = file.shape(of: "layer1.0.conv3.weight") != nil
    let depth = ResNet.Depth.allCases.first {
      $0.blocks == (1...4).map(blocks) && ($0 == .resnet50) == isBottleneck
    }
    return depth.map {
      let stem = shape[3] == 7 ? "stem=imagenet size=224" : "stem=cifar size=32"
      return Guess(command: "\($0.rawValue) width=\(shape[0]) \(stem)", unknown: "size")
    }
  }

  private static func transformer(_ file: WeightFile) -> Guess? {
    guard let token = file.shape(of: "token"), token.count == 3, token[2] > 0,
      let positions = file.shape(of: "position"), positions.count == 3
    else { return nil }
    let width = token[2]
    let projection = file.shape(of: "patch.weight")
    // A patch has 3·patch² numbers, and one token more than there are patches is the class.
    let patch = root((projection?.last ?? width) / 3)
    let side = patch * root(positions[1] - 1)
    let layers = Set(file.names.filter { $0.hasPrefix("blocks.") }.map { $0.split(separator: ".")[1] }).count
    let heads = (1...6).last { width % $0 == 0 } ?? 1
    let style = projection == nil ? ViT.Style.paper : .standard
    guard
      let described = try? NetworkDescription.vit(
        style, layers: layers, heads: heads, width: width, patch: patch, size: side)
    else { return nil }
    let options = described.settings.filter {
      $0.name != "dropout" && (style == .standard || $0.name != "width")
    }
    return Guess(
      command: (["vit"] + options.dropFirst().map { "\($0.name)=\($0.value)" }).joined(separator: " "),
      unknown: "heads")
  }

  private static func root(_ number: Int) -> Int { Int(Double(max(0, number)).squareRoot().rounded()) }
}

extension EncoderValue {
  /// The network with the weights of a file.
  /// Throws: `InputError` where names or shapes differ, and `Interrupted`.
  func loading(_ file: WeightFile, normalisation: Normalisation?, run: Run) throws -> EncoderValue {
    let loaded = try make(run)
    try file.checkParts(State(of: loaded))
    try file.load(into: State(of: loaded))
    let make = make
    // From the loaded network rather than the file, whose bytes need not stay.
    return EncoderValue(encoder, normalisation: normalisation) {
      let copy = try make($0)
      for (to, from) in zip(State(of: copy).entries, State(of: loaded).entries) {
        to.entry.tensor.pointer.update(from: from.entry.tensor.pointer, count: from.entry.tensor.count)
      }
      return copy
    }
  }
}
