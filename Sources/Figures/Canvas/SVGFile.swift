/// Cairo's SVG made the same at every run, and readable by a screen reader.
enum SVGFile {
  /// Numbers the ids in the order in which they appear (Cairo counts them through the life of the program) behind a name made
  /// of the content, so that several files can stand on one page; and adds the title and the description.
  static func tidied(_ svg: String, title: String, description: String) -> String {
    let text = renumbered(svg, prefix: "f" + String(hash(renumbered(svg, prefix: "c")), radix: 36) + "-")
    guard let open = text.range(of: "<svg "), let close = text[open.upperBound...].firstIndex(of: ">") else {
      return text
    }
    let body = text.index(after: close)
    let words =
      (title.isEmpty ? "" : "<title>" + Label.escaped(Label.clean(title)) + "</title>\n")
      + (description.isEmpty ? "" : "<desc>" + Label.escaped(Label.clean(description)) + "</desc>\n")
    return text[..<open.upperBound] + "role=\"img\" " + text[open.upperBound..<body] + "\n" + words
      + text[body...].drop { $0 == "\n" }
  }

  /// FNV-1a: two files would have to be made for one another to agree in it.
  private static func hash(_ text: String) -> UInt64 {
    text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
  }

  /// Finds `id="name7"` and gives each such name a new number; `#name7` follows. Base64 pictures are copied
  /// untouched.
  private static func renumbered(_ svg: String, prefix: String) -> String {
    var names: [Substring: String] = [:]
    var out = ""
    out.reserveCapacity(svg.utf8.count)
    let bytes = svg.utf8
    var start = bytes.startIndex
    var index = start
    while index < bytes.endIndex {
      let byte = bytes[index]
      guard byte == UInt8(ascii: "#") || byte == UInt8(ascii: "\"") else {
        index = bytes.index(after: index)
        continue
      }
      let isReference = byte == UInt8(ascii: "#")
      let after = bytes.index(after: index)
      let isDefinition = !isReference && svg[..<index].utf8.suffix(4).elementsEqual(" id=".utf8)
      guard isReference || isDefinition else {
        index = after
        continue
      }
      let end =
        bytes[after...].firstIndex { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: ")") } ?? bytes.endIndex
      let name = svg[after..<end]
      out += svg[start..<after]
      if isDefinition || name.utf8.count < 40 {
        let known = names[name] ?? prefix + "\(names.count)"
        names[name] = known
        out += known
      } else {
        out += name
      }
      start = end
      index = end
    }
    out += svg[start...]
    return out
  }
}

extension String {
  /// The first place of `needle`, without the Foundation search.
  fileprivate func range(of needle: String) -> Range<String.Index>? {
    var start = startIndex
    while let found = self[start...].firstIndex(of: needle.first ?? " ") {
      if self[found...].hasPrefix(needle) {
        return found..<index(found, offsetBy: needle.count)
      }
      start = index(after: found)
    }
    return nil
  }
}
