import Base
import Foundation
import Networks
import Tensors
import Testing

@Suite("Weight files")
struct WeightFileTests {
  @Test("what was saved is loaded to the same bits", arguments: ResNet.Stem.allCases)
  func roundTrip(stem: ResNet.Stem) throws {
    let path = temporaryPath("model.safetensors")
    defer { try? FileManager.default.removeItem(atPath: path) }
    let model = try SmallModel(stem: stem, width: 5, size: 32, batch: 4)
    for step in 0..<2 { try model.step(step, Adam(), run: Run()) }
    let metadata = ["architecture": "resnet18", "note": "\"a\\b\"\n\u{1}é☃\u{1F600}"]
    try Weights.write(model.state, metadata: metadata, to: path)

    let file = try Weights.read(path)
    #expect(file.metadata == metadata)
    #expect(file.names == model.state.entries.map(\.name))
    let other = try SmallModel(stem: stem, width: 5, size: 32, batch: 4)
    try file.load(into: other.state)
    #expect(numbers(other.state) == numbers(model.state))
    #expect(file.shape(of: "conv1.weight") == [5, 3, stem == .cifar ? 3 : 7, stem == .cifar ? 3 : 7])
    #expect(file.shape(of: "bn1.num_batches_tracked") == [])
    #expect(try #require(try file.tensor("bn1.num_batches_tracked"))[0] == 2)
    // The encoder alone, from the same file.
    let encoder = try Network(.resnet(.resnet18, stem: stem, width: 5), seed: 77)
    try file.load(into: State(of: encoder))
    #expect(numbers(State(of: encoder)) == numbers(State(of: model.encoder)))
  }

  @Test(
    "an optimiser that was saved and loaded goes on as if it had not stopped", arguments: ["adam", "sgd"])
  func resuming(rule: String) throws {
    let path = temporaryPath("optimizer.safetensors")
    defer { try? FileManager.default.removeItem(atPath: path) }
    func rules() -> any Optimizer { rule == "adam" ? Adam(weightDecay: 1e-3) : SGD(weightDecay: 1e-3) }
    let (first, second) = (Linear(inputs: 5, seed: 1), Linear(inputs: 5, seed: 1))
    let (kept, stopped, resumed) = (rules(), rules(), rules())
    func step(_ layer: Linear, _ optimizer: any Optimizer, _ number: Int) {
      let parameters = State(of: layer).parameters
      for (index, parameter) in parameters.enumerated() {
        let gradient = random(parameter.value.shape, seed: UInt64(10 * number + index))
        parameter.gradient.pointer.update(from: gradient.pointer, count: gradient.count)
      }
      optimizer.step(parameters, rate: 1e-2, workers: .shared)
      #expect(parameters.allSatisfy { $0.gradient.elements.allSatisfy { $0 == 0 } })
    }
    for number in 0..<3 {
      step(first, kept, number)
      step(second, stopped, number)
    }
    try Weights.write(stopped.state(for: State(of: second)), to: path)
    try Weights.read(path).load(into: resumed.state(for: State(of: second)))
    resumed.steps = stopped.steps
    for number in 3..<6 {
      step(first, kept, number)
      step(second, resumed, number)
    }
    #expect(numbers(State(of: first)) == numbers(State(of: second)))
  }

  @Test("names and shapes are those of torchvision's ResNet18")
  func names() throws {
    let reference = try Weights.read(fixture("training.safetensors"))
    let state = State(of: try Network(.resnet(.resnet18, width: 6, size: 16)))
    let expected = Set(
      reference.names.filter { $0.hasPrefix("start.") && !$0.hasPrefix("start.head.") }.map {
        $0.dropFirst(6)
      })
    #expect(Set(state.entries.map { $0.name[...] }) == expected.union(["conv1.weight"]))
  }

