import Base
import FrontEnd
import Synchronization

/// Collects the outputs of a notebook's cells as a client does: streams joined, displays replaced by their updates,
/// cleared outputs removed. A terminal may show them as they come.
final class OutputCollector: Sendable {
  enum Entry: Sendable, Equatable {
    case stream(TextStream, String)
    case display(Rich, id: String?)
    case result(Rich, count: Int)
    case error(CellError)
  }

  private struct State {
    var cells: [Int: [Entry]] = [:]
    /// Index of the running cell; outputs of others come too late and are dropped.
    var open: Int?
    /// Whether the next output replaces those before it.
    var clearsNext = false
    /// Text at the end of the open cell, apart from the entries so that it grows in place.
    var stream: (kind: TextStream, text: String)?

    mutating func endStream(_ cell: Int) {
      if let stream { cells[cell, default: []].append(.stream(stream.kind, stream.text)) }
      stream = nil
    }

    /// Prepares the open cell for another output.
    mutating func settle(_ cell: Int) {
      endStream(cell)
      if clearsNext { cells[cell] = [] }
      clearsNext = false
    }
  }

  private let state = Mutex(State())
  private let terminal: TerminalWriter?

  init(terminal: TerminalWriter?) { self.terminal = terminal }

  /// Console for the outputs of a cell, until the next cell is opened or this one closed.
  func open(cell: Int, count: Int) -> any Console & Sendable {
    state.withLock { state in
      state.open = cell
      state.clearsNext = false
      state.stream = nil
      state.cells[cell] = []
    }
    return Cell(collector: self, cell: cell, count: count)
  }

  /// Closes the cell, with the error that ended it.
  func close(cell: Int, error: CellError?) {
    if let error {
      change(cell) { $0.append(.error(error)) }
      terminal?.block(error.traceback.joined(separator: "\n"), id: nil)
    }
    state.withLock { state in
      state.endStream(cell)
      state.open = nil
    }
    terminal?.settle()
  }

  /// Outputs in the notebook format. Updates can change earlier cells, so call this after all have run.
  func outputs(of cell: Int) -> [JSON] {
    state.withLock { $0.cells[cell] ?? [] }.map(\.json)
  }

  /// Changes the outputs of the cell if it is open; returns whether it was.
  @discardableResult
  private func change(_ cell: Int, _ change: (inout [Entry]) -> Void) -> Bool {
    state.withLock { state in
      guard state.open == cell else { return false }
      state.settle(cell)
      change(&state.cells[cell, default: []])
      return true
    }
  }

  fileprivate func write(_ text: String, to stream: TextStream, cell: Int) {
    let isOpen = state.withLock { state in
      guard state.open == cell else { return false }
      if state.clearsNext || state.stream?.kind != stream {
        state.settle(cell)
        state.stream = (stream, "")
      }
      state.stream?.text += text
      return true
    }
    if isOpen { terminal?.stream(text) }
  }

  fileprivate func display(_ rich: Rich, id: String?, cell: Int) {
    if let id { replace(id, by: rich, cell: cell) }
    if change(cell, { $0.append(.display(rich, id: id)) }) { terminal?.block(rich.text, id: id) }
  }

  fileprivate func update(_ rich: Rich, id: String, cell: Int) {
    if replace(id, by: rich, cell: cell) { terminal?.update(rich.text, id: id) }
  }

  /// Replaces every display with the identifier, in all cells; says whether there was one.
  @discardableResult
  private func replace(_ id: String, by rich: Rich, cell: Int) -> Bool {
    state.withLock { state in
      guard state.open == cell else { return false }
      var isFound = false
      for (key, entries) in state.cells {
        for (index, entry) in entries.enumerated() {
          guard case .display(_, id) = entry else { continue }
          state.cells[key]?[index] = .display(rich, id: id)
          isFound = true
        }
      }
      return isFound
    }
  }

  fileprivate func result(_ rich: Rich, count: Int, cell: Int) {
    if change(cell, { $0.append(.result(rich, count: count)) }) { terminal?.block(rich.text, id: nil) }
  }

  fileprivate func clear(wait: Bool, cell: Int) {
    state.withLock { state in
      guard state.open == cell else { return }
      state.endStream(cell)
      state.clearsNext = wait
      if !wait { state.cells[cell] = [] }
    }
  }

  private final class Cell: Console, Sendable {
    private let collector: OutputCollector
    private let cell: Int
    private let count: Int

    init(collector: OutputCollector, cell: Int, count: Int) {
      self.collector = collector
      self.cell = cell
      self.count = count
    }

    func write(_ text: String, to stream: TextStream) {
      if !text.isEmpty { collector.write(text, to: stream, cell: cell) }
    }
    func display(_ rich: Rich, id: String?) { collector.display(rich, id: id, cell: cell) }
    func update(_ rich: Rich, id: String) { collector.update(rich, id: id, cell: cell) }
    func result(_ rich: Rich) { collector.result(rich, count: count, cell: cell) }
    func clear(wait: Bool) { collector.clear(wait: wait, cell: cell) }
  }
}

extension OutputCollector.Entry {
  fileprivate var json: JSON {
    switch self {
    case .stream(let stream, let text):
      ["output_type": "stream", "name": .string(stream.rawValue), "text": .string(overwritten(text))]
    case .display(let rich, _):
      .object(rich.content.merging(["output_type": "display_data"]) { $1 })
    case .result(let rich, let count):
      .object(
        rich.content.merging(["output_type": "execute_result", "execution_count": .int(count)]) { $1 })
    case .error(let error): .object(error.content.merging(["output_type": "error"]) { $1 })
    }
  }
}

/// Text as a terminal shows it, where a carriage return overwrites the line.
func overwritten(_ text: String) -> String {
  guard text.utf8.contains(UInt8(ascii: "\r")) else { return text }
  let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
  return lines.map { line in
    var line = line
    while line.last == UInt8(ascii: "\r") { line.removeLast() }
    let start = line.lastIndex(of: UInt8(ascii: "\r")).map { line.index(after: $0) } ?? line.startIndex
    return String(decoding: line[start...], as: UTF8.self)
  }.joined(separator: "\n")
}
