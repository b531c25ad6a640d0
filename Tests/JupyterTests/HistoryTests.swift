import Base
import Glibc
import Jupyter
import Records
import Testing

@Suite("History", .serialized)
struct HistoryTests {
  /// A history that ends with the closure, as a kernel's does.
  private func withHistory<Result>(_ file: String?, _ body: (History) throws -> Result) throws -> Result {
    let history = try History(file: file, logger: quiet())
    defer { history.close() }
    return try body(history)
  }

  private func sources(_ entries: [HistoryEntry]) -> [String] { entries.map(\.source) }

  @Test("tail, range and search look across kernels", arguments: [true, false])
  func queries(isRestarted: Bool) throws {
    try withTemporaryDirectory { directory in
      let file = "\(directory)/new/history.sqlite"
      try withHistory(file) { history in
        history.add("a = 1", line: 1, shell: 0)
        history.add("a", line: 2, shell: 0)
        history.add(output: "1", of: "a", line: 2, shell: 0)
        history.add("b = 2", line: 1, shell: 1)
      }
      try withHistory(file) { history in
        #expect(sources(history.entries(.tail(count: 2), shell: 0)) == ["a", "b = 2"])
        history.add("c = 3", line: 1, shell: 0)
        if isRestarted { while !sources(history.entries(.tail(count: 1), shell: 0)).contains("c = 3") {} }
        history.add("a", line: 2, shell: 0)
        let all = history.entries(.tail(count: 9), shell: 0)
        #expect(sources(all) == ["a = 1", "a", "b = 2", "c = 3", "a"])
        #expect(all.map(\.session) == [1, 1, 2, 3, 3])
        #expect(all.map(\.line) == [1, 2, 1, 1, 2])
        #expect(all.map(\.output) == [nil, "1", nil, nil, nil])
        func range(_ session: Int, _ start: Int, _ stop: Int?) -> [String] {
          sources(history.entries(.range(session: session, start: start, stop: stop), shell: 0))
        }
        #expect(range(0, 1, nil) == ["c = 3", "a"])
        #expect(range(0, 1, 2) == ["c = 3"])
        #expect(range(-1, 1, nil) == ["b = 2"])
        #expect(range(1, 2, 9) == ["a"])
        #expect(range(7, 1, nil) == [])
        func search(_ pattern: String, _ count: Int?, _ unique: Bool) -> [String] {
          sources(history.entries(.search(pattern: pattern, count: count, unique: unique), shell: 0))
        }
        #expect(search("a*", nil, false) == ["a = 1", "a", "a"])
        #expect(search("a*", nil, true) == ["a = 1", "a"])
        #expect(search("? = *", 2, false) == ["b = 2", "c = 3"])
        #expect(search("*", 2, true) == ["c = 3", "a"])
        #expect(search("'; DROP TABLE history; --", nil, false) == [])
      }
      var status = stat()
      stat(file, &status)
      #expect(status.st_mode & 0o777 == 0o600)
    }
  }

  @Test("a file that is broken, locked or not to be written leaves history in memory")
  func withoutFile() throws {
    try withTemporaryDirectory { directory in
      let broken = "\(directory)/broken.sqlite"
      try Files.write(Array("this is no database, whatever its name says".utf8) + [0, 1, 2], to: broken)
      for file in [nil, broken, directory, "/proc/nowhere/history.sqlite"] {
        try withHistory(file) { history in
          history.add("a", line: 1, shell: 0)
          history.add(output: "7", of: "a", line: 1, shell: 0)
          history.add("b", line: 2, shell: 0)
          let found = history.entries(.tail(count: 5), shell: 0)
          #expect(sources(found) == ["a", "b"])
          #expect(found.map(\.output) == ["7", nil])
          #expect(
            sources(history.entries(.range(session: 0, start: 2, stop: nil), shell: 0)) == ["b"])
          for line in 3..<5000 { history.add("\(line)", line: line, shell: 0) }
          #expect((500...1000).contains(history.entries(.tail(count: 9999), shell: 0).count))
        }
      }
      #expect(try Files.read(broken).count == 46)
    }
  }

  @Test("a cell is written once another program has let go of the file, without a further cell")
  func busy() throws {
    try withTemporaryDirectory { directory in
      let file = "\(directory)/history.sqlite"
      try withHistory(file) { $0.add("first", line: 1, shell: 0) }
      let other = try Database(path: file, patience: 1000)
      try other.run("BEGIN IMMEDIATE")
      try withHistory(file) { history in
        history.add("second", line: 1, shell: 0)
        // Looks into the file, as the writer does, and finds it taken.
        #expect(sources(history.entries(.tail(count: 9), shell: 0)) == ["first", "second"])
        try other.run("COMMIT")
        func written() throws -> Bool {
          try !other.rows("SELECT 1 FROM history WHERE source = 'second'").isEmpty
        }
        while try !written() { Clock.sleep(milliseconds: 5) }
      }
    }
  }

  @Test("two kernels write the same file")
  func together() throws {
    try withTemporaryDirectory { directory in
      let file = "\(directory)/history.sqlite"
      try withHistory(file) { first in
        try withHistory(file) { second in
          for line in 1...20 {
            first.add("first \(line)", line: line, shell: 0)
            second.add("second \(line)", line: line, shell: 0)
            if line % 5 == 0 { _ = first.entries(.tail(count: 1), shell: 0) }
          }
          #expect(
            sources(second.entries(.search(pattern: "second*", count: nil, unique: true), shell: 0)).count
              == 20)
        }
        #expect(first.entries(.tail(count: 99), shell: 0).count == 40)
      }
    }
  }

  @Test("the file is the person's, or where the environment says")
  func place() {
    func file(_ variables: [String: String]) -> String? { Server.historyFile { variables[$0] } }
    #expect(file(["HOME": "/h"]) == "/h/.local/share/contrast/history.sqlite")
    #expect(file(["HOME": "/h", "XDG_DATA_HOME": "/x"]) == "/x/contrast/history.sqlite")
    #expect(file(["HOME": "/h", "CONTRAST_HISTORY": "/t/h"]) == "/t/h")
    #expect(file(["HOME": "/h", "CONTRAST_HISTORY": "off"]) == nil)
    #expect(file([:]) == nil)
  }

  @Test("clients ask for history; silent and unstored cells are not in it")
  func requests() throws {
    try withKernel { client, _, _ in
      _ = try client.run("print a")
      _ = try client.run("42")
      _ = try client.run("print hidden", ["silent": true])
      _ = try client.run("print hidden", ["store_history": false])
      _ = try client.run("fail")
      func ask(_ content: JSON) throws -> JSON {
        try client.exchange("history_request", content).reply.content
      }
      #expect(
        try ask(["hist_access_type": "tail", "n": 10, "raw": true, "output": false])
          == ["status": "ok", "history": [[1, 1, "print a"], [1, 2, "42"], [1, 3, "fail"]]])
      #expect(
        try ask(["hist_access_type": "range", "session": 0, "start": 1, "stop": 3, "output": true])["history"]
          == [[1, 1, ["print a", nil]], [1, 2, ["42", "42"]]])
      #expect(
        try ask(["hist_access_type": "search", "pattern": "?2", "n": 3, "unique": true])["history"]
          == [[1, 2, "42"]])
      #expect(try ask(["hist_access_type": "dream"])["ename"] == "InvalidRequest")
      #expect(try ask([:])["history"]?.array?.count == 3)
      #expect(try ask(["hist_access_type": "tail", "n": -3])["history"] == [])
    }
  }
}
