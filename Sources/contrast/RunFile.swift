import ArgumentParser
import Glibc
import Jupyter

struct RunFile: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run a notebook or a .contrast file without Jupyter.",
    discussion: "Exits with 1 at the first cell that fails.")

  @ArgumentParser.Argument(help: "A notebook (.ipynb), or a text file of commands.")
  var file: String

  @ArgumentParser.Option(
    help: "name=value: set a name before the first cell, or after the one tagged parameters.")
  var set: [String] = []

  @ArgumentParser.Option(help: "Write the executed notebook to this file.")
  var output: String?

  func run() throws {
    for setting in set where !setting.contains("=") {
      throw ValidationError("--set takes name=value, not \(setting)")
    }
    do throws(JupyterError) {
      var notebook = try Notebook(contentsOf: file)
      if !set.isEmpty { notebook.injectParameters(set.map(spaced).joined(separator: "\n")) }
      let terminal = TerminalWriter(isTerminal: isatty(STDOUT_FILENO) == 1) { put($0) }
      let ending = try NotebookRunner(interpreter: Kernel(), terminal: terminal).run(&notebook)
      terminal.settle()
      if let output { try notebook.write(to: output) }
      guard case .failed(let cell, let error) = ending else { return }
      let place = notebook.cells[cell].line.map { "\(file), from line \($0)" } ?? "\(file), cell \(cell + 1)"
      fail("\(place):\n" + error.traceback.joined(separator: "\n"))
    } catch {
      fail(error.message)
    }
  }

  /// "rate=1e-3" as the statement `rate = 1e-3`.
  private func spaced(_ setting: String) -> String {
    let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    return parts.joined(separator: " = ")
  }
}
