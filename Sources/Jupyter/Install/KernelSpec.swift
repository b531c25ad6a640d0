import Base
import CZeroMQ
import FoundationEssentials
import Glibc

/// Directory through which Jupyter finds a kernel: `kernel.json` and logos in `…/jupyter/kernels/NAME`.
public enum KernelSpec {
  /// Place for kernelspecs.
  public enum Place: Sendable, Equatable {
    /// The user's Jupyter data directory: `$JUPYTER_DATA_DIR`, `$XDG_DATA_HOME/jupyter` or `~/.local/share/jupyter`.
    case user
    /// The active Python environment: `$VIRTUAL_ENV`, else `$CONDA_PREFIX`.
    case environment
    /// `DIR/share/jupyter`.
    case prefix(String)
  }

  /// A kernelspec found on this computer.
  public struct Installed: Sendable, Equatable {
    public var name: String
    public var directory: String
    public var displayName: String
    public var language: String
    /// Program that the kernelspec starts.
    public var executable: String
    /// Reason why Jupyter could not start it; nil if there is none.
    public var problem: String?
  }

  /// A variable of the process's environment; nil if it is empty or not set.
  public static func processEnvironment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The path of the running program.
  public static func currentExecutable() -> String? { linkTarget(of: "/proc/self/exe") }

  // MARK: - Installing

  /// Default name of a kernel in launchers; it contains a name other than the usual one, so that two kernels differ.
  public static func defaultDisplayName(_ name: String) -> String {
    let usual = ownMember("display_name")
    return name == ownMember("language") ? usual : "\(usual) (\(name))"
  }

  /// Installs a kernelspec that starts `executable` (an absolute path), replacing one of the same name, whole or not at all.
  /// Returns its directory.
  @discardableResult
  public static func install(
    executable: String, name: String = "contrast", displayName: String? = nil, at place: Place,
    environment: (String) -> String? = processEnvironment
  ) throws(InstallError) -> String {
    try check(name)
    let displayName = displayName ?? defaultDisplayName(name)
    guard !displayName.allSatisfy(\.isWhitespace) else {
      throw .emptyDisplayName
    }
    guard executable.hasPrefix("/"), access(executable, X_OK) == 0, !FileStatus(executable).isFolder else {
      throw .executable(executable)
    }
    let kernels = try kernelsDirectory(at: place, environment: environment)
    let target = "\(kernels)/\(name)"
    // "~" keeps Jupyter from taking the unfinished directory for a kernel.
    let draft = "\(kernels)/.\(name)~\(getpid())"
    do throws(InputError) {
      try Files.createDirectories(draft)
      for file in files {
        let bytes = Data(base64Encoded: file.base64).map { [UInt8]($0) } ?? []
        let isSpec = file.name == "kernel.json"
        try Files.write(
          isSpec ? filled(bytes, executable: executable, displayName: displayName) : bytes,
          to: "\(draft)/\(file.name)")
      }
      try replace(target, by: draft)
    } catch {
      try? Files.remove(draft)
      throw .kernelSpec(directory: target, reason: error.message)
    }
    return target
  }

  /// The template of `kernel.json` with executable and display name filled in.
  private static func filled(
    _ template: [UInt8], executable: String, displayName: String
  ) throws(InputError) -> [UInt8] {
    guard let parsed = try? JSON.parse(template), var members = parsed.object else {
      throw InputError("the kernel.json inside the program is damaged")
    }
    let arguments = members["argv"]?.array ?? []
    members["argv"] = .array(arguments.map { $0 == "{executable}" ? .string(executable) : $0 })
    members["display_name"] = .string(displayName)
    return JSON.object(members).laidOut()
  }

  /// Replaces the directory `target`, which need not exist, by `draft`.
  private static func replace(_ target: String, by draft: String) throws(InputError) {
    let current: Int32 = -100  // AT_FDCWD: paths are relative to the working directory.
    let exchange: UInt32 = 2  // RENAME_EXCHANGE
    if renameat2(current, draft, current, target, exchange) == 0 { return try Files.remove(draft) }
    if errno == EINVAL || errno == ENOSYS {
      // A file system that cannot exchange: there is no kernelspec for a moment.
      try Files.remove(target)
    } else if errno != ENOENT {
      throw InputError(systemError())
    }
    guard rename(draft, target) == 0 else { throw InputError(systemError()) }
  }

