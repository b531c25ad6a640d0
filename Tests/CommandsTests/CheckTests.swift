import Commands
import Foundation
import Language
import Testing

@Suite("Cells that fail on purpose")
struct CheckTests {
  @Test(
    "a check that fails shows both sides",
    arguments: [
      ("check 4 == 3", "4 == 3 is false"), ("check x == 3", "4 == 3 is false"),
      ("check x + 1 < x", "5 < 4 is false"),
      ("check x == 4 and x > 5", "4 > 5 is false"),
      ("check x == 5 or x == 6", "4 == 5 is false and 4 == 6 is false"),
      ("check not x == 4", "4 == 4 is true"), ("check not (x == 4 or x == 5)", "4 == 4 is true"),
      ("check ready", "`ready` is false"), ("check (ready)", "`ready` is false"),
      ("check false", "it is false"),
      ("check [x, 2] == [4, 3]", "[4, 2] == [4, 3] is false"),
      ("check \"a\" != \"a\"", "\"a\" != \"a\" is false"),
      ("check 0.1 + 0.2 == 0.3", "0.30000000000000004 == 0.3 is false"),
      ("check condition=(x == 3)", "4 == 3 is false"),
      ("check x ==\n  3", "4 == 3 is false"), ("for i in [4, 3] { check x == i }", "4 == 3 is false"),
    ])
  func failing(cell: String, finding: String) throws {
    let session = Session()
    try session.gather("x = 4\nready = false")
    let error = try #require(session.failure(cell), "\(cell) passed")
    #expect(
      error.name == "CheckFailed" && error.message == "The check failed: \(finding).",
      "\(cell)\n\(error.plainText)")
  }

  @Test(
    "a check that holds shows nothing",
    arguments: [
      "check true", "check x == 4", "check x > 3 and x < 5 \"between\"", "check x == 4 or unknown",
      "check not x == 3",
      "check x / 2 == 2 message=\"half\"", "check (x == 4)", "check [x] == [4]",
    ])
  func holding(cell: String) throws {
    let session = Session()
    try session.gather("x = 4")
    let shown = try session.gather(cell)
    #expect(shown.results.isEmpty && shown.text == "" && shown.shown.isEmpty)
  }

  @Test("a message of one's own comes first, with values in braces; what follows does not run")
  func messages() throws {
    let session = Session()
    let error = try #require(session.failure("x = 4\ncheck x == 3 \"x is to be 3, not {x}\"\ny = 1"))
    #expect(error.message == "X is to be 3, not 4." || error.message == "x is to be 3, not 4.")
    #expect(error.advice == "The check failed: 4 == 3 is false." && error.line == 2 && error.column == 7)
    #expect(session.workspace["x"] != nil && session.workspace["y"] == nil)
    let failed = try #require(session.failure("if x == 4 {\n  fail \"no more than 3: {x}\"\n}"))
    #expect(failed.name == "CheckFailed" && failed.message == "No more than 3: 4." && failed.line == 2)
  }

  @Test("what is no condition is refused before anything runs")
  func refused() throws {
    let session = Session()
    for (cell, message) in [
      ("z = 1\ncheck 3", "`condition` takes true or false, and this is a number."),
      ("z = 1\ncheck", "`check` needs `condition`: an expression that must be true."),
      ("z = 1\nfail", "`fail` needs `message`"),
      ("z = 1\nfail 3", "`message` takes text, and this is a number."),
      ("z = 1\ncheck true \"a\" \"b\"", "`check` takes at most 2 arguments"),
    ] {
      let error = try #require(session.failure(cell))
      #expect(error.message.hasPrefix(message) && session.workspace["z"] == nil, "\(error.plainText)")
    }
    #expect(
      session.failure("x = 4\ncheck x + 1")?.message == "`check` needs true or false, and this is a number.")
    #expect(session.failure("check few == model")?.name == "UnknownWord")
  }

  @Test("completion offers names inside of a condition, and help explains the command")
  func completion() throws {
    let session = Session()
    try session.gather("accuracy = 0.5")
    for code in ["check acc", "check 3 == acc", "check true and acc", "check (1 + acc"] {
      #expect(session.complete(code, at: code.count).matches.map(\.text) == ["accuracy"], "\(code)")
    }
    #expect(
      session.inspect("check accuracy > 1", at: 2)?.text.contains("unless a condition holds") == true)
  }
}
