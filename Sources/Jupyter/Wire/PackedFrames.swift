import Glibc

/// Frames of a message in one immutable block of memory.
///
/// Blocks of a page and more are mapped, so that they return to the system with the last holder. How much freed memory
/// `malloc` keeps depends on other allocations and threads.
final class PackedFrames: @unchecked Sendable {
  // Sendable: written by `init` alone.
  private let memory: UnsafeMutableRawBufferPointer
  /// End of each frame.
  private let ends: [Int]
  /// Mapped bytes; 0 for memory from `malloc`.
  private let mapped: Int

  init(_ frames: [Frame]) {
    let count = frames.reduce(0) { $0 + $1.count }
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let rounded = (count + page - 1) / page * page
    let pages =
      count < page
      ? MAP_FAILED : mmap(nil, rounded, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    if let pages, pages != MAP_FAILED {
      memory = UnsafeMutableRawBufferPointer(start: pages, count: count)
      mapped = rounded
    } else {
      memory = .allocate(byteCount: max(1, count), alignment: 1)
      mapped = 0
    }
    var ends: [Int] = []
    var end = 0
    for frame in frames {
      memory[end..<(end + frame.count)].copyBytes(from: frame)
      end += frame.count
      ends.append(end)
    }
    self.ends = ends
  }

  deinit {
    if mapped > 0 { munmap(memory.baseAddress, mapped) } else { memory.deallocate() }
  }

  /// Size in bytes of memory.
  var size: Int { max(mapped, memory.count) }

  var count: Int { ends.count }

  /// A frame; valid while the object lives.
  subscript(_ index: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: memory[(index == 0 ? 0 : ends[index - 1])..<ends[index]])
  }
}
