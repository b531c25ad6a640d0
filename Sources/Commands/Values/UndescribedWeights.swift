import Language
import Networks
import Tensors

/// Weights without a word of what model they belong to, as a program leaves them that saves a model's file again.
enum UndescribedWeights {
  /// Advice of `open`: the network that their names and shapes suggest, to be written after `into=`.
  static func problem(_ file: WeightFile) -> Problem {
    let network = network(of: file) ?? "simclr (resnet18 width=64 size=32)"
    return Problem(
      "\(file.path) holds weights, but not what model they belong to: another program saved it without the description that save writes",
      about: "path",
      advice:
        "say what they belong to: open \(Text(file.path).summary) into=(\(network)), with the size and settings of the model",
      kind: .badValue)
  }

  /// The command that would make such a network, as far as shapes tell.
  private static func network(of file: WeightFile) -> String? {
    guard let encoder = encoder(of: file) else { return nil }
    let head = file.names.compactMap { name -> (place: Int, width: Int)? in
      guard name.hasPrefix("head."), name.hasSuffix(".weight"), let shape = file.shape(of: name),
        shape.count == 2
      else { return nil }
      return Int(name.dropFirst(5).dropLast(7)).map { ($0, shape[0]) }
    }.sorted { $0.place < $1.place }
    guard !head.isEmpty else { return encoder }
    return "simclr (\(encoder)) head=[\(head.map { "\($0.width)" }.joined(separator: ", "))]"
  }

  private static func encoder(of file: WeightFile) -> String? {
    if let shape = file.shape(of: "conv.0.weight"), shape.count == 4 { return "cnn width=\(shape[0])" }
    if let shape = file.shape(of: "conv1.weight"), shape.count == 4,
      file.shape(of: "layer1.0.conv1.weight") != nil
    {
      func holds(_ name: String) -> Bool { file.shape(of: "\(name).weight") != nil }
      let depth = holds("layer1.0.conv3") ? 50 : holds("layer1.2.conv1") ? 34 : 18
      return "resnet\(depth) width=\(shape[0])" + (shape[3] == 7 ? " stem=imagenet" : " stem=cifar")
    }
    if let shape = file.shape(of: "token"), shape.count == 3, file.shape(of: "position") != nil {
      let layers = Set(file.names.filter { $0.hasPrefix("blocks.") }.map { $0.split(separator: ".")[1] })
        .count
      let style = file.shape(of: "patch.weight") == nil ? "paper" : "standard"
      return "vit layers=\(layers) width=\(shape[2]) style=\(style)"
    }
    return nil
  }
}

extension EncoderValue {
  /// The network with the weights of a file.
  /// Throws: `InputError` where names or shapes differ, and `Interrupted`.
  func loading(_ file: WeightFile, run: Run) throws -> EncoderValue {
    let loaded = try make(run)
    try file.load(into: State(of: loaded))
    let make = make
    // From the loaded network rather than the file, whose bytes need not stay.
    return try EncoderValue(run: run) {
      let copy = try make($0)
      for (to, from) in zip(State(of: copy).entries, State(of: loaded).entries) {
        to.entry.tensor.pointer.update(from: from.entry.tensor.pointer, count: from.entry.tensor.count)
      }
      return copy
    }
  }
}
