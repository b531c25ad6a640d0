/// A message of protocol buffers as it is written: fields one after the other, each begun by its number and the kind of its value
/// (https://protobuf.dev/programming-guides/encoding). What is read nowhere here, TensorBoard and ONNX read.
package struct ProtocolMessage {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package init(_ fill: (inout ProtocolMessage) -> Void) { fill(&self) }

  private mutating func add(varint number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  package mutating func add(whole number: Int, field: UInt64) {
    add(varint: field << 3)
    add(varint: UInt64(bitPattern: Int64(number)))
  }

  package mutating func add(double number: Double, field: UInt64) {
    add(varint: field << 3 | 1)
    withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes += $0 }
  }

  package mutating func add(float number: Float, field: UInt64) {
    add(varint: field << 3 | 5)
    withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes += $0 }
  }

  package mutating func add(bytes content: [UInt8], field: UInt64) {
    add(varint: field << 3 | 2)
    add(varint: UInt64(content.count))
    bytes += content
  }

  package mutating func add(text: String, field: UInt64) { add(bytes: Array(text.utf8), field: field) }

  package mutating func add(_ message: ProtocolMessage, field: UInt64) {
    add(bytes: message.bytes, field: field)
  }
}
