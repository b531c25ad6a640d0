import Base
import Synchronization

/// A question of a running cell to the person who started it.
struct Question: Sendable {
  /// Of the client that sent the cell.
  let identities: [Frame]
  /// The header of the request that the cell came in.
  let parent: JSON
  let prompt: String
  /// What is typed is not to be seen.
  let isPassword: Bool
  let answer: AwaitedAnswer
}

/// Where the thread of a cell waits for the answer to its question.
final class AwaitedAnswer: Sendable {
  enum Outcome: Sendable, Equatable {
    case text(String)
    /// The client has no channel for questions, or not yet.
    case unreachable
    case interrupted
  }

  private let outcome = Mutex<Outcome?>(nil)
  private let bell: Bell

  init() throws(InputError) { bell = try Bell() }

  /// The first outcome counts.
  func give(_ outcome: Outcome) {
    self.outcome.withLock { $0 = $0 ?? outcome }
    bell.ring()
  }

  /// Nobody waits for it any more.
  var isGiven: Bool { outcome.withLock { $0 != nil } }

  func wait() -> Outcome {
    while true {
      if let outcome = outcome.withLock({ $0 }) { return outcome }
      bell.wait()
    }
  }
}

/// The questions that are on their way, for the thread that owns stdin.
struct OpenQuestions {
  private var open: [(id: String, question: Question)] = []

  /// The wire message that asks.
  mutating func frames(asking question: Question, by wire: Wire) -> [Frame] {
    let id = wire.newIdentifier()
    open.removeAll { $0.question.answer.isGiven }
    open.append((id, question))
    return wire.encode(
      "input_request", id: id, identities: question.identities, parent: question.parent,
      content: ["prompt": .string(question.prompt), "password": .bool(question.isPassword)])
  }

  /// Gives an answer to whoever waits for it. A reply names its question as its parent; to one without a parent the
  /// oldest question to that client belongs. Says whether anybody waits for it.
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
