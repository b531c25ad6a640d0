import Glibc
import Testing

import Language

/// Whatever is typed ends with a value or an error, in bounded time, and never with a trap.
@Suite struct MalformedTests {
  /// Sound programs to be broken: every cell of the cases, and the program of the design.
  private static let programs: [String] =
    Case.all.flatMap { $0.cells.map(\.code) } + [
      """
      few = sample (load shapes).train 10 seed=42
      paper  = either
        [(crop scale=[0.7, 1.0]), (flip chance=0.3)]
        [(flip chance=0.3), grey]   # é 👩‍👩‍👧
      results = table
      for size in [16, 32, 64, 128] {
        m = simclr size=size augment=paper
        time train m on=few epochs=2 batch=size
        if size > 32 { add results batch=size accuracy=(m.steps / 100) } else { add results batch=size }
      }
      plot bars results x=batch y=accuracy
      "{results.batch[0..<2]} of τ"
      """
    ]

  /// Runs a cell under a host that soon asks it to stop; true if it ended with a value, false if with an error.
  private func ends(_ code: String) -> Bool {
    let (interpreter, host) = toyInterpreter()
    host.patience = 200
    do throws(Diagnostic) {
      try interpreter.run(cell: code)
      return true
    } catch {
      let length = code.unicodeScalars.count
      #expect(!error.message.isEmpty && error.line >= 1 && error.column >= 1)
      #expect(error.range.lower >= 0 && error.range.upper <= length)
      #expect(!error.plainText.isEmpty)
      return false
    }
  }

  private static let pieces: [String] = [
    "(", ")", "[", "]", "{", "}", "\"", "'", "\\", "{x}", "=", "==", ";", "\n", "\n  ", ",", ".", "..<",
    "...", "-", "+", "*", "/",
    "%", "^", "?", "#", "!", "&", ":", "@", "\u{0}", "\u{301}", "👩‍👩‍👧", "é", "for x in ", "if ", "else", "and ",
    "not ", "time ",
    "help ", "true", "train ", "load ", "either ", "crop", "0", "1e", "1e400", "9223372036854775807", "1_0",
    "50%", "epochs=",
    "\t", "\r\n", "\u{2028}", "\u{FEFF}", "“", "−", "x", "few",
  ]

  private func mutate(_ program: String, _ random: inout SplitMix) -> String {
    var scalars = Array(program.unicodeScalars)
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let place = Int.random(in: 0...scalars.count, using: &random)
      let end = min(scalars.count, place + Int.random(in: 0...6, using: &random))
      switch Int.random(in: 0..<5, using: &random) {
      case 0: scalars.removeSubrange(place..<end)
      case 1: scalars.insert(contentsOf: scalars[place..<end], at: place)
      case 2: scalars.removeSubrange(place...)
      case 3:
        scalars.replaceSubrange(place..<end, with: Self.pieces.randomElement(using: &random)!.unicodeScalars)
      default:
        scalars.insert(contentsOf: Self.pieces.randomElement(using: &random)!.unicodeScalars, at: place)
      }
    }
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  @Test("mutated programs end with a value or an error", arguments: 0..<8) func mutated(part: UInt64) throws {
    var random = SplitMix(seed: 20 + part)
    var values = 0
    let count = 750
    for _ in 0..<count {
      let program = try #require(Self.programs.randomElement(using: &random))
      if ends(mutate(program, &random)) { values += 1 }
    }
    // Both ends are reached, or the mutations would show nothing.
    #expect(values > 20 && values < count - 200, "\(values)")
  }

  @Test("random bytes and random pieces end with a value or an error") func random() {
    var random = SplitMix(seed: 5)
    for _ in 0..<1500 {
      let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }
      _ = ends(String(decoding: bytes, as: UTF8.self))
      let count = Int.random(in: 0...20, using: &random)
      _ = ends(
        (0..<count).map { _ in Self.pieces.randomElement(using: &random)! }.joined(
          separator: ["", " "].randomElement(using: &random)!))
    }
    #expect(!ends("\u{0}\u{1}"))
  }

  @Test("completion, inspection and completeness answer at every position") func everyPosition() throws {
    let (interpreter, host) = toyInterpreter()
    host.patience = 10_000
    try interpreter.run(cell: "few = load shapes; m = simclr; results = table; x = [1, [2]]")
    for program in Self.programs {
      let length = program.unicodeScalars.count
      for cursor in 0...length {
        let completion = interpreter.offers(for: program, cursor: cursor)
        #expect(completion.end == cursor && completion.start >= 0 && completion.start <= cursor)
        _ = interpreter.inspect(program, cursor: cursor)
      }
      if !program.contains("[[[[[[[[") { #expect(interpreter.wholeness(of: program) != .tooDeep) }
    }
  }

  @Test("the same on broken programs") func brokenPositions() throws {
    let (interpreter, _) = toyInterpreter()
    var random = SplitMix(seed: 77)
    for _ in 0..<1500 {
      let program = mutate(try #require(Self.programs.randomElement(using: &random)), &random)
      let length = program.unicodeScalars.count
      for _ in 0..<5 {
        let cursor = Int.random(in: 0...length, using: &random)
        let completion = interpreter.offers(for: program, cursor: cursor)
        #expect(completion.end == cursor && completion.start >= 0 && completion.start <= cursor)
        _ = interpreter.inspect(program, cursor: cursor)
      }
      _ = interpreter.wholeness(of: program)
    }
  }

  @Test(
    "huge and deep cells answer quickly",
    arguments: [
      "[", "(", "{", "\"{", "not ", "- ", "x[", "if true {", "crop ", "1+", "a.b", "x=", "2^", "\n", "\"",
      "#", "x;", "é", "0..<",
      "load shapes\n  ", "time ", "either [", "x ", "\\", "9", "add t a=",
    ])
  func huge(_ piece: String) {
    let code = String(repeating: piece, count: 20_000)
    let start = threadSeconds()
    _ = ends(code)
    let (interpreter, _) = toyInterpreter()
    let length = code.unicodeScalars.count
    _ = interpreter.offers(for: code, cursor: length)
    _ = interpreter.inspect(code, cursor: length / 2)
    _ = interpreter.wholeness(of: code)
    // Far above what it takes, far below what a quadratic rule would.
    #expect(threadSeconds() - start < 5)
  }

  /// Of this thread alone: other tests keep the cores busy.
  private func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
