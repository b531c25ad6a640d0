import Commands
import Foundation
import FrontEnd
import Language
import Testing

/// The gallery: every figure that an example of a help page draws, with what one types for it.
///
/// `FIGURES_RECORD=1 swift test --filter Gallery` writes `docs/gallery.md` and its pictures anew, and fails so that a
/// recording never looks like a passed test.
extension TestsInOneFolder {
  @Suite("Gallery")
  struct GalleryTests {
    static let docs = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("docs")
    static let isRecording = ProcessInfo.processInfo.environment["FIGURES_RECORD"] == "1"

    struct Entry {
      let command: String
      let file: String
      let code: String
      let picture: Rich.PNG
    }

    /// Draws the figures of all examples, in the order of the manual.
    static func entries() throws -> [Entry] {
      var entries: [Entry] = []
      for (command, example) in Verbs.vocabulary.examples {
        let shows =
          Verbs.all.first { $0.name == command }.map { $0.gives == "figure" || $0.name == "show" } ?? false
        guard shows else { continue }
        let session = Session()
        if !example.setup.isEmpty { try session.gather(example.setup) }
        let pictures = try session.gather(example.code).results.compactMap(\.png)
        for picture in pictures {
          let number = entries.filter { $0.command == command }.count
          let name = command.replacing(" ", with: "-") + (number == 0 ? "" : "-\(number + 1)")
          entries.append(
            Entry(
              command: command, file: "\(name).png",
              code: (example.setup.isEmpty ? "" : example.setup + "\n") + example.code, picture: picture))
        }
      }
      return entries
    }

    static func page(_ entries: [Entry]) -> String {
      var text = """
        # Gallery

        Every figure below is drawn by the lines above it: paste them into a cell. `export last "figure.pdf" width=8.5cm` \
        writes the latest one to a file, as PDF, SVG or PNG. [The reference](manual.md) has all options.

        """
      var heading = ""
      for entry in entries {
        if entry.command != heading {
          heading = entry.command
          text += "\n## \(heading)\n"
        }
        let alt = entry.picture.alt.replacing("]", with: ")").replacing("[", with: "(").replacing(
          "\n", with: " ")
        text += "\n```contrast\n\(entry.code)\n```\n\n![\(alt)](gallery/\(entry.file))\n"
      }
      return text
    }

    @Test("shows what the examples draw")
    func gallery() throws {
      let folder = try DataFolder()
      defer { withExtendedLifetime(folder) {} }
      let entries = try GalleryTests.entries()
      let page = GalleryTests.page(entries)
      let pictures = GalleryTests.docs.appendingPathComponent("gallery")
      if GalleryTests.isRecording {
        try? FileManager.default.removeItem(at: pictures)
        try FileManager.default.createDirectory(at: pictures, withIntermediateDirectories: true)
        for entry in entries {
          try Data(entry.picture.bytes).write(to: pictures.appendingPathComponent(entry.file))
        }
        try Data(page.utf8).write(to: GalleryTests.docs.appendingPathComponent("gallery.md"))
        Issue.record("recorded the gallery: look at it, then run again without FIGURES_RECORD")
        return
      }
      let shipped = try String(
        contentsOf: GalleryTests.docs.appendingPathComponent("gallery.md"), encoding: .utf8)
      #expect(
        GalleryTests.withoutNumbers(shipped) == GalleryTests.withoutNumbers(page),
        "docs/gallery.md is not what the examples say; write it anew with FIGURES_RECORD=1")
      for entry in entries {
        let known = try Data(contentsOf: pictures.appendingPathComponent(entry.file))
        let differences = try ComparedPicture(png: entry.picture.bytes).differences(
          from: ComparedPicture(png: Array(known)), within: GalleryTests.tolerance(of: entry.file))
        #expect(differences == [], "\(entry.file) looks different")
      }
      let files = try FileManager.default.contentsOfDirectory(atPath: pictures.path)
      #expect(Set(files) == Set(entries.map(\.file)), "pictures without an example")
    }

    /// The page without what its pictures say: numbers of a trained network end differently on another processor.
    private static func withoutNumbers(_ page: String) -> [Substring] {
      page.split(separator: "\n").map {
        $0.hasPrefix("![") ? $0[($0.lastIndex(of: "(") ?? $0.startIndex)...] : $0
      }
    }

    /// What a picture may differ by. Curves of trained models depend on the kernels that OpenBLAS chooses for the processor: between
    /// those for Prescott, Nehalem, Sandybridge, Haswell, Zen, SkylakeX and Cooperlake (`OPENBLAS_CORETYPE`) the colour of a place
    /// differed by 0.060 and its brightness by 0.061 at most in `plot-history.png`, by 0.012 and 0.015 in `plot-loss.png`,
    /// and by 0.046 and 0.083 in `plot-z-2.png` (between Prescott, Sandybridge and SkylakeX; after eight epochs it would be 0.145, so the slider
    /// of that example stands at the first). Other pictures of trained models stay within what every picture may differ by.
    static func tolerance(of file: String) -> ComparedPicture.Tolerance {
      switch file {
      case "plot-history.png": .init(colour: 0.09, brightness: 0.1)
      // Thin lines and little colour.
      case "plot-loss.png": .init(colour: 0.06)
      case "plot-network-2.png": .init(colour: 0.04)
      default: .init()
      }
    }

    @Test("the comparison of pictures refuses damaged ones")
    func comparison() throws {
      let folder = GalleryTests.docs.appendingPathComponent("gallery")
      let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      #expect(files.count > 20)
      for file in files {
        let shipped = try ComparedPicture(png: Array(Data(contentsOf: folder.appendingPathComponent(file))))
        let tolerance = GalleryTests.tolerance(of: file)
        #expect(shipped.differences(from: shipped, within: tolerance) == [], "\(file)")
        #expect(
          shipped.coloured > 2000,
          "\(file) has hardly a colour, so that what is done to its colours cannot be seen")
        for damage in ComparedPicture.damages {
          let damaged = damage.apply(shipped)
          #expect(
            damaged.differences(from: shipped, within: tolerance) != [], "\(file) passes \(damage.name)")
        }
      }
    }
  }
}
