import Base
import Glibc
import Synchronization

/// The outputs of one cell, or of one message over a comm, on their way to the client.
final class CellOutput: Output {
  /// Servers throw away stream text beyond about a megabyte a second, and pages die of very much of it.
  static let streamLimit = 2 << 20

  /// What all outputs share.
  struct Channels: Sendable {
    let iopub: IOPub
    let comms: Comms
    let questions: Mailbox<Question>
  }

  private struct State {
    var isOpen: Bool
    var isRunning = true
    var isInterrupted = false
    var streamed = 0
    var answer: Answer?
    var resultText: String?
  }

  private let channels: Channels
  private let identities: [Frame]
  private let parent: JSON
  private let count: Int
  private let allowsStdin: Bool
  private let state: Mutex<State>
  private var iopub: IOPub { channels.iopub }

  /// With `silent` everything is dropped.
  init(
    _ channels: Channels, of message: Message, count: Int = 0, silent: Bool = false, allowsStdin: Bool = false
  ) {
    self.channels = channels
    identities = message.identities
    parent = message.header
    self.count = count
    self.allowsStdin = allowsStdin
    state = Mutex(State(isOpen: !silent))
  }

  /// From now on every call does nothing: a worker that is late must not write after the cell's idle.
  func finish() {
    state.withLock { state in
      state.isOpen = false
      state.isRunning = false
      state.answer?.give(.interrupted)
    }
  }

  /// Ends the wait for an answer, and every later one.
  func interrupt() {
    state.withLock { state in
      state.isInterrupted = true
      state.answer?.give(.interrupted)
    }
  }

  func write(_ text: String, to stream: Stream) {
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

  func display(_ bundle: MimeBundle, id: String?) {
    var content = bundle.content
    content["transient"] = id.map { ["display_id": .string($0)] } ?? [:]
    post("display_data", .object(content))
  }

  func update(_ bundle: MimeBundle, id: String) {
    var content = bundle.content
    content["transient"] = ["display_id": .string(id)]
    post("update_display_data", .object(content))
  }

  /// The text of the cell's value, where it had one.
  var resultText: String? { state.withLock { $0.resultText } }

  func result(_ bundle: MimeBundle) {
    state.withLock { $0.resultText = bundle.text }
    var content = bundle.content
    content["execution_count"] = .int(count)
    post("execute_result", .object(content))
  }

  func clear(wait: Bool) { post("clear_output", ["wait": .bool(wait)]) }

  func fail(_ error: ExecuteError) { post("error", .object(error.content)) }

  private func post(_ type: String, _ content: JSON, metadata: JSON = [:], buffers: [Frame] = []) {
    state.withLock { state in
      if state.isOpen {
        iopub.post(type, parent: parent, metadata: metadata, content: content, buffers: buffers)
      }
    }
  }

  // MARK: - Questions

  /// How long, in tenths of a second, a client may take to connect its channel for questions: one that has just
  /// connected the others is about to.
  private static let patience = 20

  func ask(_ prompt: String, password: Bool) throws(ExecuteError) -> String {
    guard allowsStdin else { throw .noInput("this client does not answer questions of a running cell") }
    // What was written before the question is read before it.
    iopub.flush()
    for _ in 0..<CellOutput.patience {
      guard let answer = try? Answer() else {
        throw .noInput("too many files are open to wait for an answer")
      }
      let mayAsk = state.withLock { state in
        if state.isInterrupted || !state.isRunning { return false }
        state.answer = answer
        return true
      }
      guard mayAsk else { throw .interrupted }
      channels.questions.post(
        Question(
          identities: identities, parent: parent, prompt: prompt, isPassword: password, answer: answer))
      switch answer.wait() {
      case .text(let text): return text
      case .interrupted: throw .interrupted
      case .unreachable: usleep(100_000)
      }
    }
    throw .noInput("the client that sent this cell is not connected to the channel for questions (stdin)")
  }

  // MARK: - Comms

  var carriesComms: Bool { true }

  func openComm(target: String, data: JSON, metadata: JSON, buffers: [[UInt8]]) -> String {
    let id = Clock.uuid()
    state.withLock { if $0.isOpen { channels.comms.open(id, target: target) } }
    post(
      "comm_open", ["comm_id": .string(id), "target_name": .string(target), "data": data], metadata: metadata,
      buffers: buffers)
    return id
  }

  func sendComm(_ id: String, data: JSON, metadata: JSON, buffers: [[UInt8]]) {
    guard channels.comms.isOpen(id) else { return }
    post("comm_msg", ["comm_id": .string(id), "data": data], metadata: metadata, buffers: buffers)
  }

  func closeComm(_ id: String, data: JSON) {
    guard channels.comms.close(id) else { return }
    post("comm_close", ["comm_id": .string(id), "data": data])
  }
}

extension MimeBundle {
  /// `data` and `metadata` as messages and notebooks have them.
  var content: [String: JSON] { ["data": .object(data), "metadata": .object(metadata)] }
}

extension ExecuteError {
  /// The three members that IOPub's `error`, an error reply and a notebook have in common.
  var content: [String: JSON] {
    ["ename": .string(name), "evalue": .string(value), "traceback": .array(traceback.map(JSON.string))]
  }

  /// The content of a reply that reports this error.
  var reply: [String: JSON] { content.merging(["status": "error"]) { $1 } }
}
