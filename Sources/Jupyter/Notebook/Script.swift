import Base

/// Scripts as notebooks.
extension Notebook {
  /// Splits a script into cells at the lines `# %%`; a script without such lines is one cell.
  ///
  /// The marker may be followed by a title, `[markdown]` (the cell's lines are comments, shown as text) or `[raw]`, and
  /// `tags=["parameters"]`, as editors and jupytext write them.
  public init(script: String) {
    var cells: [Cell] = []
    var open = Cell(.code, "")
    open.line = 1
    var body: [Substring] = []
    func close(_ next: Cell?) {
      // The first cell need not have a marker; without content it is none.
      let isBlank = body.allSatisfy { $0.allSatisfy(\.isWhitespace) }
      if !(isBlank && cells.isEmpty && open.metadata.isEmpty && open.line == 1 && next != nil) {
        while body.last?.allSatisfy(\.isWhitespace) == true { body.removeLast() }
        let text = open.kind == .markdown ? body.map(Notebook.uncommented) : body
        open.source = text.joined(separator: "\n")
        cells.append(open)
      }
      if let next { open = next }
      body = []
    }
    let lines = script.split(omittingEmptySubsequences: false, whereSeparator: { $0 == "\n" || $0 == "\r\n" })
    for (index, line) in lines.enumerated() {
      if var next = Notebook.cell(markedBy: line) {
        next.line = index + 2
        close(next)
      } else {
        body.append(line)
      }
    }
    close(nil)
    self.init(cells: cells)
  }

  /// The empty cell that a marker line starts; nil for other lines.
  private static func cell(markedBy line: Substring) -> Cell? {
    guard line.hasPrefix("#") else { return nil }
    var rest = line.dropFirst().drop(while: \.isWhitespace)
    guard rest.hasPrefix("%%"), !rest.hasPrefix("%%%") else { return nil }
    rest = rest.dropFirst(2)
    var cell = Cell(.code, "")
    if let mark = rest.range(of: "tags="), let tags = try? JSON.parse(String(rest[mark.upperBound...])) {
      cell.metadata["tags"] = tags
      rest = rest[..<mark.lowerBound]
    }
    for (mark, kind) in [("[markdown]", Cell.Kind.markdown), ("[md]", .markdown), ("[raw]", .raw)] {
      if let place = rest.range(of: mark) {
        cell.kind = kind
        rest = rest[..<place.lowerBound]
      }
    }
    let title = rest.drop(while: \.isWhitespace)
    let end = title.lastIndex { !$0.isWhitespace }.map { title.index(after: $0) } ?? title.startIndex
    if end > title.startIndex { cell.metadata["title"] = .string(String(title[..<end])) }
    return cell
  }

  private static func uncommented(_ line: Substring) -> Substring {
    guard line.hasPrefix("#") else { return line }
    return line.hasPrefix("# ") ? line.dropFirst(2) : line.dropFirst()
  }
}

extension Substring {
  /// The first occurrence of `text`.
  fileprivate func range(of text: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
      start = index(after: start)
    }
    return nil
  }
}
