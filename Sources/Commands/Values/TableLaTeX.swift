/// A table as LaTeX sets it, in the manner of the booktabs package.
extension TableValue {
  /// A `tabular`, numbers set right. With pdfLaTeX and with engines that read Unicode it says what the table does.
  var latex: String {
    LaTeX.table(columns: columns, rows: rows.map { $0.map(\.shown) }, numeric: numeric)
  }
}

/// Text as LaTeX prints it, without packages.
enum LaTeX {
  /// A `tabular`; columns named in `numeric` are set right.
  static func table(columns: [String], rows: [[String]], numeric: Set<Int>) -> String {
    let places = columns.indices.map { numeric.contains($0) ? "r" : "l" }.joined()
    let lines = ([columns] + rows).map(row)
    let definitions = lines.contains { $0.contains(character) } ? [definition] : []
    return
      (["% needs \\usepackage{booktabs}"] + definitions
      + ["\\begin{tabular}{\(places.isEmpty ? "l" : places)}", "\\toprule", lines[0], "\\midrule"]
      + lines.dropFirst() + ["\\bottomrule", "\\end{tabular}"])
      .joined(separator: "\n") + "\n"
  }

  /// A row of a table.
  static func row(_ cells: [String]) -> String {
    let line = cells.map(escaped).joined(separator: " & ") + " \\\\"
    // The end of the row above, and the rules, take a bracket and an asterisk that follow as theirs.
    return "[*".contains(line.first { $0 != " " } ?? " ") ? "{}" + line : line
  }

