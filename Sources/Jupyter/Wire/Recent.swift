/// Recently seen keys: at least the last `count`, at most twice as many.
struct Recent<Key: Hashable & Sendable>: Sendable {
  private let count: Int
  private var newer: Set<Key> = []
  private var older: Set<Key> = []

  init(count: Int) { self.count = count }

  /// Adds a key; returns whether it is new.
  mutating func insert(_ key: Key) -> Bool {
    if newer.contains(key) || older.contains(key) { return false }
    newer.insert(key)
    if newer.count >= count { (older, newer) = (newer, []) }
    return true
  }
}
