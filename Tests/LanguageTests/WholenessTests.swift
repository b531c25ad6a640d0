import Testing

import Language

@Suite struct WholenessTests {
  @Test(
    "says whether more must follow",
    arguments: [
      ("", .whole), ("1", .whole), ("train m on=few", .whole), ("x = 3\n", .whole),
      ("# note", .whole),
      ("x = [1,", .unfinished(indent: "  ")), ("x = [1, (2", .unfinished(indent: "    ")),
      ("x =", .unfinished(indent: "")),
      ("1 +", .unfinished(indent: "")), ("for x in [1] {", .unfinished(indent: "  ")),
      ("for x in [1] {\n  if x > 0 {", .unfinished(indent: "    ")),
      ("for x in [1] {\n  show x\n", .unfinished(indent: "  ")),
      ("for x in [1] { }", .whole), ("train m epochs=", .unfinished(indent: "")),
      ("time", .unfinished(indent: "")),
      ("for x", .unfinished(indent: "")), ("if true", .unfinished(indent: "")),
      ("x.", .unfinished(indent: "")),
      ("x = \"abc", .wrong), ("\"{(1\"", .wrong), ("x = 3)", .wrong), ("trian m", .wrong),
      ("load", .wrong),
      ("1 2", .wrong), ("train m epoch=3", .wrong), (String(repeating: "[", count: 1000), .tooDeep),
    ] as [(String, Wholeness)])
  func says(_ code: String, _ expected: Wholeness) {
    #expect(toyInterpreter().0.wholeness(of: code) == expected, "\(code)")
  }
}
