import Glibc
import Testing

import Language

/// The deepest programs that the parser lets through run on threads with small stacks.
@Suite struct StackTests {
  private final class Box: @unchecked Sendable {  // Written by the thread, read after it was joined.
    let code: String
    var outcome = ""
    init(_ code: String) { self.code = code }
  }

  /// Code that was not optimised keeps far more on the stack; both are well below the 8 MB that threads get.
  #if DEBUG
    private static let size = 4 << 20
  #else
    private static let size = 1 << 20
  #endif

  @Test(
    "deep cells fit a small stack",
    arguments: [
      ("(", "1", ")"), ("[", "1", "]"), ("- ", "1", ""), ("not ", "true", ""), ("if true { ", "x = 1", " }"),
      ("2 ^ ", "1", ""),
      ("(either (flip) [", "flip", "])"), ("simclr augment=(either [", "flip", "])"), ("(time ", "1", ")"),
      ("[1][", "0", "]"),
    ])
  func deep(_ opening: String, _ core: String, _ closing: String) {
    for depth in [20, 30, 60, 64, 65, 1000] {
      let code = String(repeating: opening, count: depth) + core + String(repeating: closing, count: depth)
      let box = Box(code)
      var attributes = pthread_attr_t()
      pthread_attr_init(&attributes)
      pthread_attr_setstacksize(&attributes, Self.size)
      var thread = pthread_t()
      let started = pthread_create(
        &thread, &attributes,
        { argument in
          guard let argument else { return nil }
          let box = Unmanaged<Box>.fromOpaque(argument).takeUnretainedValue()
          let (interpreter, _) = toyInterpreter()
          do throws(Diagnostic) {
            try interpreter.run(cell: box.code)
            box.outcome = "value"
          } catch { box.outcome = error.message }
          _ = interpreter.offers(for: box.code, cursor: box.code.unicodeScalars.count / 2)
          _ = interpreter.inspect(box.code, cursor: box.code.unicodeScalars.count / 2)
          return nil
        }, Unmanaged.passUnretained(box).toOpaque())
      #expect(started == 0)
      pthread_join(thread, nil)
      pthread_attr_destroy(&attributes)
      #expect(!box.outcome.isEmpty)
      if depth == 1000 { #expect(box.outcome != "value") }
    }
  }
}
