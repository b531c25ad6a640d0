import ArgumentParser
import Base
import Jupyter
import Logging

/// The command that Jupyter starts.
struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: name, abstract: "Serve a notebook; Jupyter calls this.", shouldDisplay: false)

  static let name = "kernel"

  @ArgumentParser.Argument(help: "The connection file, or registration file, that Jupyter wrote.")
  var connectionFile: String

  /// `jupyter run FILE` passes on what it was given itself; kernels pass it over.
  @ArgumentParser.Argument(parsing: .allUnrecognized, help: .hidden)
  var rest: [String] = []

  func run() { Serve.serve(connectionFile) }

  static func serve(_ connectionFile: String) {
    warnAboutWorkers()
    do throws(InputError) {
      var logger = Logger(label: "contrast") { StreamLogHandler.standardError(label: $0) }
      logger.logLevel = .warning
      var options = Server.Options()
      options.historyFile = Server.historyFile()
      _ = try Server.serve(
        file: connectionFile, backend: Kernel(crew: Together.crew()), logger: logger, options: options)
    } catch {
      fail(error.message)
    }
  }
}
