import Base

/// One array as NumPy saves it (format 1.0 to 3.0): its header, and its elements in pieces from wherever they lie.
///
/// Source: NumPy's `numpy.lib.format`. Arrays of Python objects are pickles and are refused like any other type.
struct NumPyArray {
  /// Type of the elements, such as "|u1" or "<i8".
  let type: String
  let shape: [Int]
  let path: String
  private let read: (Int, UnsafeMutableRawPointer) throws -> Int

  /// Number of elements.
  var count: Int { shape.reduce(1, *) }

  private static let mostHeader = 1 << 16

  /// - Parameter read: gives as many of the next bytes as it is asked for, and fewer only at the end.
  init(path: String, read: @escaping (Int, UnsafeMutableRawPointer) throws -> Int) throws {
    self.path = path
    self.read = read
    func bytes(_ count: Int) throws -> [UInt8] {
      var bytes = [UInt8](repeating: 0, count: count)
      let got = try bytes.withUnsafeMutableBytes { try read(count, $0.baseAddress!) }
      guard got == count else { throw ArrayError.cutOff(path) }
      return bytes
    }
    let start = try bytes(8)
    guard start.starts(with: [0x93] + Array("NUMPY".utf8)) else { throw ArrayError.noArray(path) }
    let isLong = start[6] > 1
    guard (1...3).contains(start[6]) else { throw ArrayError.header(path, "version \(start[6]).\(start[7])") }
    let length = try bytes(isLong ? 4 : 2).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= NumPyArray.mostHeader else { throw ArrayError.header(path, "a length of \(length)") }
    let text = String(decoding: try bytes(length), as: UTF8.self)
    func after(_ key: String) throws -> Substring {
      guard let place = text.firstRange(of: "'\(key)':") else { throw ArrayError.header(path, text) }
      return text[place.upperBound...].drop { $0 == " " }
    }
    let descr = try after("descr")
    guard descr.first == "'", let end = descr.dropFirst().firstIndex(of: "'") else {
      // A list of fields.
      throw ArrayError.header(path, text)
    }
    type = String(descr[..<end].dropFirst())
    guard try after("fortran_order").hasPrefix("False") else { throw ArrayError.columnsFirst(path) }
    let sides = try after("shape")
    guard sides.first == "(", let close = sides.firstIndex(of: ")") else {
      throw ArrayError.header(path, text)
    }
    var shape: [Int] = []
    var count = 1
    for side in sides[..<close].dropFirst().split(separator: ",") {
      guard let side = Int(side.filter { $0 != " " && $0 != "L" }), side >= 0 else {
        throw ArrayError.header(path, text)
      }
      let (product, overflow) = count.multipliedReportingOverflow(by: max(1, side))
      guard !overflow, product <= 1 << 40 else { throw ArrayError.header(path, text) }
      count = product
      shape.append(side)
    }
    self.shape = shape
  }

  /// Hands out all bytes in pieces of whole elements, each with the number of bytes before it.
  func pieces(elementBytes: Int, _ take: (UnsafeRawBufferPointer, _ before: Int) throws -> Void) throws {
    let total = count * elementBytes
    var block = [UInt8](repeating: 0, count: max(1, min(total, 1 << 20)))
    var place = 0
    while place < total {
      let wanted = min(block.count, total - place)
      let got = try block.withUnsafeMutableBytes { try read(wanted, $0.baseAddress!) }
      guard got == wanted else { throw ArrayError.cutOff(path) }
      try block.withUnsafeBytes { try take(UnsafeRawBufferPointer(rebasing: $0[..<got]), place) }
      place += got
    }
  }

  // MARK: - Images and labels

  /// The images of `[count, height, width]` or `[count, height, width, 1 or 3]` unsigned bytes.
  func images() throws -> PixelStore {
    guard type == "|u1" else { throw ArrayError.imageType(path, type) }
    guard shape.count == 3 || shape.count == 4 && (shape[3] == 3 || shape[3] == 1), shape[0] > 0, shape[1] > 0
    else { throw ArrayError.imageShape(path, shape) }
    guard shape[1] == shape[2] else { throw ArrayError.notSquare(path, shape) }
    let store = try PixelStore(count: shape[0], size: shape[1])
    let isGrey = shape.count == 3 || shape[3] == 1
    try pieces(elementBytes: 1) { bytes, place in
      if isGrey {
        for (pixel, value) in bytes.enumerated() {
          (store.address + 3 * (place + pixel)).update(repeating: value, count: 3)
        }
      } else {
        UnsafeMutableRawPointer(store.address + place).copyMemory(
          from: bytes.baseAddress!, byteCount: bytes.count)
      }
    }
    return store
  }

  /// Whole numbers of `[count]` or `[count, 1]`, of any of NumPy's types of numbers.
  func labels(for images: Int) throws -> [Int] {
    guard shape.count == 1 || shape.count == 2 && shape[1] == 1 else {
      throw ArrayError.labelShape(path, shape)
    }
    guard shape[0] == images else { throw ArrayError.labelCount(path, shape[0], images: images) }
    guard let size = type.last?.wholeNumberValue, type.count == 3, let order = type.first,
      "<>|".contains(order),
      "iubf".contains(type.dropFirst().first!), [1, 2, 4, 8].contains(size)
    else { throw ArrayError.labelType(path, type) }
    let kind = type.dropFirst().first!
    guard kind != "f" || size >= 4 else { throw ArrayError.labelType(path, type) }
    var labels: [Int] = []
    labels.reserveCapacity(images)
    try pieces(elementBytes: size) { bytes, _ in
      for start in stride(from: 0, to: bytes.count, by: size) {
        var raw: UInt64 = 0
        for byte in 0..<size {
          raw = raw << 8 | UInt64(bytes[start + (order == ">" ? byte : size - 1 - byte)])
        }
        let value: Double =
          switch kind {
          case "f": size == 8 ? Double(bitPattern: raw) : Double(Float(bitPattern: UInt32(raw)))
          case "i": Double(Int64(bitPattern: raw << (64 - 8 * UInt64(size))) >> (64 - 8 * Int64(size)))
          default: Double(raw)
          }
        guard let label = Int(exactly: value), abs(label) < 1 << 31 else {
          throw ArrayError.labelValue(path, value, image: labels.count)
        }
        labels.append(label)
      }
    }
    return labels
  }
}
