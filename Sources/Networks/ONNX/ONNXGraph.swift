import Base
import Tensors

/// A graph of ONNX as it is put together: nodes in the order in which they compute, and constants. Values are known by their names.
///
/// Opset 17 (layer normalisation) and IR version 8, of June 2022: `onnx/onnx.proto` and `docs/Operators.md` of https://github.com/onnx/onnx.
struct ONNXGraph {
  private var nodes: [ProtocolMessage] = []
  private var constants: [ProtocolMessage] = []
  private var names: Set<String> = []

  /// Types of elements, by their numbers in `TensorProto.DataType`.
  enum Element: Int {
    case float = 1
    case byte = 2
    case whole = 7
  }

  enum Attribute {
    case whole(Int)
    case wholes([Int])
    case float(Float)
  }

  /// A name that no other value has, beginning with `name`.
  private mutating func unused(_ name: String) -> String {
    var candidate = name
    var number = 2
    while !names.insert(candidate).inserted {
      candidate = "\(name).\(number)"
      number += 1
    }
    return candidate
  }

  /// Adds an operation and returns the names of its outputs.
  mutating func add(
    _ operation: String, _ inputs: [String], named name: String, outputs count: Int = 1,
    _ attributes: KeyValuePairs<String, Attribute> = [:]
  ) -> [String] {
    let outputs = (0..<count).map { _ in unused(name) }
    nodes.append(
      ProtocolMessage { node in
        for input in inputs { node.add(text: input, field: 1) }
        for output in outputs { node.add(text: output, field: 2) }
        node.add(text: outputs[0], field: 3)
        node.add(text: operation, field: 4)
        for (name, attribute) in attributes { node.add(ONNXGraph.message(name, attribute), field: 5) }
      })
    return outputs
  }

  /// Adds an operation with one output and returns its name.
  mutating func one(
    _ operation: String, _ inputs: [String], named name: String,
    _ attributes: KeyValuePairs<String, Attribute> = [:]
  ) -> String {
    add(operation, inputs, named: name, attributes)[0]
  }

  private static func message(_ name: String, _ attribute: Attribute) -> ProtocolMessage {
    ProtocolMessage { message in
      message.add(text: name, field: 1)
      switch attribute {
      case .float(let value):
        message.add(float: value, field: 2)
        message.add(whole: 1, field: 20)
      case .whole(let value):
        message.add(whole: value, field: 3)
        message.add(whole: 2, field: 20)
      case .wholes(let values):
        for value in values { message.add(whole: value, field: 8) }
        message.add(whole: 7, field: 20)
      }
    }
  }

  mutating func constant(_ values: [Float], _ shape: [Int], named name: String) -> String {
    constant(.float, shape, name) { bytes in
      for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 } }
    }
  }

  mutating func constant(_ values: [Int], named name: String) -> String {
    constant(.whole, [values.count], name) { bytes in
      for value in values { withUnsafeBytes(of: Int64(value).littleEndian) { bytes += $0 } }
    }
  }

  private mutating func constant(
    _ element: Element, _ shape: [Int], _ name: String, _ fill: (inout [UInt8]) -> Void
  ) -> String {
    let name = unused(name)
    var bytes: [UInt8] = []
    fill(&bytes)
    constants.append(
      ProtocolMessage { tensor in
        for side in shape { tensor.add(whole: side, field: 1) }
        tensor.add(whole: element.rawValue, field: 2)
        tensor.add(text: name, field: 8)
        tensor.add(bytes: bytes, field: 9)
      })
    return name
  }

  /// The whole model. A first side of an input or output is the number of images, which is open.
  func model(
    named name: String, input: (name: String, Element, sides: [Int]), output: (name: String, sides: [Int]),
    description: String
  ) -> [UInt8] {
    func value(_ name: String, _ element: Element, _ sides: [Int]) -> ProtocolMessage {
      let shape = ProtocolMessage { shape in
        shape.add(ProtocolMessage { $0.add(text: "images", field: 2) }, field: 1)
        for side in sides { shape.add(ProtocolMessage { $0.add(whole: side, field: 1) }, field: 1) }
      }
      let tensor = ProtocolMessage { tensor in
        tensor.add(whole: element.rawValue, field: 1)
        tensor.add(shape, field: 2)
      }
      return ProtocolMessage { value in
        value.add(text: name, field: 1)
        value.add(ProtocolMessage { $0.add(tensor, field: 1) }, field: 2)
      }
    }
    let graph = ProtocolMessage { graph in
      for node in nodes { graph.add(node, field: 1) }
      graph.add(text: name, field: 2)
      for constant in constants { graph.add(constant, field: 5) }
      graph.add(value(input.name, input.1, input.sides), field: 11)
      graph.add(value(output.name, .float, output.sides), field: 12)
    }
    let opset = ProtocolMessage { opset in
      opset.add(text: "", field: 1)
      opset.add(whole: 17, field: 2)
    }
    return ProtocolMessage { model in
      model.add(whole: 8, field: 1)
      model.add(text: "Contrast", field: 2)
      model.add(text: Version.current, field: 3)
      model.add(text: description, field: 6)
      model.add(graph, field: 7)
      model.add(opset, field: 8)
    }.bytes
  }
}
