import Glibc
import Synchronization

/// A block of Float32 memory, aligned to 64 bytes, that goes back to a free list when nobody refers to it.
///
/// A training step asks for the same sizes again and again: reusing the blocks saves the page faults that a fresh
/// allocation costs, which at these sizes is more than the work done on them.
final class Buffer: @unchecked Sendable {
  // Sendable: the address never changes; the elements are as safe to share as their users make them (see `Tensor`).
  let address: UnsafeMutablePointer<Float>
  let capacity: Int

  init(count: Int) {
    capacity = Buffer.rounded(count)
    address = BufferCache.take(capacity)
  }

  deinit {
    BufferCache.giveBack(address, capacity)
  }

  /// Whole cache lines for small buffers and whole pages for large ones, so that near sizes share a free list.
  private static func rounded(_ count: Int) -> Int {
    let unit = count < 4096 ? 16 : 1024
    return max(unit, (count + unit - 1) / unit * unit)
  }
}

/// The free lists of `Buffer`, by capacity.
public enum BufferCache {
  private struct State {
    var free: [Int: [UnsafeMutablePointer<Float>]] = [:]
    var freeBytes = 0
    var usedBytes = 0
    var mostBytes = 0
  }
  private struct Guarded: @unchecked Sendable {
    // Sendable: the pointers inside are owned by the free lists, which only the lock's holder touches.
    var state = State()
  }
  private static let guarded = Mutex(Guarded())

  /// Bytes in use by tensors that are alive, and the most there ever were.
  public static var usage: (used: Int, free: Int, most: Int) {
    guarded.withLock { ($0.state.usedBytes, $0.state.freeBytes, $0.state.mostBytes) }
  }

  /// Returns the memory of every free block to the system.
  public static func trim() {
    let blocks = guarded.withLock { guarded in
      defer {
        guarded.state.free = [:]
        guarded.state.freeBytes = 0
      }
      return Blocks(addresses: guarded.state.free.values.flatMap { $0 })
    }
    for address in blocks.addresses { free(address) }
  }

  private struct Blocks: @unchecked Sendable {
    // Sendable: handed from the lists to one caller, who frees them.
    let addresses: [UnsafeMutablePointer<Float>]
  }

  fileprivate static func take(_ capacity: Int) -> UnsafeMutablePointer<Float> {
    let bytes = capacity * MemoryLayout<Float>.stride
    let found = guarded.withLock { guarded in
      guarded.state.usedBytes += bytes
      guarded.state.mostBytes = max(guarded.state.mostBytes, guarded.state.usedBytes)
      guard let address = guarded.state.free[capacity]?.popLast() else { return Blocks(addresses: []) }
      guarded.state.freeBytes -= bytes
      return Blocks(addresses: [address])
    }
    if let address = found.addresses.first { return address }
    var raw: UnsafeMutableRawPointer?
    let status = posix_memalign(&raw, 64, bytes)
    precondition(status == 0 && raw != nil, "no memory for \(bytes) bytes")
    return raw!.bindMemory(to: Float.self, capacity: capacity)
  }

  fileprivate static func giveBack(_ address: UnsafeMutablePointer<Float>, _ capacity: Int) {
    let bytes = capacity * MemoryLayout<Float>.stride
    let blocks = Blocks(addresses: [address])
    guarded.withLock { guarded in
      guarded.state.usedBytes -= bytes
      guarded.state.freeBytes += bytes
      guarded.state.free[capacity, default: []].append(blocks.addresses[0])
    }
  }
}
