import Base
import Synchronization

/// The one long-lived thread that runs cells and takes messages over comms, with a stack large enough for deep
/// recursion.
final class Executor: Sendable {
  struct Job: Sendable {
    enum Work: Sendable {
      case cell(code: String, request: ExecuteRequest, userExpressions: [String: String])
      case comm(CommMessage)
    }

    let work: Work
    let output: CellOutput
    /// The reply to a cell that fails at once waits for those that were sent with it, so that they are aborted too.
    var failsSlowly = false
  }

  /// Until then after its start, cells that a client sent together with one arrive: a page sends them one after the other,
  /// and a server passes them on so.
  private static let straggling = 100

  /// How a job ended; its outputs have been given to IOPub.
  struct Completion: Sendable {
    /// The number of the shell that it belongs to.
    let shell: Int
    let outcome: ExecuteOutcome
    let userExpressions: [String: JSON]
  }

  private enum State: Sendable {
    case idle
    case waiting(Job)
    case running(CellOutput)
    case stopped
  }

  private struct Shared {
    var state = State.idle
    /// The waiting job was interrupted before it began.
    var isCancelled = false
  }

  let interpreter: any Interpreter
  private let shell: Int
  private let iopub: IOPub
  private let shared = Mutex(Shared())
  private let bell: Bell
  private let completions: Mailbox<Completion>

  /// Of the shell with the given number; how its jobs end is told to `completions`.
  init(
    shell: Int, interpreter: any Interpreter, iopub: IOPub, completions: Mailbox<Completion>
  ) throws(InputError) {
    self.shell = shell
    self.interpreter = interpreter
    self.iopub = iopub
    self.completions = completions
    bell = try Bell()
  }

  func start(stack: Int) throws(InputError) -> NativeThread {
    try NativeThread(named: "cells", stack: stack) { self.run() }
  }

  /// Gives the thread a job. The one before it must have been completed.
  func submit(_ job: Job) {
    shared.withLock { $0 = Shared(state: .waiting(job)) }
    bell.ring()
  }

  /// Stops the job that runs or is about to; without one it does nothing.
  func interrupt() {
    shared.withLock { shared in
      switch shared.state {
      case .waiting: shared.isCancelled = true
      case .running(let output):
        interpreter.interrupt()
        output.interrupt()
      case .idle, .stopped: break
      }
    }
  }

  /// Ends the thread once nothing runs.
  func stop() {
    shared.withLock { $0.state = .stopped }
    bell.ring()
  }

  private func run() {
    CrashReport.prepareThread()
    while bell.wait() {
      let (job, isCancelled, isStopped) = shared.withLock { shared -> (Job?, Bool, Bool) in
        switch shared.state {
        case .waiting(let job):
          interpreter.clearInterrupt()
          shared.state = .running(job.output)
          return (job, shared.isCancelled, false)
        case .stopped: return (nil, false, true)
        case .idle, .running: return (nil, false, false)
        }
      }
      if isStopped { return }
      guard let job else { continue }
      let start = Clock.monotonicMilliseconds()
      let completion =
        isCancelled ? Completion(shell: shell, outcome: .error(.interrupted), userExpressions: [:]) : run(job)
      shared.withLock { shared in
        if case .running = shared.state { shared.state = .idle }
      }
      if case .error(let error) = completion.outcome { job.output.fail(error) }
      job.output.finish()
      iopub.flush()
      if job.failsSlowly, case .error = completion.outcome {
        Clock.sleep(milliseconds: start + Executor.straggling - Clock.monotonicMilliseconds())
      }
      completions.post(completion)
    }
  }

  private func run(_ job: Job) -> Completion {
    let outcome: ExecuteOutcome
    let expressions: [String: String]
    defer { CrashReport.end() }
    switch job.work {
    case .cell(let code, let request, let userExpressions):
      CrashReport.begin(code)
      outcome = interpreter.execute(code, request: request, output: job.output)
      expressions = userExpressions
    case .comm(let message):
      CrashReport.begin(interpreter.code(behind: message) ?? "")
      outcome = interpreter.comm(message, output: job.output)
      expressions = [:]
    }
    guard case .ok = outcome else { return Completion(shell: shell, outcome: outcome, userExpressions: [:]) }
    let values = expressions.mapValues { expression -> JSON in
      switch interpreter.evaluate(expression: expression) {
      case .success(let bundle): .object(bundle.content.merging(["status": "ok"]) { $1 })
      case .failure(let error): .object(error.reply)
      }
    }
    return Completion(shell: shell, outcome: outcome, userExpressions: values)
  }
}
