/// A definition at work: its names, which are its own, and what it returns.
final class Frame {
  let definition: String
  let workspace = Workspace()
  /// Number of definitions at work within one another, this one counted, and how deeply their blocks nest altogether.
  let depth: Int
  let nesting: Int
  /// Value that `return` gave, once it has come, which may be none.
  var returned: (any Value)??

  /// The most of both: the stack of the thread must hold them.
  static let (deepest, deepestNesting) = (60, 300)

  /// Throws `Problem` where definitions call one another without an end.
  init(_ definition: String, nesting: Int, within outer: Frame?) throws {
    self.definition = definition
    depth = (outer?.depth ?? 0) + 1
    self.nesting = (outer?.nesting ?? 0) + nesting
    guard depth <= Frame.deepest, self.nesting <= Frame.deepestNesting else {
      throw Problem(
        "`\(definition)` is called within other definitions, \(depth - 1) deep, and does not come to an end.",
        advice: "Say when it ends before it calls itself: `if n == 0 { return 1 }`.")
    }
  }

  var isReturning: Bool { returned != nil }
}
