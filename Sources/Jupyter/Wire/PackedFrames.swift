import Glibc

/// The frames of a message, one after the other in one piece of memory that never changes.
///
/// From a page on these are pages of the system's: they go back to it with the last who holds the frames. What `malloc` keeps
/// of what was freed depends on what else it was asked for meanwhile, and by which threads.
final class PackedFrames: @unchecked Sendable {
  // Sendable: written by `init` alone.
  private let memory: UnsafeMutableRawBufferPointer
  /// Where each frame ends.
  private let ends: [Int]
  /// In bytes; 0 for memory of malloc's.
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

  /// In bytes of memory.
  var size: Int { max(mapped, memory.count) }

  var count: Int { ends.count }

  /// A frame, for as long as the object lives.
  subscript(_ index: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: memory[(index == 0 ? 0 : ends[index - 1])..<ends[index]])
  }
}
