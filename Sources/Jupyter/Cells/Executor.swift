import Base
import FrontEnd
import Synchronization

/// The long-lived thread of a shell that runs cells and handles messages over comms, with a stack for deep recursion.
final class Executor: Sendable {
  struct Job: Sendable {
    let work: Work
    let output: CellOutput

    /// Whether a quick failure is reported late, so that cells sent together with this one are aborted too.
    var failsSlowly: Bool { if case .cell(let request) = work { request.stopOnError } else { false } }
  }

  /// Milliseconds after a cell's start within which cells sent together with it arrive, since pages and servers send them one
  /// by one.
  private static let straggling = 100

  /// Outcome of a job whose outputs have all been given to IOPub.
  struct Ending: Sendable {
    /// Number of the job's shell.
    let shell: Int
    let outcome: Result<[Payload], CellError>
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
    /// Whether the waiting job was interrupted before it began.
    var isCancelled = false
  }

  let backend: any Backend
  private let shell: Int
  private let iopub: IOPub
  private let shared = Mutex(Shared())
  private let bell: Bell
  private let endings: Mailbox<Ending>

  /// Makes the executor of a shell by its number; `endings` receives the outcomes of its jobs.
  init(
    shell: Int, backend: any Backend, iopub: IOPub, endings: Mailbox<Ending>
  ) throws(InputError) {
    self.shell = shell
    self.backend = backend
    self.iopub = iopub
    self.endings = endings
    bell = try Bell()
  }

  func start(stack: Int) throws(InputError) -> NativeThread {
    try NativeThread(named: "cells", stack: stack) { self.run() }
  }

  /// Gives the thread a job. The previous one must have ended.
  func submit(_ job: Job) {
    shared.withLock { $0 = Shared(state: .waiting(job)) }
    bell.ring()
  }

  /// Interrupts the running or waiting job, if any.
  func interrupt() {
    shared.withLock { shared in
      switch shared.state {
      case .waiting: shared.isCancelled = true
      case .running(let output):
        backend.interrupt()
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
          backend.clearInterrupt()
          shared.state = .running(job.output)
          return (job, shared.isCancelled, false)
        case .stopped: return (nil, false, true)
        case .idle, .running: return (nil, false, false)
        }
      }
      if isStopped { return }
      guard let job else { continue }
      let start = Clock.monotonicMilliseconds()
      let ending =
        isCancelled ? Ending(shell: shell, outcome: .failure(.interrupted), userExpressions: [:]) : run(job)
      shared.withLock { shared in
        if case .running = shared.state { shared.state = .idle }
      }
      if case .failure(let error) = ending.outcome { job.output.fail(error) }
      job.output.finish()
      iopub.flush()
      if job.failsSlowly, case .failure = ending.outcome {
        Clock.sleep(milliseconds: start + Executor.straggling - Clock.monotonicMilliseconds())
      }
      endings.post(ending)
    }
  }

  private func run(_ job: Job) -> Ending {
    let outcome: Result<[Payload], CellError>
    let expressions: [String: String]
    defer { CrashReport.end() }
    switch job.work {
    case .cell(let request):
      CrashReport.begin(request.code)
      outcome = Result { () throws(CellError) in try backend.execute(request.code, console: job.output) }
      expressions = request.userExpressions
    case .comm(let message):
      CrashReport.begin(backend.code(behind: message) ?? "")
      outcome = Result { () throws(CellError) in
        try backend.comm(message, console: job.output)
        return []
      }
      expressions = [:]
    }
    guard case .success = outcome else { return Ending(shell: shell, outcome: outcome, userExpressions: [:]) }
    let values = expressions.mapValues { expression -> JSON in
      do throws(CellError) {
        return .object(try backend.value(of: expression).content.merging(["status": "ok"]) { $1 })
      } catch {
        return .object(error.reply)
      }
    }
    return Ending(shell: shell, outcome: outcome, userExpressions: values)
  }
}
