import Base
import Glibc
import Tensors

/// Too little memory for a set of square images.
public enum PixelStoreError: Error, Equatable {
  /// The size at which as many would fit, and the number of them that would at this size, where any would.
  case memory(count: Int, size: Int, fittingSize: Int?, fittingCount: Int?, MemoryShortage)
  case allocation(count: Int, size: Int)
}

/// Bytes of `count` pictures of `size × size` RGB pixels, one after another.
final class PixelStore: @unchecked Sendable {
  // Sendable: whoever makes a store fills it before it becomes part of an `ImageSet`, and all then only read it.
  let address: UnsafeMutablePointer<UInt8>
  let count: Int
  let size: Int

  /// Bytes of one picture.
  var stride: Int { size * size * 3 }

  /// Bytes of so many pictures; the largest number there is where they are more.
  static func bytes(count: Int, size: Int) -> Int {
    let (area, areaOverflow) = size.multipliedReportingOverflow(by: size)
    let (bytes, overflow) = area.multipliedReportingOverflow(by: 3 * max(1, count))
    return areaOverflow || overflow ? .max : bytes
  }

  /// Black pictures. Throws where so many do not fit in the memory that is free, with what would fit.
  init(count: Int, size: Int) throws(PixelStoreError) {
    self.count = count
    self.size = size
    try PixelStore.ask(for: count, size: size)
    let bytes = PixelStore.bytes(count: count, size: size)
    guard bytes < .max, let raw = calloc(max(1, bytes), 1) else {
      throw PixelStoreError.allocation(count: count, size: size)
    }
    address = raw.bindMemory(to: UInt8.self, capacity: max(1, bytes))
  }

  /// Throws where pictures do not fit in the memory that is free; `copies` are made of each.
  static func ask(for count: Int, size: Int, copies: Int = 1) throws(PixelStoreError) {
    func bytes(_ count: Int, _ size: Int) -> Int {
      let (bytes, overflow) = PixelStore.bytes(count: count, size: size).multipliedReportingOverflow(
        by: copies)
      return overflow ? .max : bytes
    }
    try MachineMemory.ask(for: bytes(count, size)) { memory in
      PixelStoreError.memory(
        count: count, size: size,
        fittingSize: MachineMemory.largest(1...max(1, size), within: memory.counted) { bytes(count, $0) },
        fittingCount: MachineMemory.largest(1...max(1, count), within: memory.counted) { bytes($0, size) },
        memory)
    }
  }

  deinit { free(address) }

  /// Takes a picture as three planes of bytes, red, green and blue, row by row.
  func setPlanes(_ planes: UnsafePointer<UInt8>, of index: Int) {
    let pixels = picture(index)
    let area = size * size
    for pixel in 0..<area {
      for channel in 0..<3 { pixels[3 * pixel + channel] = planes[area * channel + pixel] }
    }
  }

  /// Mirrors a picture on its diagonal.
  func exchangeRowsAndColumns(of index: Int) {
    let pixels = picture(index)
    for row in 0..<size {
      for column in 0..<row {
        for channel in 0..<3 {
          let (one, other) = ((row * size + column) * 3 + channel, (column * size + row) * 3 + channel)
          (pixels[one], pixels[other]) = (pixels[other], pixels[one])
        }
      }
    }
  }

  func picture(_ index: Int) -> UnsafeMutablePointer<UInt8> { address + index * stride }
}
