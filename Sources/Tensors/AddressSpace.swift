import Base
import COpenBLAS
import Glibc

/// The addresses that the process may use, where they have a limit: `ulimit -v`, `ulimit -d`, a system that promises no more than
/// it has.
package enum AddressSpace {
  /// Addresses left to code that allocates without asking: stacks, decoders, lists.
  static let spare = 128 << 20

  /// Bytes of addresses that may still be taken; nil without a limit.
  static var addresses: Int? { left(of: __rlimit_resource_t(RLIMIT_AS.rawValue), used: pages(0)) }

  /// Bytes that may still be made writable; nil without a limit.
  static var data: Int? {
    let process = left(of: __rlimit_resource_t(RLIMIT_DATA.rawValue), used: pages(5))
    // 2: the system promises no memory that it may not have.
    guard SystemFile.number(in: "/proc/sys/vm/overcommit_memory") == 2,
      let limit = SystemFile.number("CommitLimit", in: "/proc/meminfo"),
      let used = SystemFile.number("Committed_AS", in: "/proc/meminfo")
    else { return process }
    return min(process ?? .max, max(0, limit - used) * 1024)
  }

  private static func left(of resource: __rlimit_resource_t, used: Int?) -> Int? {
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0, limit.rlim_cur < rlim_t(Int.max), let used else { return nil }
    return max(0, Int(limit.rlim_cur) - used)
  }

  /// A number of `/proc/self/statm`, in bytes: 0 all addresses, 5 those that are private and writable.
  private static func pages(_ place: Int) -> Int? {
    let words = SystemFile.lines(of: "/proc/self/statm").first?.split(separator: " ") ?? []
    return place < words.count ? Int(words[place]).map { $0 * sysconf(Int32(_SC_PAGESIZE)) } : nil
  }

  /// Reason why the program cannot work here, as a sentence; nil if it can.
  package static var problem: String? {
    guard let room = [addresses, data].compactMap({ $0 }).min(), room < leastRoom else { return nil }
    let more = (leastRoom - room + (1 << 20) - 1) >> 20
    return "a limit on the memory of processes (ulimit -v or -d) leaves \(room >> 20) MB, and contrast needs "
      + "\(leastRoom >> 20) MB to work at all: raise it by \(more) MB or more"
  }

  private static let leastRoom = 4 * packingBytes

  // MARK: OpenBLAS

  /// OpenBLAS packs operands into buffers of this size (its BUFFER_SIZE, 32 << 22), one for each thread that calls it at a time.
  private static let packingBytes = 128 << 20

  /// Takes OpenBLAS's buffers for `threads` threads, or for as many as there is room for, and returns how many may call it.
  ///
  /// It would map each at the first call that needs it, keep it, and where the system refuses try again without end. So they
  /// are taken before the arena takes all addresses. They cost no memory until they are used.
  static func takePackingBuffers(threads: Int) -> Int {
    let room = [addresses, data].compactMap { $0 }.min()
    // Of more than twice its MAX_THREADS, 64 as a rule, OpenBLAS would complain.
    let count = min(64, room.map { max(1, min(threads, $0 / 2 / packingBytes)) } ?? threads)
    let callers = room == nil ? threads : count
    typealias Take = @convention(c) (Int32) -> UnsafeMutableRawPointer?
    typealias GiveBack = @convention(c) (UnsafeMutableRawPointer?) -> Void
    // Not in its header, and so perhaps not in every build.
    guard let take = dlsym(nil, "blas_memory_alloc"), let giveBack = dlsym(nil, "blas_memory_free"),
      hasRoom(bytes: count * packingBytes)
    else { return callers }
    let buffers = (0..<count).map { _ in unsafeBitCast(take, to: Take.self)(0) }
    for buffer in buffers { unsafeBitCast(giveBack, to: GiveBack.self)(buffer) }
    return callers
  }

  private static func hasRoom(bytes: Int) -> Bool {
    let address = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let address, address != MAP_FAILED else { return false }
    munmap(address, bytes)
    return true
  }
}
