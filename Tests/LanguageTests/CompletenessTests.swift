import Testing

import Language

@Suite struct CompletenessTests {
  @Test(
    "says whether more must follow",
    arguments: [
      ("", .complete), ("1", .complete), ("train m on=few", .complete), ("x = 3\n", .complete),
      ("# note", .complete),
      ("x = [1,", .incomplete(indent: "  ")), ("x = [1, (2", .incomplete(indent: "    ")),
      ("x =", .incomplete(indent: "")),
      ("1 +", .incomplete(indent: "")), ("for x in [1] {", .incomplete(indent: "  ")),
      ("for x in [1] {\n  if x > 0 {", .incomplete(indent: "    ")),
      ("for x in [1] {\n  show x\n", .incomplete(indent: "  ")),
      ("for x in [1] { }", .complete), ("train m epochs=", .incomplete(indent: "")),
      ("time", .incomplete(indent: "")),
      ("for x", .incomplete(indent: "")), ("if true", .incomplete(indent: "")),
      ("x.", .incomplete(indent: "")),
      ("x = \"abc", .invalid), ("\"{(1\"", .invalid), ("x = 3)", .invalid), ("trian m", .invalid),
      ("load", .invalid),
      ("1 2", .invalid), ("train m epoch=3", .invalid), (String(repeating: "[", count: 1000), .unknown),
    ] as [(String, Completeness)])
  func says(_ code: String, _ expected: Completeness) {
    #expect(toyInterpreter().0.completeness(of: code) == expected, "\(code)")
  }
}
