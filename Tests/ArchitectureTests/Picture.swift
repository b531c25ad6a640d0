import Foundation

/// The repository: three folders up from this file.
let root = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// What each module may import: module to module, and to the libraries.
typealias Dependencies = [String: Set<String>]

/// What Package.swift declares.
enum Manifest {
  static func text() throws -> String {
    try String(contentsOf: root.appendingPathComponent("Package.swift"), encoding: .utf8)
  }

  /// The rows of its table of modules, and the targets that are written out.
  static func dependencies(in text: String) -> Dependencies {
    var found: Dependencies = [:]
    for match in text.matches(of: /\(\s*"(\w+)",\s*\[([^\]]*)\]\s*\),/) {
      found[String(match.1)] = names(in: match.2)
    }
    for match in text.matches(of: /\.(?:executableT|t)arget\(\s*name: "(\w+)",\s*dependencies: \[([^\]]*)\]/)
    {
      found[String(match.1)] = names(in: match.2)
    }
    return found
  }

  private static func names(in list: Substring) -> Set<String> {
    let products = ["crypto": "Crypto", "logging": "Logging", "argumentParser": "ArgumentParser"]
    return Set(
      list.split(separator: ",").map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " \n\"")) }
        .filter { !$0.isEmpty }.map { products[$0] ?? $0 })
  }
}

/// The picture of the modules in CONTRIBUTING.md: names, and arrows of lines (`─ │ ├ └ ┬`) with heads (`►`) between them.
/// What leads to a module by way of others has no arrow of its own.
enum Picture {
  static func text() throws -> String {
    try String(contentsOf: root.appendingPathComponent("CONTRIBUTING.md"), encoding: .utf8)
  }

  /// The arrows of the first block that has any.
  static func dependencies(in page: String) -> Dependencies {
    let blocks = page.components(separatedBy: "```")
    guard let block = blocks.first(where: { $0.contains("►") }) else { return [:] }
    let grid = block.split(separator: "\n").map(Array.init)
    var found: Dependencies = [:]
    for (row, line) in grid.enumerated() {
      for head in line.indices where line[head] == "►" {
        guard let source = source(of: head, row, grid) else { continue }
        let end = line[(head + 1)...].firstIndex { "─►".contains($0) } ?? line.count
        let targets = String(line[(head + 1)..<end]).components(separatedBy: ", ")
          .map { $0.components(separatedBy: " (")[0].trimmingCharacters(in: .whitespaces) }
        found[source, default: []].formUnion(targets.map { libraries[$0] ?? $0 })
      }
    }
    return found
  }

  /// Libraries are called as people know them.
  private static let libraries = [
    "libzmq": "CZeroMQ", "SQLite": "CSQLite", "OpenBLAS": "COpenBLAS", "JPEG": "CImageFiles",
    "PNG and archive libraries": "CImageFiles", "Cairo": "CCairo", "Pango": "CCairo",
  ]

  /// The name that an arrow comes from: to the left along its line, and up where that ends in a corner.
  private static func source(of head: Int, _ row: Int, _ grid: [[Character]]) -> String? {
    var (row, column) = (row, head - 1)
    while column >= 0 {
      let character = grid[row][column]
      if "├└".contains(character) {
        repeat { row -= 1 } while row >= 0 && column < grid[row].count && "│├".contains(grid[row][column])
        guard row >= 0, column < grid[row].count else { return nil }
        if grid[row][column] != "┬" { return name(at: column, in: grid[row]) }
      } else if !"─┬ ".contains(character) {
        return name(at: column, in: grid[row])
      }
      column -= 1
    }
    return nil
  }

  /// The first word of the text that covers a column.
  private static func name(at column: Int, in line: [Character]) -> String? {
    func isText(_ place: Int) -> Bool { line.indices.contains(place) && !"─►│├└┬".contains(line[place]) }
    guard isText(column) else { return nil }
    var start = column
    while isText(start - 1) { start -= 1 }
    let text = line[start...].prefix { !"─►│├└┬".contains($0) }
    return String(text).split(separator: " ").first.map(String.init)
  }
}

extension Dependencies {
  /// With what each reaches by way of others.
  var closure: Dependencies {
    var whole = self
    var isGrowing = true
    while isGrowing {
      isGrowing = false
      for (module, reached) in whole {
        let more = reached.union(reached.flatMap { whole[$0] ?? [] })
        if more != reached {
          whole[module] = more
          isGrowing = true
        }
      }
    }
    return whole
  }
}
