import Glibc
import Synchronization

/// A block of Float32 memory, aligned to 64 bytes, that is used again when nobody refers to it any more.
///
/// A training step asks for the same sizes again and again: reusing the blocks saves the page faults that a fresh
/// allocation costs, which at these sizes is more than the work done on them.
final class Buffer: @unchecked Sendable {
  // Sendable: the address never changes; the elements are as safe to share as their users make them (see `Tensor`).
  let address: UnsafeMutablePointer<Float>
  private let bytes: Int

  init(count: Int) {
    bytes = max(64, (count * MemoryLayout<Float>.stride + 63) / 64 * 64)
    address = BufferCache.take(bytes).bindMemory(to: Float.self, capacity: bytes / MemoryLayout<Float>.stride)
  }

  deinit { BufferCache.giveBack(address, bytes) }
}

/// The memory of all buffers: an arena for large ones, and free lists by size for small ones.
public enum BufferCache {
  private struct State {
    var arena = Arena()
    var free: [Int: [UnsafeMutableRawPointer]] = [:]
    var freeBytes = 0
    var usedBytes = 0
    var mostBytes = 0
  }
  private struct Guarded: @unchecked Sendable {
    // Sendable: the pointers inside are owned by the lists, which only the lock's holder touches.
    var state = State()
  }
  private static let guarded = Mutex(Guarded())

  private static let largeBytes = 1 << 18

  /// Bytes in use by tensors that are alive, bytes kept for others to come, and the most that were ever in use.
  public static var usage: (used: Int, free: Int, most: Int) {
    guarded.withLock {
      let state = $0.state
      return (state.usedBytes, state.freeBytes + (state.arena?.freeBytes ?? 0), state.mostBytes)
    }
  }

  /// Bytes that tensors to come can have without asking the system: for memory (`idle`), to make writable (`opened`), and for
  /// addresses (`reserved`).
  static var room: (idle: Int, opened: Int, reserved: Int) {
    guarded.withLock {
      let (small, arena) = ($0.state.freeBytes, $0.state.arena)
      return (
        small + (arena?.freeBytes ?? 0), small + (arena?.openedFree ?? 0), small + (arena?.reservedFree ?? 0)
      )
    }
  }

  /// Returns the memory of every free block to the system.
  public static func trim() {
    guarded.withLock { guarded in
      guarded.state.arena?.trim()
      for addresses in guarded.state.free.values { for address in addresses { free(address) } }
      guarded.state.free = [:]
      guarded.state.freeBytes = 0
    }
  }

  private struct Address: @unchecked Sendable {
    // Sendable: handed from the lists to one caller.
    let raw: UnsafeMutableRawPointer
  }

  fileprivate static func take(_ bytes: Int) -> UnsafeMutableRawPointer {
    let found = guarded.withLock { guarded -> Address? in
      guarded.state.usedBytes += bytes
      guarded.state.mostBytes = max(guarded.state.mostBytes, guarded.state.usedBytes)
      if bytes >= largeBytes { return guarded.state.arena?.take(bytes).map { Address(raw: $0) } }
      guard let address = guarded.state.free[bytes]?.popLast() else { return nil }
      guarded.state.freeBytes -= bytes
      return Address(raw: address)
    }
    if let found { return found.raw }
    var raw: UnsafeMutableRawPointer?
    let status = posix_memalign(&raw, 64, bytes)
    precondition(status == 0 && raw != nil, "no memory for \(bytes) bytes")
    return raw!
  }

  fileprivate static func giveBack(_ address: UnsafeMutablePointer<Float>, _ bytes: Int) {
    let block = Address(raw: UnsafeMutableRawPointer(address))
    guarded.withLock { guarded in
      guarded.state.usedBytes -= bytes
      if bytes < largeBytes {
        guarded.state.freeBytes += bytes
        guarded.state.free[bytes, default: []].append(block.raw)
      } else if guarded.state.arena?.contains(block.raw) == true {
        guarded.state.arena?.giveBack(block.raw, bytes)
      } else {
        free(block.raw)
      }
    }
  }
}
