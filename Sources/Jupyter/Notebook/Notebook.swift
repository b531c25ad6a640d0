import Base

/// A notebook of format 4, as its file holds it. Unknown members are kept.
public struct Notebook: Sendable, Equatable {
  public struct Cell: Sendable, Equatable {
    public enum Kind: String, Sendable {
      case code, markdown, raw
    }

    public var kind: Kind
    /// Unique identifier of 1 to 64 letters, digits, hyphens and underscores.
    public var id: String
    public var source: String
    public var metadata: [String: JSON]
    /// Outputs of a code cell in the notebook format, with each text in one piece.
    public var outputs: [JSON]
    public var executionCount: Int?
    /// Line of the script where the cell starts, from 1; nil for cells from no script.
    public var line: Int?
    var otherMembers: [String: JSON] = [:]

    /// An empty `id` is replaced by the notebook.
    public init(_ kind: Kind, _ source: String, id: String = "", metadata: [String: JSON] = [:]) {
      self.kind = kind
      self.id = id
      self.source = source
      self.metadata = metadata
      outputs = []
    }

    public var tags: [String] { metadata["tags"]?.array?.compactMap(\.string) ?? [] }
  }

  public private(set) var cells: [Cell]
  public var metadata: [String: JSON]
  var otherMembers: [String: JSON] = [:]

  public init(cells: [Cell], metadata: [String: JSON] = [:]) {
    self.cells = cells
    self.metadata = metadata
    giveIDs()
  }

  /// Gives an identifier to each cell that has none, a malformed one, or that of an earlier cell.
  /// The same cells get the same identifiers.
  private mutating func giveIDs() {
    var taken = Set(cells.map(\.id))
    var seen: Set<String> = []
    for index in cells.indices {
      if Notebook.isID(cells[index].id), seen.insert(cells[index].id).inserted { continue }
      var hash: UInt64 = 0xCBF2_9CE4_8422_2325
      for byte in "\(index)\n\(cells[index].source)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
      var id: String
      repeat {
        id = hexadecimal((0..<4).map { UInt8(truncatingIfNeeded: hash >> ($0 * 8)) })
        hash = hash &* 0x100_0000_01B3 &+ 1
      } while taken.contains(id)
      taken.insert(id)
      seen.insert(id)
      cells[index].id = id
    }
  }

  static func isID(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.unicodeScalars.allSatisfy { scalar in
        scalar.isASCII
          && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
            || "-_".unicodeScalars.contains(scalar))
      }
  }

  /// Changes a cell but for its identifier.
  package mutating func update(_ index: Int, _ change: (inout Cell) -> Void) {
    let id = cells[index].id
    change(&cells[index])
    cells[index].id = id
  }

  /// Inserts a cell with `code`, tagged `injected-parameters`, after the cell tagged `parameters`, else at the start. It
  /// replaces an earlier injected cell, by papermill's convention.
  public mutating func injectParameters(_ code: String) {
    cells.removeAll { $0.tags.contains("injected-parameters") }
    let position = cells.firstIndex { $0.tags.contains("parameters") }.map { $0 + 1 } ?? 0
    cells.insert(Cell(.code, code, metadata: ["tags": ["injected-parameters"]]), at: position)
    giveIDs()
  }
}

// MARK: - Files

extension Notebook {
  /// Reads a notebook (`.ipynb`), or a script of any other name.
  public init(contentsOf path: String) throws(InputError) {
    var bytes: [UInt8]
    do throws(InputError) {
      bytes = try Files.read(path)
    } catch {
      throw InputError("cannot read \(path): \(error.message)")
    }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    guard path.hasSuffix(".ipynb") else {
      self.init(script: String(decoding: bytes, as: UTF8.self))
      return
    }
    do {
      try self.init(json: JSON.parse(bytes))
    } catch let error as JSONError {
      throw InputError("\(path) is not a notebook: it is not JSON: \(error)")
    } catch let fault as NotebookFault {
      throw InputError("\(path) is not a notebook that can be run: \(fault.words)")
    } catch {
      throw InputError("\(path) is not a notebook that can be run: \(error)")
    }
  }

  /// Writes the notebook in format 4.5, whole or not at all.
  public func write(to path: String) throws(InputError) {
    do throws(InputError) {
      try Files.write(json.laidOut(), to: path)
    } catch {
      throw InputError("cannot write \(path): \(error.message)")
    }
  }
}

