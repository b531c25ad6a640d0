/// Rows of a table that share their cells in some columns.
struct TableGroups {
  /// The shared cells of each group, in the order in which they first appear.
  let keys: [[TableValue.Cell]]
  /// Row numbers of each group.
  let rows: [[Int]]

  /// Groups `count` rows by the cells of `columns`.
  init(_ columns: [[TableValue.Cell]], count: Int) {
    var keys: [[TableValue.Cell]] = []
    var rows: [[Int]] = []
    var place: [[TableValue.Cell]: Int] = [:]
    for row in 0..<count {
      let key = columns.map { $0[row] }
      if let known = place[key] {
        rows[known].append(row)
      } else {
        place[key] = keys.count
        keys.append(key)
        rows.append([row])
      }
    }
    self.keys = keys
    self.rows = rows
  }
}
