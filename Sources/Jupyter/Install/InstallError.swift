/// Reasons why a kernelspec or the highlighter cannot be installed or removed.
public enum InstallError: Error, Equatable {
  case emptyDisplayName
  /// The path of the program is not absolute, or leads to none.
  case executable(String)
  /// A name that Jupyter does not accept for a kernel.
  case name(String)
  case noHome, noEnvironment, emptyPrefix
  case notInstalled(name: String)
  case otherKernel(directory: String, displayName: String)
  case kernelSpec(directory: String, reason: String)
  case highlighter(directory: String, reason: String)
  case notRemoved(reason: String)
}
