import Figures

/// Rows of a table by the cells of one column, as a figure shows them: numbers stand in their order, other cells as they
/// first appear, and each has a name of its own.
struct NamedGroups {
  let names: [String]
  let keys: [TableValue.Cell]
  /// Row numbers of each group.
  let rows: [[Int]]

  init(_ cells: [TableValue.Cell]) {
    // What is not a number is no value: one group of all such cells.
    let cells = cells.map { $0.number?.isNaN == true ? TableValue.Cell.missing : $0 }
    let groups = TableGroups([cells], count: cells.count)
    let keys = groups.keys.map { $0[0] }
    var order = Array(keys.indices)
    let hasText = keys.contains { if case .text = $0 { true } else { false } }
    if !hasText {
      // Missing cells last.
      order.sort { (keys[$0].number ?? .infinity, $0) < (keys[$1].number ?? .infinity, $1) }
    }
    self.keys = order.map { keys[$0] }
    rows = order.map { groups.rows[$0] }
    var numbers = NumberFormat.names(of: self.keys.compactMap(\.number)).makeIterator()
    names = self.keys.map { key in key.number == nil ? key.shown : numbers.next() ?? key.shown }
  }

  /// All rows as one group without a name.
  static func whole(_ count: Int) -> [(name: String?, rows: [Int])] { [(nil, Array(0..<count))] }

  var all: [(name: String?, rows: [Int])] { zip(names, rows).map { ($0, $1) } }
}
