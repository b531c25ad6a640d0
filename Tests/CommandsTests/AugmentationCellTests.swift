import Commands
import Testing

@Suite("Augmentations as cells") struct AugmentationCellTests {
  @Test(
    "an augmentation is described by the command that makes it, which makes it again",
    arguments: [
      "either [(crop scale=[0.7, 1] ratio=[0.8, 1.2]), (flip chance=0.3)]"
        + " [(flip chance=0.3), (jitter brightness=0.1 contrast=0.1 saturation=0.1 hue=0.05 normalised=true)]",
      "[(crop scale=[0.2, 1] ratio=[0.75, 1.25]), (flip chance=0.5),"
        + " (jitter brightness=0.4 contrast=0.4 saturation=0.4 hue=0.1 chance=0.8), (grey chance=0.1)]",
      "asymmetric (blur sigma=[0.1, 2]) [(flip chance=0.5), (solarise threshold=0.5)]",
      "solarise threshold=0.5 chance=1",
      "[(flip chance=0.5), (asymmetric (grey chance=1) none)]", "blur sigma=[0.1, 2] chance=1",
      "either (grey chance=1) none", "crop scale=[0.2, 1]", "[]",
    ])
  func cells(cell: String) throws {
    let item = cell.hasPrefix("[") ? cell : "(\(cell))"
    #expect(try Session().value(of: "either \(item) none").text == "either \(item) none")
  }

  @Test("the presets are commands too")
  func presets() throws {
    #expect(
      try Session().value(of: "either paper").text
        == "either (either [(crop scale=[0.7, 1] ratio=[0.8, 1.2]), (flip chance=0.3)]"
        + " [(flip chance=0.3), (jitter brightness=0.1 contrast=0.1 saturation=0.1 hue=0.05)])")
    #expect(
      try Session().value(of: "either simclr").text
        == "either [(crop scale=[0.2, 1]), (flip chance=0.5),"
        + " (jitter brightness=0.4 contrast=0.4 saturation=0.4 hue=0.1 chance=0.8), (grey chance=0.1)]")
    #expect(try Session().value(of: "blur sigma=[0.1, 2] chance=0.5").text == "blur sigma=[0.1, 2]")
    #expect(
      try Session().value(of: "either byol").text
        == "either [(crop scale=[0.08, 1]), (flip chance=0.5), (jitter brightness=0.4 contrast=0.4 saturation=0.2"
        + " hue=0.1 chance=0.8), (grey chance=0.2), (asymmetric (blur sigma=[0.1, 2] chance=1)"
        + " [(blur sigma=[0.1, 2] chance=0.1), (solarise threshold=0.5)])]")
  }
}