// MARK: - The format

extension Notebook {
  /// Reads a notebook of `nbformat` 4.0 to 4.5.
  package init(json: JSON) throws(NotebookFault) {
    guard let members = json.object else { throw .noObject }
    guard let format = members["nbformat"]?.int else { throw .noFormat }
    guard format == 4 else { throw .format(format) }
    guard let list = members["cells"]?.array else { throw .noCells }
    var cells: [Cell] = []
    for (index, cell) in list.enumerated() {
      do throws(NotebookFault.CellFault) {
        cells.append(try Cell(json: cell))
      } catch {
        throw .cell(index, error)
      }
    }
    self.init(cells: cells, metadata: members["metadata"]?.object ?? [:])
    otherMembers = members.filter { !["cells", "metadata"].contains($0.key) }
  }

  public var json: JSON {
    var members = otherMembers
    members["nbformat"] = 4
    members["nbformat_minor"] = .int(max(5, otherMembers["nbformat_minor"]?.int ?? 5))
    members["metadata"] = .object(metadata)
    members["cells"] = .array(cells.map(\.json))
    return .object(members)
  }
}

extension Notebook.Cell {
  init(json: JSON) throws(NotebookFault.CellFault) {
    guard let members = json.object else { throw .noObject }
    guard let kind = members["cell_type"]?.string.flatMap(Kind.init(rawValue:)) else {
      throw .noType
    }
    guard case .string(let source)? = members["source"].map(joined) else {
      throw .noSource
    }
    self.init(kind, source, id: members["id"]?.string ?? "", metadata: members["metadata"]?.object ?? [:])
    var known: Set<String> = ["cell_type", "source", "id", "metadata"]
    if kind == .code {
      known.formUnion(["outputs", "execution_count"])
      outputs = (members["outputs"]?.array ?? []).map { mapTexts(of: $0, joined) }
      executionCount = members["execution_count"]?.int
    }
    otherMembers = members.filter { !known.contains($0.key) }
  }

  var json: JSON {
    var members = otherMembers
    members["cell_type"] = .string(kind.rawValue)
    members["id"] = .string(id)
    members["metadata"] = .object(metadata)
    members["source"] = lines(.string(source))
    if kind == .code {
      members["outputs"] = .array(outputs.map { mapTexts(of: $0, lines) })
      members["execution_count"] = executionCount.map(JSON.int) ?? .null
    }
    return .object(members)
  }
}

/// Applies `change` to the texts of an output that files spell as lists of lines.
private func mapTexts(of output: JSON, _ change: (JSON) -> JSON) -> JSON {
  guard var members = output.object else { return output }
  if let text = members["text"] { members["text"] = change(text) }
  if let data = members["data"]?.object {
    members["data"] = .object(
      Dictionary(
        uniqueKeysWithValues: data.map {
          ($0.key, hasLines($0.key) ? change($0.value) : joinedUnlessJSON($0))
        }))
  }
  return .object(members)
}

/// Whether a form is readable text, which files split into lines. Others, such as pictures in base64, stay in one piece.
private func hasLines(_ type: String) -> Bool {
  type.hasPrefix("text/")
    || ["image/svg+xml", "application/javascript", "application/x-latex"].contains(type)
}

private func joinedUnlessJSON(_ form: (key: String, value: JSON)) -> JSON {
  form.key == "application/json" || form.key.hasSuffix("+json") ? form.value : joined(form.value)
}

/// A list of lines as one text; anything else as it is.
private func joined(_ value: JSON) -> JSON {
  guard let pieces = value.array else { return value }
  let texts = pieces.compactMap(\.string)
  return texts.count == pieces.count ? .string(texts.joined()) : value
}

/// A text as a list of lines, each with its line break.
private func lines(_ value: JSON) -> JSON {
  guard let text = value.string else { return value }
  var lines: [JSON] = []
  var rest = text.utf8[...]
  while !rest.isEmpty {
    let end = rest.firstIndex(of: UInt8(ascii: "\n")).map { rest.index(after: $0) } ?? rest.endIndex
    lines.append(.string(String(decoding: rest[..<end], as: UTF8.self)))
    rest = rest[end...]
  }
  return .array(lines)
}
