/// Processes that run the same cells and compute parts of the same step, on one machine or several.
///
/// Every process takes every meeting in the same order; what follows from a meeting is the same in all.
public protocol Team: AnyObject, Sendable {
  /// Number of this process, from 0: the first speaks with whoever began the program.
  var rank: Int { get }
  /// Number of processes.
  var size: Int { get }
  /// Whether a cell runs that all processes run. Outside of it nothing is divided.
  var isTogether: Bool { get }

  /// Waits until every process has given its numbers, and gives all of them what `join` makes of these, in the order of the processes; `join` runs
  /// in the first process.
  ///
  /// Throws `Interrupted` in all processes where the first was interrupted before all had given theirs; and `TeamError` where one of them
  /// failed. It returns in all processes or throws in all.
  func meet(_ numbers: [Float], interrupt: Interrupt, _ join: ([[Float]]) -> [Float]) throws -> [Float]

  /// Facts about each process, in their order.
  var members: [TeamMember] { get }
}

/// Facts that one process says of itself.
public struct TeamMember: Sendable, Equatable {
  public var host: String
  public var version: String
  public var cores: Int
  /// Seconds in cells so far, and how many of them it waited for the others.
  public var seconds = 0.0
  public var waited = 0.0

  public init(host: String, version: String, cores: Int, seconds: Double = 0, waited: Double = 0) {
    (self.host, self.version, self.cores) = (host, version, cores)
    (self.seconds, self.waited) = (seconds, waited)
  }
}

/// A failure of one process of a team, in words.
public struct TeamError: Error, Sendable, Equatable {
  public let message: String
  public let advice: String?

  public init(_ message: String, advice: String? = nil) {
    self.message = message
    self.advice = advice
  }
}
