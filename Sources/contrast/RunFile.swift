import ArgumentParser
import Base
import Commands
import FrontEnd
import Glibc
import Jupyter

struct RunFile: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run a notebook or a .contrast file without Jupyter.",
    discussion: """
      Exits with 1 at the first cell that fails. SIGINT (Ctrl-C), SIGTERM (a batch system, systemd) and SIGHUP stop the running cell as an \
      interrupt does: a training ends with its last whole step, the notebook of --output is written with what there is, and the \
      exit status is 128 and the signal's number: 143 after SIGTERM. No later line runs, so what shall be saved then is said by --keep.
      """)

  @ArgumentParser.Argument(help: "A notebook (.ipynb), or a text file of commands.")
  var file: String

  @ArgumentParser.Option(
    help: "name=value: set a name; what the file itself assigns to it is passed over.")
  var set: [String] = []

  @ArgumentParser.Option(help: "Write the executed notebook to this file.")
  var output: String?

  @ArgumentParser.Option(
    help: "Folder for the trained models and tables of a run that is stopped or fails.")
  var keep: String?

  func run() throws {
    for setting in set where !setting.contains("=") {
      throw ValidationError("--set takes name=value, not \(setting)")
    }
    warnAboutWorkers()
    let crew = Together.crew()
    do throws(InputError) {
      var notebook = try Notebook(contentsOf: file)
      let kernel = Kernel(crew: crew)
      if !set.isEmpty {
        try refuseStrangers(in: notebook)
        for (name, value) in set.map({ parts(of: $0) }) { try pin(name, to: value, in: kernel) }
        // A record of what was set, where papermill puts it.
        notebook.injectParameters(
          set.map { parts(of: $0) }.map { "\($0.name) = \($0.value)" }.joined(separator: "\n"))
      }
      let terminal = TerminalWriter(isTerminal: isatty(STDOUT_FILENO) == 1) { put($0) }
      let ending = try NotebookRunner(backend: kernel, terminal: terminal).run(&notebook)
      terminal.settle()
      if let output { try notebook.write(to: output) }
      switch ending {
      case .finished: return
      case .failed(let cell, let error):
        keepWhatThereIs(of: kernel)
        fail("\(place(of: cell, in: notebook)): \(error.message)")
      case .stopped(let cell, let error, let signal):
        keepWhatThereIs(of: kernel)
        fail("\(place(of: cell, in: notebook)): \(error.message)", code: 128 + signal)
      }
    } catch {
      fail(error.message)
    }
  }

  private func place(of cell: Int, in notebook: Notebook) -> String {
    notebook.cells[cell].line.map { "\(file), from line \($0)" } ?? "\(file), cell \(cell + 1)"
  }

  private func keepWhatThereIs(of kernel: Kernel) {
    guard let keep else { return }
    for file in kernel.keep(in: keep) {
      if let problem = file.problem {
        put("contrast: \(file.path) could not be kept: \(problem)\n", to: STDERR_FILENO)
      } else {
        put("kept \(file.path)\n")
      }
    }
  }

  private func parts(of setting: String) -> (name: String, value: String) {
    let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    return (String(parts[0]), String(parts[1]))
  }

  /// A name that the file never assigns would be set to no effect: it is a slip.
  private func refuseStrangers(in notebook: Notebook) throws(InputError) {
    let names = Session.namesAssigned(in: notebook.cells.filter { $0.kind == .code }.map(\.source))
    for (name, value) in set.map({ parts(of: $0) }) where !names.contains(name) {
      throw InputError("--set \(name)=\(value): \(Session.stranger(name, among: names, in: file))")
    }
  }

  private func pin(_ name: String, to value: String, in kernel: Kernel) throws(InputError) {
    do throws(CellError) {
      try kernel.pin(name, to: value)
    } catch {
      // A bare word is meant as text more often than as the name of something.
      let isWord = value.allSatisfy { $0.isLetter || $0.isNumber || "_- ".contains($0) }
      let advice = isWord ? "Text goes in quotes: --set '\(name)=\"\(value)\"'." : nil
      throw InputError(
        "--set \(name)=\(value): \(advice.map { "\(error.message) \($0)" } ?? error.plainText)")
    }
  }
}
