/// Something outside the program that is wrong: a file, a port, a directory. One line says what, and what to do.
public struct JupyterError: Error, Sendable, Equatable, CustomStringConvertible {
  public let message: String

  public init(_ message: String) { self.message = message }

  public var description: String { message }
}
