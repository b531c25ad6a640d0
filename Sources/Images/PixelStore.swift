import Glibc
import Tensors

/// Bytes of `count` pictures of `size × size` RGB pixels, one after another.
final class PixelStore: @unchecked Sendable {
  // Sendable: whoever makes a store fills it before it becomes part of an `ImageSet`, and all then only read it.
  let address: UnsafeMutablePointer<UInt8>
  let count: Int
  let size: Int

  /// Bytes of one picture.
  var stride: Int { size * size * 3 }

  /// Black pictures. Throws if the machine has no room for so many.
  init(count: Int, size: Int) throws {
    self.count = count
    self.size = size
    let (area, areaOverflow) = size.multipliedReportingOverflow(by: size)
    let (bytes, overflow) = area.multipliedReportingOverflow(by: 3 * max(1, count))
    let memory = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    let most = memory > 0 ? memory / 5 * 4 : Int.max
    guard !areaOverflow, !overflow, bytes <= most, let raw = calloc(max(1, bytes), 1) else {
      throw InputError(
        "\(counted(count, "picture")) of \(size) × \(size) pixels do not fit into this machine's memory"
          + " (\(gigabytes(memory)) GB)", option: "size",
        advice: "Use a smaller size or fewer pictures.")
    }
    address = raw.bindMemory(to: UInt8.self, capacity: max(1, bytes))
  }

  deinit { free(address) }

  func picture(_ index: Int) -> UnsafeMutablePointer<UInt8> { address + index * stride }
}

private func gigabytes(_ bytes: Int) -> Int { (bytes + (1 << 29)) >> 30 }
