import Base
import FrontEnd
import Glibc
import Jupyter
import Synchronization
import Testing

@Suite("Running notebooks", .serialized)
struct NotebookRunnerTests {
  private func run(_ cells: [Notebook.Cell]) throws -> (Notebook, NotebookRunner.Ending) {
    var notebook = Notebook(cells: cells)
    let ending = try NotebookRunner(backend: Scripted()).run(&notebook, handlesSignals: false)
    return (notebook, ending)
  }

  private func outputs(_ code: String...) throws -> [[JSON]] {
    try run(code.map { Notebook.Cell(.code, $0) }).0.cells.map(\.outputs)
  }

  @Test("outputs are those that a client gathers")
  func gathering() throws {
    let outputs = try outputs("print a\nprint b\nwarn c\nprint d\nshow e\n42")[0]
    #expect(
      outputs == [
        ["output_type": "stream", "name": "stdout", "text": "a\nb\n"],
        ["output_type": "stream", "name": "stderr", "text": "c\n"],
        ["output_type": "stream", "name": "stdout", "text": "d\n"],
        ["output_type": "display_data", "data": ["text/plain": "e"], "metadata": [:]],
        [
          "output_type": "execute_result", "data": ["text/plain": "42"], "metadata": [:],
          "execution_count": 1,
        ],
      ])
  }

  @Test("updates reach every display of their name, in earlier cells too, and none is added")
  func updates() throws {
    let outputs = try outputs("update none", "track a\ntrack b", "show other\nupdate c")
    func texts(_ cell: Int) -> [JSON?] { outputs[cell].map { $0["data"]?["text/plain"] } }
    #expect(texts(0) == [])
    #expect(texts(1) == ["c", "c"])
    #expect(texts(2) == ["other"])
    #expect(outputs[1].allSatisfy { $0["transient"] == nil })
  }

  @Test("cleared outputs are gone, at once or with the next output")
  func clearing() throws {
    #expect(try outputs("show a\nclear\nshow b")[0].map { $0["data"]?["text/plain"] } == ["b"])
    #expect(try outputs("show a\nclear wait\nshow b")[0].map { $0["data"]?["text/plain"] } == ["b"])
    #expect(try outputs("print a\nclear wait\nprint b")[0].map { $0["text"] } == ["b\n"])
    #expect(try outputs("print a\nclear\nprint b")[0].map { $0["text"] } == ["b\n"])
    #expect(try outputs("print a\nclear wait\nclear wait")[0].map { $0["text"] } == ["a\n"])
    #expect(try outputs("show a\nclear wait", "show b").map(\.count) == [1, 1])
    #expect(try outputs("track a\nclear\nshow b\nupdate c")[0].map { $0["data"]?["text/plain"] } == ["b"])
  }

  @Test("a carriage return starts the line anew")
  func overwriting() throws {
    #expect(
      try outputs("write start\nreturn 10 %\nreturn 100 %\nprint \nprint next")[0].first?["text"]
        == "100 %\nnext\n")
  }

  @Test("counts, times and the language are filled in")
  func metadata() throws {
    var first = Notebook.Cell(.code, "1", metadata: ["own": 1])
    first.outputs = [["output_type": "stream", "name": "stdout", "text": "old"]]
    first.executionCount = 7
    let (notebook, ending) = try run([first, .init(.markdown, "# x"), .init(.code, " \n"), .init(.code, "2")])
    #expect(ending == .finished)
    #expect(notebook.cells.map(\.executionCount) == [1, nil, nil, 2])
    #expect(notebook.cells[0].outputs.count == 1)
    let times = try #require(notebook.cells[0].metadata["execution"]?.object)
    #expect(
      times.keys.sorted() == [
        "iopub.execute_input", "iopub.status.busy", "iopub.status.idle", "shell.execute_reply",
      ])
    #expect(times.values.allSatisfy { $0.string?.count == 27 && $0.string?.last == "Z" })
    #expect(notebook.cells[0].metadata["own"] == 1)
    #expect(notebook.metadata["language_info"]?["name"] == "scripted")
    #expect(
      notebook.metadata["kernelspec"] == ["name": "tests", "display_name": "Tests", "language": "scripted"])
  }

  @Test("the first cell that fails ends the run")
  func failing() throws {
    let events = Mutex<[NotebookRunner.Event]>([])
    var notebook = Notebook(cells: [
      .init(.markdown, "text"), .init(.code, "1"), .init(.code, "print a\nfail here"),
      .init(.code, "print never"),
    ])
    let runner = NotebookRunner(backend: Scripted()) { event in events.withLock { $0.append(event) } }
    let error = CellError(name: "Failure", message: "here", traceback: ["Failure: here"])
    #expect(try runner.run(&notebook, handlesSignals: false) == .failed(cell: 2, error: error))
    #expect(notebook.cells.map(\.executionCount) == [nil, 1, 2, nil])
    #expect(
      notebook.cells[2].outputs.last
        == ["output_type": "error", "ename": "Failure", "evalue": "here", "traceback": ["Failure: here"]])
    #expect(notebook.cells[3].outputs == [])
    let story = events.withLock { $0 }
    #expect(story.count == 4)
    #expect(story[2] == .started(cell: 2, number: 2, total: 3))
    guard case .finished(2, 2, 3, let seconds, error) = story[3] else {
      Issue.record("\(story[3])")
      return
    }
    #expect(seconds >= 0)
  }

  @Test("tags let a cell fail or be left out")
  func tags() throws {
    let (notebook, ending) = try run([
      .init(.code, "fail", metadata: ["tags": ["raises-exception"]]),
      .init(.code, "fail", metadata: ["tags": ["skip-execution"]]), .init(.code, "print on"),
    ])
    #expect(ending == .finished)
    #expect(notebook.cells.map(\.executionCount) == [1, nil, 2])
  }

  @Test(
    "a signal stops the running cell and the run, and the notebook keeps what there is", .serialized,
    arguments: [SIGINT, SIGTERM, SIGHUP])
  func interrupt(signal: Int32) throws {
    var notebook = Notebook(cells: [.init(.code, "print before\nwait"), .init(.code, "print never")])
    let interpreter = Scripted()
    let sender = try NativeThread(named: "sender", stack: 1 << 18) {
      while !interpreter.hasStarted { usleep(500) }
      kill(getpid(), signal)
    }
    let ending = try NotebookRunner(backend: interpreter).run(&notebook)
    sender.join()
    #expect(ending == .stopped(cell: 0, error: .interrupted, signal: signal))
    #expect(notebook.cells[0].outputs.map { $0["output_type"] } == ["stream", "error"])
    #expect(notebook.cells[1].executionCount == nil)
    // Another one, which comes while the notebook is written, does not cut that short. To this thread, so that it has come when this
    // returns: one that is sent to the process may come to the next run.
    raise(signal)
  }

  @Test("a terminal sees the text of every output; updates are drawn in place there and held back elsewhere")
  func terminal() throws {
    func transcript(isTerminal: Bool) throws -> String {
      let text = Mutex("")
      let terminal = TerminalWriter(isTerminal: isTerminal) { piece in text.withLock { $0 += piece } }
      var notebook = Notebook(cells: [
        .init(.code, "write open\npicture\ntrack 1 %\nupdate 2 %\nupdate 3 %\nprint after"),
        .init(.code, "track a\nupdate b"), .init(.code, "fail now"),
      ])
      _ = try NotebookRunner(backend: Scripted(), terminal: terminal).run(
        &notebook, handlesSignals: false)
      return text.withLock { $0 }
    }
    #expect(try transcript(isTerminal: false) == "open\n[picture]\n1 %\n3 %\nafter\na\nb\nFailure: now\n")
    let up = "\u{1B}[1A\u{1B}[J"
    #expect(
      try transcript(isTerminal: true)
        == "open\n[picture]\n1 %\n\(up)2 %\n\(up)3 %\nafter\na\n\(up)b\nFailure: now\n")
  }

  @Test("a run notebook is read back the same")
  func roundTrip() throws {
    let (notebook, _) = try run([.init(.code, "print a\nprint b\npicture\n3"), .init(.markdown, "a\nb")])
    try withTemporaryDirectory { directory in
      try notebook.write(to: "\(directory)/n.ipynb")
      #expect(try Notebook(contentsOf: "\(directory)/n.ipynb").cells == notebook.cells)
      let text = String(decoding: try Files.read("\(directory)/n.ipynb"), as: UTF8.self)
      #expect(text.contains(#""image/png": "AQID""#))
      #expect(text.contains("\"text\": [\n      \"a\\n\",\n      \"b\\n\"\n     ]"))
    }
  }
}