  @Test("a file of another network is refused by the first tensor that does not fit, and changes nothing")
  func otherNetwork() throws {
    let path = temporaryPath("model.safetensors")
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Weights.write(State(of: try Network(.resnet(.resnet18, width: 4))), to: path)
    let file = try Weights.read(path)
    func misfit(_ needed: [Int]) -> WeightFileError {
      .shape(path, name: "conv1.weight", [4, 3, 3, 3], needed: needed)
    }
    for (network, error) in [
      (try Network(.resnet(.resnet18, stem: .imagenet, width: 4)), misfit([4, 3, 7, 7])),
      (try Network(.resnet(.resnet18, width: 5)), misfit([5, 3, 3, 3])),
      (
        try Network(.resnet(.resnet34, width: 4)),
        .missing(path, name: "layer1.2.conv1.weight", instead: Array(file.names.prefix(3)))
      ),
    ] {
      let state = State(of: network)
      let before = numbers(state)
      #expect(throws: error) { try file.load(into: state) }
      #expect(numbers(state) == before)
    }
  }

  @Test("numbers that are infinite or none are refused")
  func notFinite() throws {
    let path = temporaryPath("model.safetensors")
    defer { try? FileManager.default.removeItem(atPath: path) }
    let layer = Linear(inputs: 5, seed: 2)
    layer.weight.value[3] = .nan
    try Weights.write(State(of: layer), to: path)
    let other = Linear(inputs: 5, seed: 3)
    let before = numbers(State(of: other))
    #expect(throws: WeightFileError.notFinite(path, name: "weight")) {
      try Weights.read(path).load(into: State(of: other))
    }
    #expect(numbers(State(of: other)) == before)
  }

  @Test("other kinds of numbers are converted")
  func kinds() throws {
    let values: [Float] = [1.5, -0.25, 0, 65504, 0x1p-24, -2]
    func file(_ kind: String, _ bytes: [UInt8]) throws -> [Float] {
      let size = bytes.count
      let path = try written(
        "{\"weight\":{\"dtype\":\"\(kind)\",\"shape\":[2,3],\"data_offsets\":[0,\(size)]}}", bytes)
      defer { try? FileManager.default.removeItem(atPath: path) }
      return try #require(try Weights.read(path).tensor("weight")).elements
    }
    func bytes<Number>(_ numbers: [Number]) -> [UInt8] { numbers.withUnsafeBytes { Array($0) } }
    #expect(try file("F64", bytes(values.map(Double.init))) == values)
    #expect(try file("F16", bytes([0x3e00, 0xb400, 0, 0x7bff, 1, 0xc000] as [UInt16])) == values)
    #expect(
      try file("BF16", bytes([0x3fc0, 0xbe80, 0, 0x3f80, 0x4000, 0xc000] as [UInt16])) == [
        1.5, -0.25, 0, 1, 2, -2,
      ])
    #expect(try file("I64", bytes([1, -2, 3, 4, 5, 1 << 40] as [Int64])) == [1, -2, 3, 4, 5, 0x1p40])
    #expect(try file("U8", [0, 1, 2, 3, 128, 255]) == [0, 1, 2, 3, 128, 255])
  }

  private func numbers(_ state: State) -> [[UInt32]] {
    state.entries.map { $0.entry.tensor.elements.map(\.bitPattern) }
  }
}

extension Linear {
  fileprivate convenience init(inputs: Int, seed: UInt64) {
    var stream = RandomStream(seed: seed)
    self.init(inputs: inputs, outputs: 3, random: &stream)
  }
}

/// Writes a weight file with this header and these numbers; its path.
func written(_ header: String, _ data: [UInt8], length: UInt64? = nil) throws -> String {
  let path = temporaryPath("written.safetensors")
  var bytes = withUnsafeBytes(of: (length ?? UInt64(header.utf8.count)).littleEndian) { Array($0) }
  bytes += Array(header.utf8) + data
  try Data(bytes).write(to: URL(fileURLWithPath: path))
  return path
}
