import ArgumentParser
import Commands
import Jupyter

/// Flags for the folder of a kernelspec.
struct PlaceOptions: ParsableArguments {
  @Flag(name: PlaceFlag.user.specification, help: "For you alone, in your Jupyter data folder (the default).")
  var user = false

  @Flag(name: PlaceFlag.environment.specification, help: "Into the Python environment that is active.")
  var sysPrefix = false

  @ArgumentParser.Option(
    name: PlaceFlag.prefix.specification, help: "Into DIR/share/jupyter, such as a virtual environment.")
  var prefix: String?

  @ArgumentParser.Option(help: "The name that jupyter --kernel takes.")
  var name = "contrast"

  /// Place chosen by the flags; nil without one.
  var place: KernelSpec.Place? {
    get throws {
      guard [user, sysPrefix, prefix != nil].filter({ $0 }).count <= 1 else {
        throw ValidationError(
          "Give one of \(PlaceFlag.user.typed), \(PlaceFlag.environment.typed) and \(PlaceFlag.prefix.typed)."
        )
      }
      if let prefix { return .prefix(prefix) }
      return sysPrefix ? .environment : user ? .user : nil
    }
  }
}

struct Install: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Make the kernel known to Jupyter.")
  @OptionGroup var options: PlaceOptions

  @ArgumentParser.Option(
    help: "Name in launchers. Default: Contrast, followed by any other name of the kernel.")
  var displayName: String?

  func run() throws {
    let place = try options.place ?? .user
    do throws(InstallError) {
      guard let program = KernelSpec.currentExecutable() else { fail("cannot find the path of this program") }
      let shown = displayName ?? KernelSpec.defaultDisplayName(options.name)
      let folder = try KernelSpec.install(
        executable: program, name: options.name, displayName: shown, at: place)
      print("installed \(folder)")
      print("installed \(try Highlighter.install(words: Verbs.wordList, at: place))")
      print("choose \(shown) in JupyterLab's launcher; a page that is open needs a reload to show colours")
    } catch {
      fail(error.words)
    }
  }
}

struct Uninstall: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Remove the kernel from Jupyter.")
  @OptionGroup var options: PlaceOptions

  func run() throws {
    let place = try options.place
    do throws(InstallError) {
      for folder in try KernelSpec.uninstall(name: options.name, at: place) {
        print("removed \(folder)")
        if let highlighter = try Highlighter.uninstall(beside: folder) { print("removed \(highlighter)") }
      }
    } catch {
      fail(error.words)
    }
  }
}
