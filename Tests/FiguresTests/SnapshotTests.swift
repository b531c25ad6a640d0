import Figures
import FoundationEssentials
import Testing

/// What each figure draws and where, against the files in `Fixtures`. Numbers may differ by less than a
/// point, so that another version of Pango with the same DejaVu fonts passes.
///
/// `FIGURES_RECORD=1 swift test --filter SnapshotTests` writes the files anew, and fails so that a recording
/// never looks like a passed test.
@Suite struct SnapshotTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
  static let isRecording = ProcessInfo.processInfo.environment["FIGURES_RECORD"] == "1"

  @Test("draws as recorded", arguments: Samples.all.map(\.name))
  func drawing(_ name: String) throws {
    let sample = try #require(Samples.all.first { $0.name == name })
    let (page, log) = try sample.figure(.light).drawingLog()
    let lines = ["page \(Int(page.width.rounded())) \(Int(page.height.rounded()))"] + log.lines
    let file = SnapshotTests.folder.appending(path: "\(name).txt")
    if SnapshotTests.isRecording {
      try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: file)
      Issue.record("recorded \(name).txt: run again without FIGURES_RECORD")
      return
    }
    let known = String(decoding: try Data(contentsOf: file), as: UTF8.self).split(separator: "\n").map(
      String.init)
    #expect(lines.count == known.count, "\(name): number of things drawn")
    for (index, (line, expected)) in zip(lines, known).enumerated() where !SnapshotTests.agree(line, expected)
    {
      Issue.record("\(name), line \(index + 1): drew “\(line)”, recorded “\(expected)”")
      return
    }
  }

  static func agree(_ a: String, _ b: String) -> Bool {
    let (first, second) = (a.split(separator: " "), b.split(separator: " "))
    guard first.count == second.count else { return false }
    return zip(first, second).allSatisfy { one, other in
      if one == other { return true }
      guard let x = Double(one), let y = Double(other) else { return false }
      return abs(x - y) < 1
    }
  }

  @Test("words stay on the page and off each other", arguments: Samples.all.map(\.name), [240.0, 480, 900])
  func words(_ name: String, width: Double) throws {
    let sample = try #require(Samples.all.first { $0.name == name })
    // Diagrams and rows of panels state how much room they need instead of shrinking without end.
    guard width > 240 || !["siamese", "panels", "block", "pictures", "neighbours"].contains(name) else {
      return
    }
    let (page, log) = try sample.figure(.light).resized(width: width).drawingLog()
    let room = page.inset(by: -0.5)
    for word in log.words {
      #expect(room.contains(word.box), "\(name) at \(width): “\(word.text)” leaves the page")
    }
    // Names on a map may touch points, and class names each other only when the map has no free place.
    let upright = log.words.filter { !$0.isTurned && !$0.text.isEmpty }
    for (index, a) in upright.enumerated() {
      for b in upright[(index + 1)...] {
        // Line heights include the space above and below letters.
        let inner = Rect(
          x: a.box.x + 0.5, y: a.box.y + a.box.height * 0.2, width: a.box.width - 1,
          height: a.box.height * 0.6)
        let other = Rect(
          x: b.box.x + 0.5, y: b.box.y + b.box.height * 0.2, width: b.box.width - 1,
          height: b.box.height * 0.6)
        #expect(!inner.intersects(other), "\(name) at \(width): “\(a.text)” touches “\(b.text)”")
      }
    }
  }
}
