/// A remark on loaded data that its reader should know of.
public enum DataNote: Sendable, Equatable {
  case folder(FolderReport)
  case leftOut(LeftOut)
  /// Classes without training images.
  case untrained([String])
  /// EMNIST's files hold rows and columns exchanged, and its images were turned upright.
  case turned
  /// A fifth of so many images, set aside for testing.
  case setAside(images: Int, test: Int)
  /// The archive has another size than the official release.
  case unofficialArchive
}

/// Parts and classes of a folder of images, as its names were understood.
public struct FolderReport: Sendable, Equatable {
  public enum Role: String, Sendable { case train, validation, test }

  /// A folder that is a part of the data set.
  public struct Part: Sendable, Equatable {
    public let role: Role
    /// Path within the folder.
    public let name: String
    public let images: Int

    public init(_ role: Role, _ name: String, images: Int) {
      self.role = role
      self.name = name
      self.images = images
    }
  }

  public enum Division: Sendable, Equatable {
    /// Parts that the user made.
    case parts([Part])
    /// A fifth of the images is set aside for testing, within each class if there are labels.
    case split(images: Int, test: Int, within: Share)
  }

  /// Set of images of which a fifth is taken.
  public enum Share: Sendable, Equatable {
    case whole, eachClass
    /// Each class, some of which have fewer than five images, so that one is taken.
    case eachSmallClass
  }

  /// Folder that holds the parts or classes, under the name that the user gave.
  public let place: String
  /// Names of the classes; nil without labels.
  public let classes: [String]?
  public let division: Division
  /// Classes without training images.
  public let untrained: [String]
  /// Folders that all classes contain, and the first of these classes: perhaps the classes are parts, and these folders the classes.
  public let likelyClasses: [String]
  public let likelyPart: String?

  public init(
    place: String, classes: [String]?, division: Division, untrained: [String] = [],
    likelyClasses: [String] = [], likelyPart: String? = nil
  ) {
    self.place = place
    self.classes = classes
    self.division = division
    self.untrained = untrained
    self.likelyClasses = likelyClasses
    self.likelyPart = likelyPart
  }

  init(of data: DataSet, contents: FolderContents, root: String) {
    // The folder as the user knows it: the one that was given, and those in it that were gone through.
    let place = data.name + contents.folder.path.dropFirst(root.count)
    func name(_ part: FolderContents.Part) -> String {
      String(part.folder.path.dropFirst(contents.folder.path.count + 1))
    }
    let isSplit = contents.parts.count == 1
    let likely = contents.likelyClasses
    self.init(
      place: isSplit && contents.isDivided ? "\(place)/\(name(contents.parts[0]))" : place,
      classes: data.train.labels == nil ? nil : data.classes,
      division: isSplit
        ? .split(
          images: data.train.count + data.test.count, test: data.test.count,
          within: FolderReport.share(of: data))
        : .parts(
          contents.parts.map { part in
            Part(
              part.role, name(part),
              images: data.parts.first { $0.name == part.role.rawValue }?.set.count ?? 0)
          }), untrained: data.untrainedClasses, likelyClasses: likely,
      likelyPart: likely.isEmpty ? nil : contents.parts[0].classes.first?.name)
  }

  private static func share(of data: DataSet) -> Share {
    guard let labels = data.train.labels, let rest = data.test.labels else { return .whole }
    let counts = (labels + rest).reduce(into: [:]) { $0[$1, default: 0] += 1 }
    return counts.values.contains { (2..<5).contains($0) } ? .eachSmallClass : .eachClass
  }
}

extension DataSet {
  /// Classes without training images; none without labels.
  var untrainedClasses: [String] {
    let present = Set(train.presentClasses)
    return train.labels == nil ? [] : classes.filter { !present.contains($0) }
  }
}