  /// Throws unless Jupyter accepts the name of a kernel.
  private static func check(_ name: String) throws(InstallError) {
    let isGood = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
        true
      default: false
      }
    }
    guard isGood, !name.isEmpty, name != ".", name != ".." else {
      throw .name(name)
    }
  }

  // MARK: - Removing

  /// Removes this kernel's kernelspecs called `name`, at one place or all. Returns their directories.
  public static func uninstall(
    name: String = "contrast", at place: Place? = nil, environment: (String) -> String? = processEnvironment
  ) throws(InstallError) -> [String] {
    try check(name)
    let found: [Installed]
    if let place {
      let directory = "\(try kernelsDirectory(at: place, environment: environment))/\(name)"
      found = Files.exists(directory) ? [describe(directory, name: name)] : []
    } else {
      found = installed(environment: environment).filter { $0.name == name }
    }
    guard !found.isEmpty else { throw .notInstalled(name: name) }
    for spec in found {
      guard spec.language == ownLanguage else {
        throw .otherKernel(directory: spec.directory, displayName: spec.displayName)
      }
      do throws(InputError) {
        try Files.remove(spec.directory)
      } catch {
        throw .notRemoved(reason: error.message)
      }
    }
    return found.map(\.directory)
  }

  static var ownLanguage: String { ownMember("language") }

  /// A text member of the `kernel.json` inside the program.
  private static func ownMember(_ name: String) -> String {
    let template = files.first { $0.name == "kernel.json" }.flatMap { Data(base64Encoded: $0.base64) }
    return template.flatMap { try? JSON.parse([UInt8]($0)) }?[name]?.string ?? ""
  }

  // MARK: - Finding

  /// The directory that holds the kernelspecs of a place.
  public static func kernelsDirectory(
    at place: Place, environment: (String) -> String? = processEnvironment
  ) throws(InstallError) -> String {
    switch place {
    case .user:
      guard let data = userData(environment) else { throw .noHome }
      return "\(data)/kernels"
    case .environment:
      guard let prefix = environment("VIRTUAL_ENV") ?? environment("CONDA_PREFIX") else {
        throw .noEnvironment
      }
      return "\(prefix)/share/jupyter/kernels"
    case .prefix(let directory):
      guard !directory.isEmpty else { throw .emptyPrefix }
      return "\(directory)/share/jupyter/kernels"
    }
  }

  static func userData(_ environment: (String) -> String?) -> String? {
    environment("JUPYTER_DATA_DIR") ?? environment("XDG_DATA_HOME").map { "\($0)/jupyter" }
      ?? environment("HOME").map { "\($0)/.local/share/jupyter" }
  }

  /// All kernelspecs that Jupyter finds, in its order; of equal names Jupyter takes the first.
  /// - Parameter prefix: of the environment that a wheel installed this program into, where Jupyter looks as well.
  public static func installed(
    prefix: String? = nil, environment: (String) -> String? = processEnvironment
  ) -> [Installed] {
    var directories = (environment("JUPYTER_PATH") ?? "").split(separator: ":").map(String.init)
    directories += [prefix, environment("VIRTUAL_ENV"), environment("CONDA_PREFIX")].compactMap {
      $0.map { "\($0)/share/jupyter" }
    }
    if let data = userData(environment) { directories.append(data) }
    directories += ["/usr/local/share/jupyter", "/usr/share/jupyter"]
    var seen: Set<String> = []
    var found: [Installed] = []
    for directory in directories where seen.insert(directory).inserted {
      for name in Files.list("\(directory)/kernels") {
        let path = "\(directory)/kernels/\(name)"
        if Files.exists("\(path)/kernel.json") { found.append(describe(path, name: name)) }
      }
    }
    return found
  }

  static func describe(_ directory: String, name: String) -> Installed {
    var spec = Installed(name: name, directory: directory, displayName: name, language: "", executable: "")
    do {
      let json = try JSON.parse(Files.read("\(directory)/kernel.json", limit: 1 << 20))
      spec.displayName = json["display_name"]?.string ?? name
      spec.language = json["language"]?.string ?? ""
      // Jupyter puts the folder of kernel.json in; a wheel names its program so.
      spec.executable = (json["argv"]?.array?.first?.string ?? "")
        .replacing("{resource_dir}", with: directory)
      if spec.executable.isEmpty {
        spec.problem = "kernel.json names no program"
      } else if spec.executable.hasPrefix("/") && access(spec.executable, X_OK) != 0 {
        spec.problem = "\(spec.executable) is not there; install the kernel again"
      }
    } catch {
      spec.problem = "kernel.json cannot be read: \(error)"
    }
    return spec
  }
}
