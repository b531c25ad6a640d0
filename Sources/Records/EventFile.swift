import Base

/// A file of events as TensorBoard reads it: records of TensorFlow's, each a message of protocol buffers.
///
/// A record is its length, a checksum of the length, the message and a checksum of the message (`tensorflow/core/lib/io/record_writer`); the
/// messages are `Event` with a `Summary` of one scalar (`tensorflow/core/util/event.proto`). TensorBoard takes files whose names hold
/// "tfevents".
package enum EventFile {
  /// A number at a step.
  package struct Scalar: Sendable {
    /// Seconds since 1970.
    let time: Double
    let step: Int
    let tag: String
    let value: Float

    package init(time: Double, step: Int, tag: String, value: Float) {
      (self.time, self.step, self.tag, self.value) = (time, step, tag, value)
    }
  }

  package static func bytes(of scalars: [Scalar]) -> [UInt8] {
    let start = ProtocolMessage { message in
      message.add(double: scalars.first?.time ?? 0, field: 1)
      message.add(bytes: Array("brain.Event:2".utf8), field: 3)
    }
    let events = scalars.map { scalar in
      ProtocolMessage { message in
        message.add(double: scalar.time, field: 1)
        message.add(whole: scalar.step, field: 2)
        let value = ProtocolMessage { value in
          value.add(bytes: Array(scalar.tag.utf8), field: 1)
          value.add(float: scalar.value, field: 2)
        }
        message.add(bytes: ProtocolMessage { $0.add(bytes: value.bytes, field: 1) }.bytes, field: 5)
      }
    }
    return ([start] + events).flatMap { record($0.bytes) }
  }

  private static func record(_ message: [UInt8]) -> [UInt8] {
    let length = little(UInt64(message.count))
    return length + little(masked(length)) + message + little(masked(message))
  }

  private static func masked(_ bytes: [UInt8]) -> UInt32 {
    let sum = checksum(bytes)
    return (sum >> 15 | sum << 17) &+ 0xa282_ead8
  }

  /// CRC-32C (Castagnoli), bit by bit: the messages are short.
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var sum: UInt32 = 0xffff_ffff
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0x82f6_3b78 : sum >> 1 }
    }
    return ~sum
  }

  private static func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }
}
