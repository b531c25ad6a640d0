import Base
import Synchronization

/// A message between two processes.
package struct Message: Sendable {
  package enum Kind: UInt8, Sendable {
    /// To all: a cell, a name that is pinned, the end of the program.
    case cell, pin, quit
    /// To all: the result of a meeting, the end of a cell at the first process, and an interrupt.
    case result, over, interrupt
    /// To the first: numbers for a meeting, and that the cell is done.
    case numbers, done
    /// To the first: what a process is.
    case hello
  }

  var kind: Kind
  /// Number of the cell, so that what comes late from another is known.
  var cell: Int
  var bytes: [UInt8] = []

  var text: String { String(decoding: bytes, as: UTF8.self) }

  init(_ kind: Kind, cell: Int, bytes: [UInt8] = []) {
    (self.kind, self.cell, self.bytes) = (kind, cell, bytes)
  }
  init(_ kind: Kind, cell: Int, text: String) { self.init(kind, cell: cell, bytes: Array(text.utf8)) }

  init(_ kind: Kind, cell: Int, numbers: [Float]) {
    self.init(kind, cell: cell, bytes: numbers.withUnsafeBytes { Array($0) })
  }

  var numbers: [Float] {
    bytes.withUnsafeBytes { bytes in
      [Float](unsafeUninitializedCapacity: bytes.count / 4) { buffer, count in
        UnsafeMutableRawBufferPointer(buffer).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: bytes.prefix(bytes.count / 4 * 4)))
        count = bytes.count / 4
      }
    }
  }
}

/// Carrier of messages between processes: those of one sender come in their order.
package protocol Link: Sendable {
  var rank: Int { get }
  var size: Int { get }
  func send(_ message: Message, to process: Int)
  /// The next message; nil as soon as `isOver` says so and none has come.
  func receive(from process: Int, unless isOver: () -> Bool) -> Message?
  /// The next interrupt that has come, which passes by the other messages.
  func urgent() -> Message?
  func sendUrgent(_ message: Message, to process: Int)
  func leave()
}

/// Messages over MPI: a header of three 64-bit numbers, and the bytes in pieces that MPI's counts can hold.
struct MPILink: Link {
  private let library: MPILibrary
  private static let (usual, urgent): (Int32, Int32) = (1, 2)
  private static let most = 1 << 30

  init(_ library: MPILibrary) { self.library = library }

  var rank: Int { library.rank }
  var size: Int { library.size }

  func send(_ message: Message, to process: Int) { send(message, to: process, tag: MPILink.usual) }
  func sendUrgent(_ message: Message, to process: Int) { send(message, to: process, tag: MPILink.urgent) }

  private func send(_ message: Message, to process: Int, tag: Int32) {
    let header = [Int64(message.kind.rawValue), Int64(message.cell), Int64(message.bytes.count)]
    header.withUnsafeBytes { library.send($0, to: process, tag: tag) }
    message.bytes.withUnsafeBytes { bytes in
      for start in stride(from: 0, to: bytes.count, by: MPILink.most) {
        let piece = bytes[start..<min(bytes.count, start + MPILink.most)]
        library.send(UnsafeRawBufferPointer(rebasing: piece), to: process, tag: tag)
      }
    }
  }

  func receive(from process: Int, unless isOver: () -> Bool) -> Message? {
    var patience = Patience()
    while !library.isComing(from: process, tag: MPILink.usual) {
      if isOver() { return nil }
      patience.wait()
    }
    return take(from: process, tag: MPILink.usual)
  }

  func urgent() -> Message? {
    library.isComing(from: 0, tag: MPILink.urgent) ? take(from: 0, tag: MPILink.urgent) : nil
  }

  private func take(from process: Int, tag: Int32) -> Message {
    var header = [Int64](repeating: 0, count: 3)
    header.withUnsafeMutableBytes { library.receive(into: $0, from: process, tag: tag) }
    var bytes = [UInt8](repeating: 0, count: Int(header[2]))
    bytes.withUnsafeMutableBytes { bytes in
      for start in stride(from: 0, to: bytes.count, by: MPILink.most) {
        let piece = bytes[start..<min(bytes.count, start + MPILink.most)]
        library.receive(into: UnsafeMutableRawBufferPointer(rebasing: piece), from: process, tag: tag)
      }
    }
    guard let kind = Message.Kind(rawValue: UInt8(truncatingIfNeeded: header[0])) else {
      preconditionFailure("processes of one version send what they know")
    }
    return Message(kind, cell: Int(header[1]), bytes: bytes)
  }

  func leave() { library.leave() }
}

/// Messages between threads of one process, which stand for processes: for tests.
package struct ThreadLink: Link {
  package let rank: Int
  package let size: Int
  private let boxes: Boxes

  private final class Boxes: Sendable {
    let waiting = Mutex<[[Int]: [Message]]>([:])
    func put(_ message: Message, _ key: [Int]) { waiting.withLock { $0[key, default: []].append(message) } }
    func take(_ key: [Int]) -> Message? {
      waiting.withLock { $0[key]?.isEmpty == false ? $0[key]!.removeFirst() : nil }
    }
  }

  package static func all(_ size: Int) -> [ThreadLink] {
    let boxes = Boxes()
    return (0..<size).map { ThreadLink(rank: $0, size: size, boxes: boxes) }
  }

  package func send(_ message: Message, to process: Int) { boxes.put(message, [rank, process, 0]) }
  package func sendUrgent(_ message: Message, to process: Int) { boxes.put(message, [rank, process, 1]) }

  package func receive(from process: Int, unless isOver: () -> Bool) -> Message? {
    var patience = Patience()
    while true {
      if let message = boxes.take([process, rank, 0]) { return message }
      if isOver() { return nil }
      patience.wait()
    }
  }

  package func urgent() -> Message? { boxes.take([0, rank, 1]) }
  package func leave() {}
}
