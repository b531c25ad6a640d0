/// The hash by which JupyterLab finds the cell that a path of the debugger stands for: MurmurHash2 of 32 bits, over UTF-8.
package func murmur2(_ text: String, seed: UInt32) -> UInt32 {
  let m: UInt32 = 0x5bd1_e995
  let bytes = Array(text.utf8)
  var hash = seed ^ UInt32(truncatingIfNeeded: bytes.count)
  var place = 0
  while bytes.count - place >= 4 {
    var k = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
    k = k &* m
    k = (k ^ (k >> 24)) &* m
    hash = (hash &* m) ^ k
    place += 4
  }
  if place < bytes.count {
    for (index, byte) in bytes[place...].enumerated() { hash ^= UInt32(byte) << UInt32(8 * index) }
    hash = hash &* m
  }
  hash = (hash ^ (hash >> 13)) &* m
  return hash ^ (hash >> 15)
}
