import Synchronization

/// The outputs of one cell on their way to IOPub.
final class CellOutput: Output {
  /// Servers throw away stream text beyond about a megabyte a second, and pages die of very much of it.
  static let streamLimit = 2 << 20

  private struct State {
    var isOpen: Bool
    var streamed = 0
  }

  private let iopub: IOPub
  private let parent: JSON
  private let count: Int
  private let state: Mutex<State>

  /// With `silent` everything is dropped.
  init(iopub: IOPub, parent: JSON, count: Int, silent: Bool) {
    self.iopub = iopub
    self.parent = parent
    self.count = count
    state = Mutex(State(isOpen: !silent))
  }

  /// From now on every call does nothing: a worker that is late must not write after the cell's idle.
  func finish() { state.withLock { $0.isOpen = false } }

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

  func result(_ bundle: MimeBundle) {
    var content = bundle.content
    content["execution_count"] = .int(count)
    post("execute_result", .object(content))
  }

  func clear(wait: Bool) { post("clear_output", ["wait": .bool(wait)]) }

  func fail(_ error: ExecuteError) { post("error", .object(error.content)) }

  private func post(_ type: String, _ content: JSON) {
    state.withLock { state in
      if state.isOpen { iopub.post(type, parent: parent, content: content) }
    }
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
