extension Vocabulary {
  /// The reference manual as Markdown: the language, then every command from its declaration, by chapter.
  public func manual() -> String {
    let writer = HelpWriter(vocabulary: self)
    var parts = ["# Contrast: reference", contents(), Grammar.page]
    for group in groups {
      parts.append("## \(group)")
      for command in commands where command.group == group {
        parts.append(writer.help(for: command).markdown(level: 3))
      }
    }
    return parts.joined(separator: "\n\n") + "\n"
  }

  /// A list of the chapters with their commands.
  private func contents() -> String {
    let chapters = groups.map { group in
      let names = commands.filter { $0.group == group }.map { "[\($0.name)](#\(anchor($0.name)))" }
      return "- [\(group)](#\(anchor(group))): \(names.joined(separator: ", "))"
    }
    return (["- [The language](#the-language)"] + chapters).joined(separator: "\n")
  }

  /// The address that Markdown gives to a heading.
  private func anchor(_ heading: String) -> String {
    String(
      heading.lowercased().compactMap {
        $0 == " " ? "-" : $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" ? $0 : nil
      })
  }
}
