/// The files and folders of an image folder that are not loaded: counted by reason, with the first few names of each.
public struct LeftOut: Sendable, Equatable {
  /// Reason why something is left out, in the order in which reasons are told.
  public enum Reason: Int, CaseIterable, Sendable {
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
  }

  /// A further fact about a single file or folder.
  public enum Detail: Sendable, Equatable {
    case empty, noFile, classFolders, noClassFolders
    /// Bytes of the file.
    case bytes(Int)
    /// Bytes that decoding takes, and bytes that are free.
    case memory(needed: Int, free: Int)
    /// Message of the system or of the decoder.
    case said(String)
  }

  public struct Name: Sendable, Equatable {
    public let name: String
    public let detail: Detail?

    public init(_ name: String, _ detail: Detail? = nil) {
      self.name = name
      self.detail = detail
    }
  }

  /// Files and folders left out for one reason: their number, and the first names.
  public struct Group: Sendable, Equatable {
    public let reason: Reason
    public internal(set) var count: Int
    public internal(set) var names: [Name]

    public init(_ reason: Reason, count: Int, _ names: [Name]) {
      self.reason = reason
      self.count = count
      self.names = names
    }
  }

  /// Groups in the order of their reasons.
  public private(set) var groups: [Group]
  private static let mostNames = 3

  public init(_ groups: [Group] = []) { self.groups = groups }

  public var isEmpty: Bool { groups.isEmpty }

  mutating func add(_ path: String, _ reason: Reason, _ detail: Detail? = nil) {
    let place = groups.firstIndex { $0.reason.rawValue >= reason.rawValue } ?? groups.count
    if place == groups.count || groups[place].reason != reason {
      groups.insert(Group(reason, count: 0, []), at: place)
    }
    groups[place].count += 1
    guard groups[place].names.count < LeftOut.mostNames else { return }
    groups[place].names.append(Name(path.split(separator: "/").last.map(String.init) ?? path, detail))
  }
}
