import Base
import Glibc
import Synchronization

/// A fixed set of threads that share out the items of a loop.
///
/// The caller works too, so `count` workers are `count − 1` threads. Items are handed out one at a time in order, so
/// which worker takes which item varies: an item's result may depend on its index alone, never on the worker.
public final class Workers: Sendable {
  /// One worker per core that the process may use, or as many as `CONTRAST_WORKERS` says.
  public static let shared = Workers(count: min(defaultCount, max(1, mostBLASCallers - 1)))

  public let count: Int
  private let crew: Crew
  private let isTaken = Atomic(false)

  public init(count: Int) {
    self.count = max(1, count)
    crew = Crew(threads: self.count - 1)
  }

  deinit { crew.dismiss() }

  /// Calls `body(item, worker)` once for each item of `0..<items`, and returns when all are done.
  ///
  /// `worker` is in `0..<count`: an index for scratch memory of its own. A call from inside a body, or while another
  /// thread uses the workers, runs on the calling thread alone, as worker 0.
  public func forEach(_ items: Int, _ body: (_ item: Int, _ worker: Int) -> Void) {
    guard items > 1, count > 1, !isTaken.exchange(true, ordering: .acquiring) else {
      for item in 0..<max(0, items) { body(item, 0) }
      return
    }
    defer { isTaken.store(false, ordering: .releasing) }
    crew.run(items, body)
  }

  /// The number asked for, or that of the cores that the process may use.
  static var defaultCount: Int { asked ?? Cores.usable }

  private static let possible = 1...256

  private static var wish: String? { getenv("CONTRAST_WORKERS").map { String(cString: $0) } }

  /// The number that `CONTRAST_WORKERS` asks for; nil where it is not set, is empty or makes no sense.
  public static var asked: Int? { wish.flatMap { Int($0) }.flatMap { possible.contains($0) ? $0 : nil } }

  /// Fault of `CONTRAST_WORKERS`, as a sentence; nil if it has none.
  public static var problem: String? {
    guard let wish, !wish.isEmpty, asked == nil else { return nil }
    return
      "CONTRAST_WORKERS is \"\(wish)\" and must be a whole number from \(possible.lowerBound) to \(possible.upperBound), so it is "
      + "passed over: \(counted(Cores.usable, "worker")), one for each core that this process may use"
  }
}

/// The threads of some workers and the job that they share. Each thread keeps it alive for as long as it serves.
private final class Crew: @unchecked Sendable {
  // Sendable: everything that changes does so under `mutex`; `threads` before any other thread can see it.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let finished = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var job: Job?
  private var generation = 0
  private var busy = 0
  private var isStopping = false
  private var threads: [NativeThread] = []

  private struct Job {
    let items: Int
    let next: UnsafeMutablePointer<Int>
    let body: (Int, Int) -> Void
  }

  init(threads count: Int) {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(wake, nil)
    pthread_cond_init(finished, nil)
    // Where the system refuses a thread, the others do its work.
    for worker in 1..<count + 1 {
      guard let thread = try? NativeThread(named: "worker \(worker)", run: { self.serve(as: worker) }) else {
        break
      }
      threads.append(thread)
    }
  }

  deinit {
    pthread_mutex_destroy(mutex)
    pthread_cond_destroy(wake)
    pthread_cond_destroy(finished)
    mutex.deallocate()
    wake.deallocate()
    finished.deallocate()
  }

  /// Shares out a loop; the caller works as worker 0.
  func run(_ items: Int, _ body: (Int, Int) -> Void) {
    var next = 0
    withoutActuallyEscaping(body) { body in
      withUnsafeMutablePointer(to: &next) { next in
        let job = Job(items: items, next: next, body: body)
        pthread_mutex_lock(mutex)
        self.job = job
        busy = threads.count
        generation &+= 1
        pthread_cond_broadcast(wake)
        pthread_mutex_unlock(mutex)
        work(on: job, as: 0)
        pthread_mutex_lock(mutex)
        while busy > 0 { pthread_cond_wait(finished, mutex) }
        self.job = nil
        pthread_mutex_unlock(mutex)
      }
    }
  }

  private func work(on job: Job, as worker: Int) {
    while true {
      pthread_mutex_lock(mutex)
      let item = job.next.pointee
      job.next.pointee = item + 1
      pthread_mutex_unlock(mutex)
      guard item < job.items else { return }
      job.body(item, worker)
    }
  }

  private func serve(as worker: Int) {
    var seen = 0
    pthread_mutex_lock(mutex)
    while true {
      while generation == seen && !isStopping { pthread_cond_wait(wake, mutex) }
      if isStopping { break }
      seen = generation
      let job = self.job!
      pthread_mutex_unlock(mutex)
      work(on: job, as: worker)
      pthread_mutex_lock(mutex)
      busy -= 1
      if busy == 0 { pthread_cond_signal(finished) }
    }
    pthread_mutex_unlock(mutex)
  }

  /// Ends the threads; called once, when no loop runs.
  func dismiss() {
    pthread_mutex_lock(mutex)
    isStopping = true
    pthread_cond_broadcast(wake)
    pthread_mutex_unlock(mutex)
    for thread in threads { thread.join() }
  }
}
