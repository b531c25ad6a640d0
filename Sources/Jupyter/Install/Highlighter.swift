import Base
import FoundationEssentials

/// Extension that highlights the language in JupyterLab 4 and Notebook 7: `…/jupyter/labextensions/contrast-highlighter`.
///
/// It lies beside the kernelspecs of its place and serves all of them.
public enum Highlighter {
  package static let name = "contrast-highlighter"

  /// Installs or replaces the extension at a place. Returns its directory.
  ///
  /// - Parameter words: the words of the language, the text of the extension's `vocabulary.json`.
  @discardableResult
  public static func install(
    words: String, at place: KernelSpec.Place,
    environment: (String) -> String? = KernelSpec.processEnvironment
  ) throws(InstallError) -> String {
    let target = try directory(at: place, environment: environment)
    do throws(InputError) {
      try Files.createDirectories("\(target)/static")
      for file in KernelSpec.highlighterFiles {
        let bytes = Data(base64Encoded: file.base64).map { [UInt8]($0) } ?? []
        try Files.write(bytes, to: "\(target)/\(file.name)")
      }
      try Files.write(Array((words + "\n").utf8), to: "\(target)/static/vocabulary.json")
    } catch {
      throw .highlighter(directory: target, reason: error.message)
    }
    return target
  }

  /// Removes the extension beside a removed kernelspec, unless another kernelspec there needs it. Returns its directory, or
  /// nil if it stays or was not there.
  public static func uninstall(beside kernelSpec: String) throws(InstallError) -> String? {
    let kernels = parentFolder(of: kernelSpec)
    for name in Files.list(kernels) {
      if KernelSpec.describe("\(kernels)/\(name)", name: name).language == KernelSpec.ownLanguage {
        return nil
      }
    }
    let target = "\(parentFolder(of: kernels))/labextensions/\(name)"
    guard Files.exists(target) else { return nil }
    do throws(InputError) {
      try Files.remove(target)
    } catch {
      throw .notRemoved(reason: error.message)
    }
    return target
  }

  private static func directory(
    at place: KernelSpec.Place, environment: (String) -> String?
  ) throws(InstallError) -> String {
    "\(parentFolder(of: try KernelSpec.kernelsDirectory(at: place, environment: environment)))/labextensions/\(name)"
  }
}