  /// One line of text whose every sign stands for itself.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    var before: Unicode.Scalar?
    for character in text {
      if let accented = accented(character) {
        escaped += accented
        before = nil
        continue
      }
      for scalar in character.unicodeScalars {
        // Two of these would melt into one: a dash, a quote. An empty group parts them in pdfLaTeX alone.
        if scalar == before, "-,<>".unicodeScalars.contains(scalar) { escaped += "\\kern0pt" }
        escaped += printed(scalar, after: before)
        before = scalar
      }
    }
    return escaped
  }

  private static func printed(_ scalar: Unicode.Scalar, after before: Unicode.Scalar?) -> String {
    if let command = commands[scalar] { return command }
    if scalar.properties.isWhitespace {
      return before.map { $0.properties.isWhitespace } ?? false ? "\\ " : " "
    }
    if isAlwaysThere(scalar) { return String(scalar) }
    let code = String(scalar.value, radix: 16, uppercase: true)
    let digits = String(repeating: "0", count: max(0, 4 - code.count)) + code
    // No engine takes a control character, and joiners print nothing that one could see.
    if [.control, .format, .surrogate, .privateUse, .unassigned].contains(scalar.properties.generalCategory) {
      return "U+" + digits
    }
    return "\(character){\(scalar)}{\(digits)}"
  }

  /// A letter with an accent that stands beside it, as names of files in macOS have them.
  private static func accented(_ character: Character) -> String? {
    let scalars = Array(character.unicodeScalars)
    guard scalars.count == 2, scalars[0].isASCII, scalars[0].properties.isAlphabetic,
      let accent = accents[scalars[1]]
    else { return nil }
    return "\\\(accent){\(scalars[0] == "i" ? "\\i" : scalars[0] == "j" ? "\\j" : String(scalars[0]))}"
  }

  /// Whether every engine has the letter, even in its oldest font.
  private static func isAlwaysThere(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x20..<0x7F: true
    case 0xA1...0x17F: !lacking.contains(scalar)
    case 0x2010...0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2020...0x2022, 0x2026, 0x20AC: true
    default: false
    }
  }

  /// Letters that the encoding OT1 cannot print.
  private static let lacking = Set("«»ÐðÞþĄąĐđĘęĦħĮįĸĿŀŉŊŋŦŧŲųſ".unicodeScalars)

  /// Prints a character where the font has it, else its number: where nothing is known of a character pdfLaTeX stops,
  /// and other engines print nothing.
  static let character = "\\unicodecharacter"
  static let definition =
    "\\providecommand{\(character)}[2]{\\ifdefined\\Umathcode\\iffontchar\\font\"#2 #1\\else U+#2\\fi\\else"
    + "\\ifnum\\csname pdfstrcmp\\endcsname{\\csname f@encoding\\endcsname}{OT1}=0 U+#2\\else"
    + "\\ifcsname u8:\\detokenize{#1}\\endcsname#1\\else U+#2\\fi\\fi\\fi}"

  private static let accents: [Unicode.Scalar: String] = [
    "\u{300}": "`", "\u{301}": "'", "\u{302}": "^", "\u{303}": "~", "\u{304}": "=", "\u{306}": "u",
    "\u{307}": ".",
    "\u{308}": "\"", "\u{30A}": "r", "\u{30B}": "H", "\u{30C}": "v", "\u{327}": "c",
  ]

  private static let commands: [Unicode.Scalar: String] = {
    var commands: [Unicode.Scalar: String] = [
      "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "<": "\\textless{}",
      ">": "\\textgreater{}", "|": "\\textbar{}", "\"": "\\texttt{\"}", "'": "\\textquotesingle{}",
      "`": "\\textasciigrave{}", "‖": "\\textbardbl{}", "−": "$-$", "\u{A0}": "~", "\u{AD}": "\\-",
      "\u{2009}": "\\,",
      "\u{202F}": "\\,",
    ]
    for scalar in "&%$#_{}".unicodeScalars { commands[scalar] = "\\\(scalar)" }
    for (index, scalar) in "⁰¹²³⁴⁵⁶⁷⁸⁹".unicodeScalars.enumerated() { commands[scalar] = "$^{\(index)}$" }
    for (index, scalar) in "₀₁₂₃₄₅₆₇₈₉".unicodeScalars.enumerated() { commands[scalar] = "$_{\(index)}$" }
    for (scalar, sign) in zip("⁺⁻ⁿ₊₋".unicodeScalars, ["^{+}", "^{-}", "^{n}", "_{+}", "_{-}"]) {
      commands[scalar] = "$\(sign)$"
    }
    let words = formulas.split { $0 == " " || $0 == "\n" }
    for place in stride(from: 0, to: words.count, by: 2) {
      commands[words[place].unicodeScalars.first!] = "$\\\(words[place + 1])$"
    }
    return commands
  }()

  /// Signs and what LaTeX calls them in a formula.
  private static let formulas = """
    α alpha β beta γ gamma δ delta ε varepsilon ϵ epsilon ζ zeta η eta θ theta ϑ vartheta ι iota κ kappa λ lambda μ mu ν nu
    ξ xi π pi ρ rho σ sigma ς varsigma τ tau υ upsilon φ varphi ϕ phi χ chi ψ psi ω omega Γ Gamma Δ Delta Θ Theta
    Λ Lambda Ξ Xi Π Pi Σ Sigma Υ Upsilon Φ Phi Ψ Psi Ω Omega ± pm ∓ mp × times ÷ div ⋅ cdot ∗ ast ∘ circ ∙ bullet
    ≤ leq ≥ geq ≠ neq ≈ approx ≡ equiv ∼ sim ≃ simeq ≅ cong ∝ propto ≪ ll ≫ gg ∞ infty √ surd ∑ sum ∏ prod ∫ int ∂ partial
    ∇ nabla ∈ in ∉ notin ∋ ni ⊂ subset ⊆ subseteq ⊃ supset ⊇ supseteq ∪ cup ∩ cap ∅ emptyset ∀ forall ∃ exists ¬ neg
    ∧ wedge ∨ vee ⊕ oplus ⊗ otimes ⊙ odot ⊥ perp ∥ parallel ∣ mid ← leftarrow ↑ uparrow → to ↓ downarrow
    ↔ leftrightarrow ⇐ Leftarrow ⇒ Rightarrow ⇔ Leftrightarrow ↦ mapsto ⟨ langle ⟩ rangle ⌊ lfloor ⌋ rfloor
    ⌈ lceil ⌉ rceil ℓ ell ′ prime ⋯ cdots
    """
}
