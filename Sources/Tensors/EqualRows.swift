import Glibc

/// Groups of rows, or of images, that are equal to the last bit.
///
/// Results of equal rows differ in the last digits by their place in a product; methods that take every distance as real would
/// find structure in that. Equal rows are treated as one.
public struct EqualRows: Sendable {
  /// The first row of each kind, in rising order.
  public let firsts: [Int]
  /// The kind of each row: a place in `firsts`.
  public let kinds: [Int]

  /// False where every row is of a kind of its own.
  public var areAny: Bool { firsts.count < kinds.count }

  /// Number of rows of each kind.
  public var counts: [Int] {
    var counts = [Int](repeating: 0, count: firsts.count)
    for kind in kinds { counts[kind] += 1 }
    return counts
  }

  /// Shape: `[rows, …]`. Throws `Interrupted`.
  public init(of rows: Tensor, run: Run) throws {
    let width = rows.shape[0] == 0 ? 0 : rows.count / rows.shape[0]
    try self.init(rows.shape[0], bytes: width * MemoryLayout<Float>.stride, run: run) {
      UnsafeRawPointer(rows.pointer + $0 * width)
    }
  }

  /// - Parameters:
  ///   - bytes: length of a row.
  ///   - row: where a row lies, which is asked for by several threads.
  public init(_ count: Int, bytes: Int, run: Run, row: (Int) -> UnsafeRawPointer) throws {
    let hashes = try [UInt64](unsafeUninitializedCapacity: count) { hashes, filled in
      nonisolated(unsafe) let start = hashes.baseAddress
      try run.forEachRange(count, grain: 64) { range, _ in
        for at in range { start?[at] = EqualRows.hash(row(at), bytes) }
      }
      filled = count
    }
    var (firsts, kinds): ([Int], [Int]) = ([], [])
    var known: [UInt64: [Int]] = [:]
    for at in 0..<count {
      let others = known[hashes[at], default: []]
      let kind = others.first { memcmp(row(firsts[$0]), row(at), bytes) == 0 } ?? firsts.count
      if kind == firsts.count {
        known[hashes[at], default: []].append(kind)
        firsts.append(at)
      }
      kinds.append(kind)
    }
    (self.firsts, self.kinds) = (firsts, kinds)
  }

  private static func hash(_ address: UnsafeRawPointer, _ bytes: Int) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func add(_ word: UInt64) {
      hash = (hash ^ word) &* 0x9e37_79b9_7f4a_7c15
      hash ^= hash >> 29
    }
    for at in stride(from: 0, to: bytes - 7, by: 8) {
      add(address.loadUnaligned(fromByteOffset: at, as: UInt64.self))
    }
    for at in bytes / 8 * 8..<bytes { add(UInt64(address.load(fromByteOffset: at, as: UInt8.self))) }
    return hash
  }

  /// Gives each row of `values`, one for each row that was compared, that of the first of its kind.
  public func level(_ values: Tensor) {
    guard areAny, let rows = values.shape.first, rows > 0 else { return }
    let width = values.count / rows
    for (row, kind) in kinds.enumerated() where firsts[kind] != row {
      (values.pointer + row * width).update(from: values.pointer + firsts[kind] * width, count: width)
    }
  }

  /// A row for each that was compared, of `values` that have one for each kind.
  public func expanded(_ values: Tensor) -> Tensor { areAny ? values.rows(kinds) : values }
}
