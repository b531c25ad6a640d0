import Base
import FoundationEssentials

/// The extension by which JupyterLab 4 and Notebook 7 colour the language: `…/jupyter/labextensions/contrast-highlighter`.
///
/// It lies beside the kernelspecs of its place, and serves all of them.
public enum Highlighter {
  package static let name = "contrast-highlighter"

  /// Writes the extension to a place, whole, in the stead of one that is there. Returns its directory.
  ///
  /// - Parameter words: the words of the language, the text of the extension's `vocabulary.json`.
  @discardableResult
  public static func install(
    words: String, at place: KernelSpec.Place,
    environment: (String) -> String? = KernelSpec.processEnvironment
  ) throws(InputError) -> String {
    let target = try directory(at: place, environment: environment)
    do throws(InputError) {
      try Files.createDirectories("\(target)/static")
      for file in KernelSpec.highlighterFiles {
        let bytes = Data(base64Encoded: file.base64).map { [UInt8]($0) } ?? []
        try Files.write(bytes, to: "\(target)/\(file.name)")
      }
      try Files.write(Array((words + "\n").utf8), to: "\(target)/static/vocabulary.json")
    } catch {
      throw InputError("cannot install the highlighter in \(target): \(error.message)")
    }
    return target
  }

  /// Removes the extension from beside a kernelspec that is gone, unless another kernelspec there needs it.
  /// Returns its directory, or nil if it stays or was not there.
  public static func uninstall(beside kernelSpec: String) throws(InputError) -> String? {
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
      throw InputError("cannot remove \(error.message)")
    }
    return target
  }

  private static func directory(
    at place: KernelSpec.Place, environment: (String) -> String?
  ) throws(InputError) -> String {
    "\(parentFolder(of: try KernelSpec.kernelsDirectory(at: place, environment: environment)))/labextensions/\(name)"
  }
}
