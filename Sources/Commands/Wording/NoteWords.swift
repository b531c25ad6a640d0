import Base
import Images

extension [DataNote] {
  /// All remarks, a line each.
  package var words: String { map(\.words).joined(separator: "\n") }
}

extension DataNote {
  fileprivate var words: String {
    switch self {
    case .folder(let report): report.words
    case .leftOut(let leftOut): leftOut.words
    case .untrained(let classes): "There is nothing to train on of \(firstFew(classes, most: 8))."
    case .turned: "EMNIST's files hold its images with rows and columns exchanged; here they stand upright."
    case .setAside(let images, let test):
      "Of \(counted(images, "image")) \(test) (20 % of each class) are set aside for testing."
    case .unofficialArchive: "This archive is not the official release: its size differs."
    }
  }
}

extension FolderReport {
  fileprivate var words: String {
    let known = classes.map { "\(counted($0.count, "class")) (\(firstFew($0, most: 8)))" }
    let classes = known ?? "no class folders, so no labels"
    var sentence: String
    switch division {
    case .parts(let parts):
      sentence = "\(place) is divided: " + parts.map(\.words).joined(separator: ", ") + ". It has \(classes)."
    case .split(let images, let test, let share):
      sentence =
        "\(place) has \(classes), and \(counted(images, "image")), of which \(test) (20 %\(share.words)) "
        + "are set aside for testing."
    }
    if !untrained.isEmpty { sentence += " " + DataNote.untrained(untrained).words }
    if let likelyPart {
      sentence +=
        " Each of them holds the folders \(firstFew(likelyClasses, most: 8)): if those are the classes, load one part "
        + "alone, as \"\(place)/\(likelyPart)\", or call them train and test."
    }
    return sentence
  }
}

extension FolderReport.Part {
  fileprivate var words: String {
    let name = "\(name) (\(counted(images, "image")))"
    return switch role {
    case .train: "\(name) to train on"
    case .test: "\(name) for testing"
    case .validation: "\(name), the member `validation`"
    }
  }
}

extension FolderReport.Share {
  fileprivate var words: String {
    switch self {
    case .whole: ""
    case .eachClass: " of each class"
    case .eachSmallClass: " of each class, at least one image"
    }
  }
}

extension LeftOut {
  /// "Left out: 2 files neither JPEG nor PNG: a.txt, b.txt; …"; empty if nothing is.
  var words: String {
    let parts = groups.map { group in
      "\(group.reason.words(group.count)): "
        + group.names.map { name in name.name + (name.detail.map { " (\($0.words))" } ?? "") }
        .joined(separator: ", ") + (group.count > group.names.count ? ", …" : "")
    }
    return parts.isEmpty ? "" : "Left out: " + parts.joined(separator: "; ") + "."
  }
}

extension LeftOut.Reason {
  /// "15 links …", without the names.
  fileprivate func words(_ count: Int) -> String {
    let links = counted(count, "link") + (count == 1 ? " leads" : " lead")
    return switch self {
    case .annexed: links + " to files that are not here (`git annex get .` fetches them)"
    case .cached: links + " to files that are not here (`dvc pull` fetches them)"
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

extension LeftOut.Detail {
  fileprivate var words: String {
    switch self {
    case .empty: "empty"
    case .noFile: "no file"
    case .classFolders: "it has class folders"
    case .noClassFolders: "no class folders"
    case .bytes(let count): counted(count, "byte")
    case .memory(let needed, let free): "it needs \(sized(needed)), \(sized(free)) are free"
    case .said(let message): message
    }
  }
}

extension UnreadablePicture: Worded {
  var words: InputError {
    InputError(detail?.words ?? (reason == .noPicture ? "neither JPEG nor PNG" : reason.words(1)))
  }
}
