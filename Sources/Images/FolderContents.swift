import Tensors

/// Contents of a folder of images, decided by the names in it before any file is opened: its parts, their classes, and what is
/// left out.
///
/// This is the one place that knows the rules:
/// - A folder around everything else is gone through: `photos/photos/cat/…` is `photos/cat/…`.
/// - Parts are folders whose names say so (`Train`, `testing`, `val`, `seg_train`) in any case and with the same other words; there is
///   one to train on. A folder `train` that holds pictures beside other classes is the class of trains.
/// - Of a part, or of the whole where there are none, each folder that holds files is a class; where there are none, its files have no labels.
struct FolderContents {
  typealias Role = FolderReport.Role

  struct Part {
    let role: Role
    let folder: FolderTree
    /// The class folders in natural order, empty ones too; none where the part's files have no labels.
    let classes: [FolderTree]

    init(_ role: Role, _ folder: FolderTree) {
      self.role = role
      self.folder = folder
      classes = folder.filled.isEmpty && !folder.files.isEmpty ? [] : folder.folders
    }
  }

  /// The folder that holds the parts or classes.
  let folder: FolderTree
  /// The part to train on first, then those for testing and validation; one of role `train` where the folder is not divided.
  let parts: [Part]
  /// Whether `parts` are folders that the user made, rather than the whole folder.
  let isDivided: Bool
  private(set) var leftOut = LeftOut()

  init(of path: String, run: Run) throws {
    let whole = try FolderTree(path: path, leftOut: &leftOut, run: run)
    folder = FolderContents.inside(whole, &leftOut)
    let named = FolderContents.namedParts(of: folder)
    guard !named.isEmpty else {
      isDivided = false
      let all = Part(.train, folder)
      parts = [all]
      if all.classes.isEmpty {
        for empty in folder.folders { leftOut.add(empty.name, .emptyClass) }
      } else {
        for file in folder.files { leftOut.add(file, .beside) }
      }
      return
    }
    isDivided = true
    for file in folder.files { leftOut.add(file, .beside) }
    // A folder for validation is for testing where there is no other.
    let test = named.first { $0.role == .test } ?? named.first { $0.role == .validation }
    let validation = named.first { $0.role == .validation && $0.folder.path != test?.folder.path }
    let train = named.first { $0.role == .train }
    let chosen = [
      train.map { ($0, Role.train) }, test.map { ($0, .test) }, validation.map { ($0, .validation) },
    ]
    var parts: [Part] = []
    for (part, role) in chosen.compactMap({ $0 }) {
      let inner = FolderContents.inside(part.folder, &leftOut)
      let filled = Part(role, inner)
      // Pictures to be told by a class cannot be judged without any.
      if let first = parts.first, first.classes.isEmpty != filled.classes.isEmpty {
        leftOut.add(
          part.folder.path, .otherPart, first.classes.isEmpty ? .classFolders : .noClassFolders)
        continue
      }
      if !filled.classes.isEmpty { for file in inner.files { leftOut.add(file, .beside) } }
      parts.append(filled)
    }
    self.parts = parts
    let used = chosen.compactMap { $0?.0.folder.path }
    for other in folder.folders where !used.contains(other.path) {
      leftOut.add(other.path, .otherPart, other.holdsFiles ? nil : .empty)
    }
  }

  /// The folder that a folder holds as its only content, and so on inwards, as archives are unpacked; else the folder itself.
  private static func inside(_ folder: FolderTree, _ leftOut: inout LeftOut) -> FolderTree {
    var folder = folder
    while folder.filled.count == 1, let only = folder.filled.first, !only.filled.isEmpty,
      !folder.files.contains(where: isNamedAsPicture)
    {
      for file in folder.files { leftOut.add(file, .beside) }
      for other in folder.folders where other.path != only.path {
        leftOut.add(other.name, .otherPart, .empty)
      }
      folder = only
    }
    return folder
  }

  private static func isNamedAsPicture(_ file: String) -> Bool {
    let name = file.lowercased()
    return [".jpg", ".jpeg", ".png"].contains { name.hasSuffix($0) }
  }

  /// The folders that all classes of an undivided folder hold, two or more of the same names: then those may be the classes, and
  /// what was taken for classes parts with names of their own.
  var likelyClasses: [String] {
    guard !isDivided, parts[0].classes.count > 1 else { return [] }
    let inner = parts[0].classes.map { part in part.files.isEmpty ? part.filled.map(\.name) : [] }
    guard inner[0].count > 1, inner.allSatisfy({ Set($0) == Set(inner[0]) }) else { return [] }
    return inner[0]
  }

  // MARK: - Parts by name

  private typealias Named = (role: Role, folder: FolderTree)

  /// The folders that are parts, one of them to train on; none where the folders are classes.
  private static func namedParts(of folder: FolderTree) -> [Named] {
    let filled = folder.filled
    let read = filled.map { ($0, role(of: $0.name)) }
    for (_, found) in read {
      guard let found, found.role == .train else { continue }
      let parts = read.compactMap { folder, other -> Named? in
        guard let other, other.rest == found.rest else { return nil }
        return (other.role, folder)
      }
      let hasPartner = parts.contains { $0.role != .train }
      let hasClasses = parts.contains { $0.role == .train && !$0.folder.filled.isEmpty }
      if hasPartner && hasClasses || parts.count == filled.count { return parts }
    }
    return []
  }

  private static let roles: [String: Role] = [
    "train": .train, "training": .train, "trainval": .train, "test": .test, "testing": .test, "tests": .test,
    "val": .validation,
    "valid": .validation, "validation": .validation, "validate": .validation, "dev": .validation,
    "development": .validation, "eval": .validation, "evaluation": .validation,
  ]
  private static let fillers: Set<String> = [
    "set", "data", "dataset", "split", "part", "folder", "image", "images", "img", "imgs", "pictures",
    "photos",
  ]

  /// The part that a name says, with the words beside it: "seg_train" is to train on, of "seg". Nil where it says none.
  private static func role(of name: String) -> (role: Role, rest: [String])? {
    var words: [String] = []
    var wasLower = false
    for character in name {
      guard character.isLetter else {
        wasLower = false
        words.append("")
        continue
      }
      if words.isEmpty || wasLower && character.isUppercase { words.append("") }
      wasLower = character.isLowercase
      words[words.count - 1] += character.lowercased()
    }
    let told = words.filter { !$0.isEmpty && !fillers.contains($0) }
      .map { $0.hasSuffix("set") && roles[String($0.dropLast(3))] != nil ? String($0.dropLast(3)) : $0 }
    let found = told.filter { roles[$0] != nil }
    guard found.count == 1, let role = roles[found[0]] else { return nil }
    return (role, told.filter { $0 != found[0] })
  }
}
