import Glibc

/// One long stretch of addresses that large buffers share: reserved once, used from its start, given back piece by piece.
///
/// A training step takes and gives back its activations like a stack. Blocks of any size come from the first gap that
/// holds them, and gaps that meet become one, so the memory of large early activations serves many small late ones and
/// the peak is what was alive at once. Large pages are asked for: with 4 KB pages, kernels that walk
/// many rows at once wait for address translation.
struct Arena {
  private struct Gap {
    var start: Int
    var end: Int
    /// False once its pages went back to the system.
    var isResident: Bool
  }

  private let base: UnsafeMutableRawPointer
  private let reserved: Int
  /// Bytes from the start that may be touched.
  private var opened = 0
  /// Bytes from the start that have been used.
  private var used = 0
  /// Gaps below `used`, by address; no two of them touch.
  private var gaps: [Gap] = []

  private static let page = 4096
  private static let step = 64 << 20

  /// Reserves addresses for all the memory of the machine, or as much as the system allows; takes no memory.
  init?() {
    prepareBLAS()
    var length = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    // Under a limit others need addresses too.
    if let room = AddressSpace.addresses {
      length = min(length, room - max(2 * AddressSpace.spare, room / 4))
    }
    length = (length + Arena.step) / Arena.step * Arena.step
    while length >= Arena.step {
      let address = mmap(nil, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
      if let address, address != MAP_FAILED {
        base = address
        reserved = length
        madvise(address, length, MADV_HUGEPAGE)
        return
      }
      length /= 2
    }
    return nil
  }

  /// Bytes of addresses that nobody uses.
  var reservedFree: Int { reserved - used + gaps.reduce(0) { $0 + $1.end - $1.start } }

  /// The part of these bytes that may be touched.
  var openedFree: Int { reservedFree - (reserved - opened) }

  /// The part of these bytes that is backed by memory.
  var freeBytes: Int { gaps.reduce(0) { $0 + ($1.isResident ? $1.end - $1.start : 0) } }

  func contains(_ address: UnsafeMutableRawPointer) -> Bool { address >= base && address < base + reserved }

  /// `bytes` of memory; nil where none is left.
  mutating func take(_ bytes: Int) -> UnsafeMutableRawPointer? {
    let length = (bytes + Arena.page - 1) / Arena.page * Arena.page
    if let place = gaps.firstIndex(where: { $0.end - $0.start >= length }) {
      let start = gaps[place].start
      gaps[place].start += length
      if gaps[place].start == gaps[place].end { gaps.remove(at: place) }
      return base + start
    }
    guard open(used + length) else { return nil }
    defer { used += length }
    return base + used
  }

  /// Makes the first `end` bytes usable.
  private mutating func open(_ end: Int) -> Bool {
    guard end > opened else { return true }
    let target = min(reserved, (end + Arena.step - 1) / Arena.step * Arena.step)
    guard end <= target, mprotect(base + opened, target - opened, PROT_READ | PROT_WRITE) == 0 else {
      return false
    }
    opened = target
    return true
  }

  mutating func giveBack(_ address: UnsafeMutableRawPointer, _ bytes: Int) {
    let start = address - base
    var gap = Gap(
      start: start, end: start + (bytes + Arena.page - 1) / Arena.page * Arena.page, isResident: true)
    var place = gaps.firstIndex { $0.start > start } ?? gaps.count
    if place < gaps.count, gaps[place].start == gap.end {
      gap.end = gaps[place].end
      gaps.remove(at: place)
    }
    if place > 0, gaps[place - 1].end == gap.start {
      place -= 1
      gap.start = gaps[place].start
      gaps.remove(at: place)
    }
    gaps.insert(gap, at: place)
  }

  /// Gives the pages of all gaps back to the system.
  mutating func trim() {
    for place in gaps.indices where gaps[place].isResident {
      madvise(base + gaps[place].start, gaps[place].end - gaps[place].start, MADV_DONTNEED)
      gaps[place].isResident = false
    }
    if let last = gaps.last, last.end == used {
      used = last.start
      gaps.removeLast()
    }
  }
}
