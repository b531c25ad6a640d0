import Base
import Synchronization

/// A question of a running cell to the person who started it.
struct Question: Sendable {
  /// Routing frames of the client that sent the cell.
  let identities: [Frame]
  /// Header of the cell's `execute_request`.
  let parent: JSON
  let prompt: String
  /// Whether the input is hidden while it is typed.
  let isPassword: Bool
  let answer: Awaited<Outcome>

  enum Outcome: Sendable, Equatable {
    case text(String)
    /// The client's stdin channel is not connected, or not yet.
    case unreachable
    case interrupted
  }
}

/// An outcome that the thread of a cell waits for: an answer, or an order.
final class Awaited<Outcome: Sendable>: Sendable {
  private let outcome = Mutex<Outcome?>(nil)
  private let bell: Bell

  init() throws(InputError) { bell = try Bell() }

  /// Sets the outcome, unless it is already set.
  func give(_ outcome: Outcome) {
    self.outcome.withLock { $0 = $0 ?? outcome }
    bell.ring()
  }

  /// Whether the outcome is set, so that nobody waits any more.
  var isGiven: Bool { outcome.withLock { $0 != nil } }

  func wait() -> Outcome {
    while true {
      if let outcome = outcome.withLock({ $0 }) { return outcome }
      bell.wait()
    }
  }
}

/// Unanswered questions, for the thread that owns stdin.
struct OpenQuestions {
  private var open: [(id: String, question: Question)] = []

  /// Frames of the `input_request`.
  mutating func frames(asking question: Question, by wire: Wire) -> [Frame] {
    let id = wire.newIdentifier()
    open.removeAll { $0.question.answer.isGiven }
    open.append((id, question))
    return wire.encode(
      "input_request", id: id, identities: question.identities, parent: question.parent,
      content: ["prompt": .string(question.prompt), "password": .bool(question.isPassword)])
  }

  /// Delivers a reply to its question, which is its parent, or without a parent the oldest question to that client. Returns
  /// false if there is no such question.
  mutating func take(_ reply: InputReply, in message: Message) -> Bool {
    open.removeAll { $0.question.answer.isGiven }
    let parent = message.parent["msg_id"]?.string
    let index = open.firstIndex { entry in
      entry.question.identities == message.identities && (parent == nil || parent == entry.id)
    }
    guard let index else { return false }
    open.remove(at: index).question.answer.give(.text(reply.value))
    return true
  }
}
