import Language
import Networks

/// The layers of a network, for a look at them one by one.
struct LayersValue: Value {
  static let typeName = "layers"
  private let network: NetworkDescription

  init(_ network: NetworkDescription) { self.network = network }

  var summary: String { Format.counted(network.table.count, "layer") }

  var memberNames: [String] { network.table.map(\.name) }

  func member(_ name: String) -> (any Value)? {
    network.table.first { $0.name == name }.map { layer in
      let shape = layer.outputShape.map { "\($0)" }.joined(separator: "×")
      return Text("\(layer.kind), gives \(shape), \(Format.counted(layer.parameters, "parameter"))")
    }
  }
}
