import ArgumentParser
import Jupyter
import Logging

/// What Jupyter starts.
struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernel", abstract: "Serve a notebook; Jupyter calls this.", shouldDisplay: false)

  @ArgumentParser.Argument(help: "The connection file that Jupyter wrote.")
  var connectionFile: String

  func run() {
    do throws(JupyterError) {
      var logger = Logger(label: "contrast") { StreamLogHandler.standardError(label: $0) }
      logger.logLevel = .warning
      let server = try Server(
        connection: Connection(contentsOf: connectionFile), interpreter: Kernel(), logger: logger)
      _ = try server.run()
    } catch {
      fail(error.message)
    }
  }
}
