import Base

/// The sentences, shown where a folder is loaded, that say how its parts and classes were recognised.
struct FolderReport {
  let sentences: String

  private static let mostNames = 8

  init(of data: DataSet, contents: FolderContents, root: String) {
    // The folder as the person knows it: the one that was given, and those in it that were gone through.
    let place = data.name + contents.folder.path.dropFirst(root.count)
    let classes =
      data.train.labels == nil
      ? "no class folders, so no labels"
      : "\(counted(data.classes.count, "class")) (\(FolderReport.names(data.classes)))"
    var sentence: String
    if contents.parts.count > 1 {
      let parts = contents.parts.map { part -> String in
        let count = counted(data.parts.first { $0.name == part.role.rawValue }?.set.count ?? 0, "image")
        let name = part.folder.path.dropFirst(contents.folder.path.count + 1)
        return switch part.role {
        case .train: "\(name) (\(count)) to train on"
        case .test: "\(name) (\(count)) for testing"
        case .validation: "\(name) (\(count)), the member `validation`"
        }
      }
      sentence = "\(place) is divided: " + parts.joined(separator: ", ") + ". It has \(classes)."
    } else {
      let part =
        contents.isDivided
        ? "/" + contents.parts[0].folder.path.dropFirst(contents.folder.path.count + 1) : ""
      let all = data.train.count + data.test.count
      sentence =
        "\(place)\(part) has \(classes), and \(counted(all, "image")), of which \(data.test.count) "
        + "(20 %\(FolderReport.share(of: data))) are set aside for testing."
    }
    if let labels = data.train.labels {
      let known = Set(labels)
      let absent = data.classes.indices.filter { !known.contains($0) }.map { data.classes[$0] }
      if !absent.isEmpty {
        sentence += " There is nothing to train on of \(FolderReport.names(absent))."
      }
    }
    let likely = contents.likelyClasses
    if let first = contents.parts[0].classes.first, !likely.isEmpty {
      sentence +=
        " Each of them holds the folders \(FolderReport.names(likely)): if those are the classes, load one part alone, as "
        + "\"\(place)/\(first.name)\", or call them train and test."
    }
    sentences = sentence
  }

  /// Words on whom a fifth is of; a fifth of fewer than five images is none, and one is taken.
  private static func share(of data: DataSet) -> String {
    guard let labels = data.train.labels, let rest = data.test.labels else { return "" }
    let counts = (labels + rest).reduce(into: [:]) { $0[$1, default: 0] += 1 }
    return " of each class" + (counts.values.contains { (2..<5).contains($0) } ? ", at least one image" : "")
  }

  private static func names(_ names: [String]) -> String { firstFew(names, most: mostNames) }
}
