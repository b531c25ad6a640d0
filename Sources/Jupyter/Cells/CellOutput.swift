import Base
import FrontEnd
import Glibc
import Synchronization

/// Sends the outputs of one cell, or of one message over a comm, to the client.
final class CellOutput: Console, Sendable {
  /// Limit of stream text in bytes. Servers drop text beyond about a megabyte a second, and very much of it stalls a page.
  static let streamLimit = 2 << 20

  /// Channels shared by all outputs.
  struct Channels: Sendable {
    let iopub: IOPub
    let comms: Comms
    let questions: Mailbox<Question>
    let debugging: DebugSession
  }

  private struct State {
    var isOpen: Bool
    var isRunning = true
    var isInterrupted = false
    var streamed = 0
    var answer: Awaited<Question.Outcome>?
    var order: Awaited<HaltOrder>?
    var resultText: String?
  }

  private let channels: Channels
  private let identities: [Frame]
  private let parent: JSON
  private let count: Int
  private let shell: Int
  private let allowsStdin: Bool
  private let state: Mutex<State>
  private var iopub: IOPub { channels.iopub }

  /// With `silent` all outputs are dropped.
  init(
    _ channels: Channels, of message: Message, count: Int = 0, shell: Int = 0, silent: Bool = false,
    allowsStdin: Bool = false
  ) {
    self.shell = shell
    self.channels = channels
    identities = message.identities
    parent = message.header
    self.count = count
    self.allowsStdin = allowsStdin
    state = Mutex(State(isOpen: !silent))
  }

  /// Drops all later outputs: a late worker must not write after the cell's idle status.
  func finish() {
    state.withLock { state in
      state.isOpen = false
      state.isRunning = false
      state.answer?.give(.interrupted)
      state.order?.give(.end)
    }
  }

  /// Ends the current wait for an answer, and every later one at once.
  func interrupt() {
    state.withLock { state in
      state.isInterrupted = true
      state.answer?.give(.interrupted)
      state.order?.give(.end)
    }
  }

  func write(_ text: String, to stream: TextStream) {
    state.withLock { state in
      guard state.isOpen, !text.isEmpty, state.streamed <= CellOutput.streamLimit else { return }
      state.streamed += text.utf8.count
      let excess = state.streamed - CellOutput.streamLimit
      guard excess > 0 else { return iopub.write(text, to: stream, parent: parent) }
      let kept = String(decoding: text.utf8.dropLast(excess), as: UTF8.self)
      iopub.write(kept, to: stream, parent: parent)
      iopub.write(
        "\n… the text of this cell is cut off after \(CellOutput.streamLimit >> 20) MiB\n", to: .stderr,
        parent: parent)
    }
  }

  func display(_ rich: Rich, id: String?) { post(.display(rich, id: id)) }
  func update(_ rich: Rich, id: String) { post(.update(rich, id: id)) }

  /// Text of the cell's value, if it has one.
  var resultText: String? { state.withLock { $0.resultText } }

  func result(_ rich: Rich) {
    state.withLock { $0.resultText = rich.text }
    post(.result(rich, count: count))
  }

  func clear(wait: Bool) { post(.clear(wait: wait)) }
  func fail(_ error: CellError) { post(.error(error)) }

  private func post(_ broadcast: Broadcast) {
    state.withLock { if $0.isOpen { iopub.post(broadcast, parent: parent) } }
  }

  // MARK: - Questions

  /// Time in tenths of a second that a client gets to connect its stdin channel after its other channels.
  private static let patience = 20

  func ask(_ prompt: String, password: Bool) -> Answer {
    guard allowsStdin else { return .nobody("this client does not answer questions of a running cell") }
    // What was written before the question is read before it.
    iopub.flush()
    for _ in 0..<CellOutput.patience {
      guard let answer = try? Awaited<Question.Outcome>() else {
        return .nobody("too many files are open to wait for an answer")
      }
      let mayAsk = state.withLock { state in
        if state.isInterrupted || !state.isRunning { return false }
        state.answer = answer
        return true
      }
      guard mayAsk else { return .interrupted }
      channels.questions.post(
        Question(
          identities: identities, parent: parent, prompt: prompt, isPassword: password, answer: answer))
      switch answer.wait() {
      case .text(let text): return .text(text)
      case .interrupted: return .interrupted
      case .unreachable: usleep(100_000)
      }
    }
    return .nobody("the client that sent this cell is not connected to the channel for questions (stdin)")
  }

  // MARK: - Debugging

  func halt(_ halt: Halt) -> HaltOrder {
    // What was written before the halt is read before it.
    iopub.flush()
    guard let order = try? Awaited<HaltOrder>() else { return .resume }
    let mayWait = state.withLock { state in
      if state.isInterrupted || !state.isRunning { return false }
      state.order = order
      return true
    }
    guard mayWait else { return .end }
    return channels.debugging.hold(halt, thread: shell + 1, parent: parent, order: order)
  }

  // MARK: - Comms

  var carriesComms: Bool { true }

  func openComm(target: String, data: JSON, metadata: JSON) -> String {
    let id = Clock.uuid()
    state.withLock { if $0.isOpen { channels.comms.open(id, target: target) } }
    post(.commOpen(id, target: target, data: data, metadata: metadata))
    return id
  }

  func sendComm(_ id: String, data: JSON) {
    guard channels.comms.isOpen(id) else { return }
    post(.commMessage(id, data: data))
  }

  func closeComm(_ id: String, data: JSON) {
    guard channels.comms.close(id) else { return }
    post(.commClose(id, data: data))
  }
}
