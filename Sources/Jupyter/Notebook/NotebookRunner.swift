import Base
import FrontEnd
import Glibc
import Synchronization

/// Runs the code cells of a notebook without Jupyter, and records outputs, counts and times as a client would.
public final class NotebookRunner: Sendable {
  public enum Event: Sendable, Equatable {
    /// A code cell starts: its index among all cells, its number among the `total` code cells (from 1).
    case started(cell: Int, number: Int, total: Int)
    case finished(cell: Int, number: Int, total: Int, seconds: Double, error: CellError?)
  }

  public enum Ending: Sendable, Equatable {
    case finished
    /// Index of the failed cell among all cells.
    case failed(cell: Int, error: CellError)
    /// A signal came; with the cell that ran or was next, and the error that ended it.
    case stopped(cell: Int, error: CellError, signal: Int32)
  }

  private struct State {
    var notebook: Notebook
    var ending = Ending.finished
    var isRunningCell = false
    /// Signal that stops the run.
    var signal: Int32?
  }

  private let backend: any Backend
  private let collector: OutputCollector
  private let progress: @Sendable (Event) -> Void
  private let cellStack: Int

  /// `terminal` gets the plain text of every output; `progress` is called on the thread that runs the cells.
  public init(
    backend: any Backend, terminal: TerminalWriter? = nil, cellStack: Int = 64 << 20,
    progress: @escaping @Sendable (Event) -> Void = { _ in }
  ) {
    self.backend = backend
    self.cellStack = cellStack
    self.progress = progress
    collector = OutputCollector(terminal: terminal)
  }

  /// Runs the cells in order up to the first that fails, and puts their outputs, counts and times into the notebook; cells
  /// that did not run have none. A cell tagged `raises-exception` may fail, one tagged `skip-execution` is skipped. To be
  /// called once.
  ///
  /// With `handlesSignals`, SIGINT, SIGTERM and SIGHUP stop the running cell and the run. After that, further ones do nothing: what
  /// there is can be written in peace.
  public func run(_ notebook: inout Notebook, handlesSignals: Bool = true) throws(InputError) -> Ending {
    let state = Shared(State(notebook: notebook))
    let done = try Bell()
    let signals = try Signals()
    if handlesSignals { signals.install(hangUp: true) }
    defer { if handlesSignals { signals.restore(deaf: state.value.withLock { $0.signal != nil }) } }
    let thread = try NativeThread(named: "cells", stack: cellStack) {
      self.runCells(state)
      done.ring()
    }
    var isRunning = true
    while isRunning {
      var entries = [done, signals.interrupt, signals.terminate].map {
        pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0)
      }
      guard poll(&entries, nfds_t(entries.count), -1) >= 0 || errno == EINTR else { break }
      if signals.interrupt.answer() || signals.terminate.answer() { stop(state) }
      isRunning = !done.answer()
    }
    thread.join()
    return state.value.withLock { state in
      notebook = state.notebook
      return state.ending
    }
  }

  private final class Shared: Sendable {
    let value: Mutex<State>
    init(_ state: sending State) { value = Mutex(state) }
  }

  private func stop(_ shared: Shared) {
    shared.value.withLock { state in
      state.signal = Signals.last
      if state.isRunningCell { backend.interrupt() }
    }
  }

  // MARK: - On the thread that runs cells

  private func runCells(_ shared: Shared) {
    var notebook = shared.value.withLock { $0.notebook }
    notebook.clearOutputs()
    notebook.describe(backend.info)
    let indices = notebook.cells.indices.filter { notebook.cells[$0].isRun }
    var ending = Ending.finished
    for (position, index) in indices.enumerated() {
      let signal = shared.value.withLock { state in
        if state.signal == nil { backend.clearInterrupt() }
        state.isRunningCell = state.signal == nil
        return state.signal
      }
      if let signal {
        ending = .stopped(cell: index, error: .interrupted, signal: signal)
        break
      }
      progress(.started(cell: index, number: position + 1, total: indices.count))
      let (error, seconds) = run(index, count: position + 1, of: &notebook)
      let late = shared.value.withLock { state in
        state.isRunningCell = false
        return state.signal
      }
      progress(
        .finished(cell: index, number: position + 1, total: indices.count, seconds: seconds, error: error))
      let mayFail = notebook.cells[index].tags.contains("raises-exception")
      guard let error else { continue }
      guard !mayFail || error.isInterrupt else { continue }
      ending = .failed(cell: index, error: error)
      if let late, error.isInterrupt { ending = .stopped(cell: index, error: error, signal: late) }
      break
    }
    for index in indices { notebook.update(index) { $0.outputs = collector.outputs(of: index) } }
    shared.value.withLock { state in
      state.notebook = notebook
      state.ending = ending
    }
  }

  private func run(_ index: Int, count: Int, of notebook: inout Notebook) -> (CellError?, seconds: Double) {
    let console = collector.open(cell: index, count: count)
    let start = Clock.microseconds()
    var failure: CellError?
    do throws(CellError) {
      _ = try backend.execute(notebook.cells[index].source, console: console)
    } catch {
      failure = error
    }
    let end = Clock.microseconds()
    collector.close(cell: index, error: failure)
    notebook.update(index) { cell in
      cell.executionCount = count
      // The names under which Jupyter's clients record the times of the messages.
      cell.metadata["execution"] = [
        "iopub.status.busy": .string(Clock.iso8601(start)),
        "iopub.execute_input": .string(Clock.iso8601(start)),
        "shell.execute_reply": .string(Clock.iso8601(end)), "iopub.status.idle": .string(Clock.iso8601(end)),
      ]
    }
    return (failure, Double(end - start) / 1e6)
  }
}

extension Notebook.Cell {
  /// Whether running the notebook runs this cell.
  fileprivate var isRun: Bool {
    kind == .code && !source.allSatisfy(\.isWhitespace) && !tags.contains("skip-execution")
  }
}

extension Notebook {
  fileprivate mutating func clearOutputs() {
    for index in cells.indices
    where cells[index].kind == .code && !cells[index].tags.contains("skip-execution") {
      update(index) { cell in
        cell.outputs = []
        cell.executionCount = nil
        cell.metadata["execution"] = nil
      }
    }
  }

  /// Records the language of the notebook, and the kernel that opens it unless it names one.
  fileprivate mutating func describe(_ info: LanguageInfo) {
    metadata["language_info"] = info.json
    if metadata["kernelspec"] == nil {
      let name = info.implementation
      metadata["kernelspec"] = [
        "name": .string(name), "language": .string(info.name),
        "display_name": .string(name.prefix(1).uppercased() + name.dropFirst()),
      ]
    }
  }
}
