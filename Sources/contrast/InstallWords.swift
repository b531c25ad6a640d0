import ArgumentParser
import Jupyter

/// Flags that choose a place, which messages name too.
enum PlaceFlag: String {
  case user
  case environment = "sys-prefix"
  case prefix

  var specification: NameSpecification { .customLong(rawValue) }
  /// The flag as one types it: "--user".
  var typed: String { "--" + rawValue }
}

extension InstallError {
  /// Sentence for the terminal.
  var words: String {
    let (user, environment, prefix) = (
      PlaceFlag.user.typed, PlaceFlag.environment.typed, PlaceFlag.prefix.typed
    )
    return switch self {
    case .emptyDisplayName: "a kernel is chosen by its display name; give it one that is not empty"
    case .executable(let path): "\(path) is not the absolute path of a program"
    case .name(let name): "\"\(name)\" is no name for a kernel; use letters, digits, '.', '_' and '-'"
    case .noHome: "there is no home directory; set HOME or JUPYTER_DATA_DIR, or use \(prefix) DIR"
    case .noEnvironment:
      "no Python environment is active; activate one, or use \(prefix) DIR (for example \(prefix) .venv) or \(user)"
    case .emptyPrefix: "\(prefix) needs a directory"
    case .notInstalled(let name): "no kernel called \"\(name)\" is installed there"
    case .otherKernel(let directory, let name):
      "\(directory) belongs to another kernel (\(name)); it was left alone"
    case .kernelSpec(let directory, let reason):
      "cannot install the kernel in \(directory): \(reason); try another place: \(user), \(environment) or \(prefix) DIR"
    case .highlighter(let directory, let reason):
      "cannot install the highlighter in \(directory): \(reason)"
    case .notRemoved(let reason): "cannot remove \(reason)"
    }
  }
}
