/// The named values of a session. Used from one thread at a time.
public final class Workspace {
  private var values: [String: any Value] = [:]
  /// In the order of the first assignment.
  public private(set) var names: [String] = []

  public init() {}

  /// The value of a name; assigning nil forgets it.
  public subscript(name: String) -> (any Value)? {
    get { values[name] }
    set {
      if let newValue {
        if values.updateValue(newValue, forKey: name) == nil { names.append(name) }
      } else if values.removeValue(forKey: name) != nil {
        names.removeAll { $0 == name }
      }
    }
  }

  public func removeAll() {
    values = [:]
    names = []
  }
}

/// What the language asks of the program around it.
public protocol Host: AnyObject {
  var workspace: Workspace { get }

  /// Shows a value richly: the last one of a cell, and those of commands that always show theirs.
  func show(_ value: any Value)

  /// Writes plain text to the output.
  func write(_ text: String)

  /// Called before every statement and every turn of a loop.
  /// Throws: `Interrupted` (or an error that `explain` knows) if the cell shall stop.
  func checkInterrupt() throws

  /// Says what an error of another module means to a person; nil if the host does not know it.
  func explain(_ error: any Error) -> Problem?
}

/// What a command may use besides its options.
public struct Context {
  public let host: any Host
  public let vocabulary: Vocabulary
  /// The command in the cell.
  public let range: SourceRange
  /// The name that the value gets: "model" in `model = simclr encoder`.
  public let assignedName: String?
  /// The parameters that were given, by their declared names.
  public let given: Set<String>

  public var workspace: Workspace { host.workspace }
  public var isAssigned: Bool { assignedName != nil }

  /// Whether the person gave the parameter, rather than leaving it at its default.
  public func isGiven(_ parameter: String) -> Bool { given.contains(parameter) }
}
