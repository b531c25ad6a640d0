import Base

/// The files and folders of an image folder that are not loaded: counted by reason, with the first few names of each.
struct LeftOut {
  /// Why something is left out, in the order in which they are told.
  enum Reason: Int, CaseIterable {
    /// Dead links into git-annex, DVC, or anywhere.
    case annexed, cached, deadLink
    /// A link to a folder that it lies in.
    case circle
    /// A folder that may not be read.
    case closed
    /// Folders of programs: `@eaDir`, `__MACOSX`, and all whose names begin with a point.
    case system
    /// A folder beside the parts, or a part without class folders where the others have some.
    case otherPart
    /// Files beside class folders or parts.
    case beside
    case emptyClass
    /// A text that stands for a file of Git LFS.
    case pointer
    case noPicture, damaged, tooLarge

    /// "15 links …", without the names.
    func text(_ count: Int) -> String {
      let links = counted(count, "link") + (count == 1 ? " leads" : " lead")
      return switch self {
      case .annexed:
        links + " to files that are not here (`git annex get .` fetches them)"
      case .cached:
        links + " to files that are not here (`dvc pull` fetches them)"
      case .deadLink: links + " nowhere"
      case .circle: links + " back to a folder around it"
      case .closed: counted(count, "folder") + " that may not be read"
      case .system: counted(count, "hidden or system folder")
      case .otherPart: counted(count, "folder") + (count == 1 ? " that is not a part" : " that are not parts")
      case .beside: counted(count, "file") + " beside the folders"
      case .emptyClass: counted(count, "class folder") + " without images"
      case .pointer: counted(count, "pointer") + " to files of Git LFS (`git lfs pull` fetches them)"
      case .noPicture: counted(count, "file") + " neither JPEG nor PNG"
      case .damaged: counted(count, "damaged image")
      case .tooLarge: counted(count, "image") + " too large for the memory"
      }
    }
  }

  private var counts: [Reason: Int] = [:]
  private var names: [Reason: [String]] = [:]
  private static let mostNames = 3

  mutating func add(_ path: String, _ reason: Reason, _ detail: String? = nil) {
    counts[reason, default: 0] += 1
    guard names[reason, default: []].count < LeftOut.mostNames else { return }
    let name = path.split(separator: "/").last.map(String.init) ?? path
    names[reason, default: []].append(detail.map { "\(name) (\($0))" } ?? name)
  }

  /// "Left out: 2 files that are neither JPEG nor PNG (a.txt, b.txt); …", or nothing.
  var sentence: String {
    let parts = Reason.allCases.compactMap { reason -> String? in
      guard let count = counts[reason], let first = names[reason] else { return nil }
      return "\(reason.text(count)): " + first.joined(separator: ", ") + (count > first.count ? ", …" : "")
    }
    return parts.isEmpty ? "" : "Left out: " + parts.joined(separator: "; ") + "."
  }
}
