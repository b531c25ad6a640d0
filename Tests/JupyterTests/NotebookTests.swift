import Base
import Glibc
import Jupyter
import Testing

@Suite("Notebook files")
struct NotebookTests {
  @Test("a notebook of format 4.5 is written byte for byte as nbformat does")
  func identity() throws {
    let bytes = try Files.read(fixture("notebook-4.5.ipynb"))
    let notebook = try Notebook(contentsOf: fixture("notebook-4.5.ipynb"))
    #expect(
      String(decoding: notebook.json.laidOut(), as: UTF8.self) == String(decoding: bytes, as: UTF8.self))
    #expect(notebook.cells.map(\.id) == ["cell-0", "cell-1", "cell-2", "cell-3"])
    #expect(notebook.cells.map(\.kind) == [.markdown, .code, .raw, .code])
    #expect(notebook.cells[0].source == "# Title\n\nα, 𝔘 and \"quotes\"\n")
    #expect(notebook.cells[1].outputs[0]["text"] == "one\ntwo\n")
    #expect(notebook.cells[1].executionCount == 3)
  }

  @Test("older formats become 4.5: every cell gets an identifier, nothing else changes", arguments: [0, 4])
  func older(minor: Int) throws {
    let notebook = try Notebook(contentsOf: fixture("notebook-4.\(minor).ipynb"))
    let newest = try Notebook(contentsOf: fixture("notebook-4.5.ipynb"))
    #expect(notebook.json["nbformat_minor"] == 5)
    #expect(Set(notebook.cells.map(\.id)).count == 4)
    #expect(notebook.cells.allSatisfy { $0.id.utf8.count == 8 })
    #expect(notebook.cells.map(\.source) == newest.cells.map(\.source))
    #expect(notebook.cells.map(\.outputs) == newest.cells.map(\.outputs))
    #expect(try Notebook(contentsOf: fixture("notebook-4.\(minor).ipynb")) == notebook)
  }

  @Test("identifiers that are malformed or repeated are replaced")
  func identifiers() {
    let notebook = Notebook(
      cells: ["good-1_A", "good-1_A", "a b", "", "é", String(repeating: "x", count: 65)].map {
        Notebook.Cell(.code, "1", id: $0)
      })
    #expect(notebook.cells[0].id == "good-1_A")
    #expect(Set(notebook.cells.map(\.id)).count == 6)
    #expect(notebook.cells.allSatisfy { $0.id.utf8.allSatisfy { $0 < 128 } && $0.id.utf8.count <= 64 })
  }

  @Test("unknown members and metadata are kept")
  func unknown() throws {
    let json: JSON = [
      "nbformat": 4, "nbformat_minor": 7, "metadata": ["own": [1, 2.5]], "future": ["a": 1],
      "cells": [
        [
          "cell_type": "code", "id": "a", "source": "x", "metadata": ["m": 1], "outputs": [],
          "execution_count": .null, "new": 3,
        ]
      ],
    ]
    #expect(try Notebook(json: json).json["future"] == ["a": 1])
    #expect(try Notebook(json: json).json["nbformat_minor"] == 7)
    #expect(try Notebook(json: json).json["metadata"] == ["own": [1, 2.5]])
    #expect(try Notebook(json: json).json["cells"]?.array?.first?["new"] == 3)
  }

  @Test(
    "what is no notebook is refused with the reason",
    arguments: [
      ("[]", "expected a JSON object"), ("{}", "no \"nbformat\""), (#"{"nbformat":3}"#, "format 3"),
      (#"{"nbformat":4}"#, "no list of \"cells\""),
      (#"{"nbformat":4,"cells":[3]}"#, "cell 1 is not a JSON object"),
      (#"{"nbformat":4,"cells":[{"cell_type":"x"}]}"#, "cell 1 has no known \"cell_type\""),
      (
        #"{"nbformat":4,"cells":[{"cell_type":"raw","source":""},{"cell_type":"code","source":3}]}"#,
        "cell 2 has no text"
      ),
      ("nonsense", "not JSON"), ("", "not JSON"),
    ])
  func refusing(text: String, reason: String) throws {
    try withTemporaryDirectory { directory in
      try Files.write(Array(text.utf8), to: "\(directory)/n.ipynb")
      let error = #expect(throws: InputError.self) { try Notebook(contentsOf: "\(directory)/n.ipynb") }
      #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
      #expect(error?.message.contains("n.ipynb") == true)
    }
  }

  @Test("a notebook is written whole or not at all")
  func writing() throws {
    let notebook = Notebook(cells: [.init(.code, "1")])
    try withTemporaryDirectory { directory in
      let path = "\(directory)/n.ipynb"
      try Files.write([1, 2, 3], to: path)
      try notebook.write(to: path)
      #expect(try Notebook(contentsOf: path).cells == notebook.cells)
      #expect(Files.list(directory) == ["n.ipynb"])
      try #require(symlink(path, "\(directory)/link.ipynb") == 0)
      try Files.write([1], to: "\(directory)/link.ipynb")
      #expect(try Files.read(path) == [1])
      try Files.remove("\(directory)/link.ipynb")
      let error = #expect(throws: InputError.self) { try notebook.write(to: "\(directory)/none/n.ipynb") }
      #expect(error?.message == "cannot write \(directory)/none/n.ipynb: No such file or directory")
      try Files.createDirectories("\(directory)/d.ipynb")
      #expect(throws: InputError.self) { try notebook.write(to: "\(directory)/d.ipynb") }
      #expect(Files.list(directory) == ["d.ipynb", "n.ipynb"])
    }
  }

  @Test("parameters are injected after the cell tagged so, and replaced the next time")
  func parameters() {
    var notebook = Notebook(cells: [
      .init(.markdown, "text"), .init(.code, "x = 1", metadata: ["tags": ["parameters"]]), .init(.code, "x"),
    ])
    notebook.injectParameters("x = 2")
    notebook.injectParameters("x = 3")
    #expect(notebook.cells.map(\.source) == ["text", "x = 1", "x = 3", "x"])
    #expect(notebook.cells[2].tags == ["injected-parameters"])
    #expect(Set(notebook.cells.map(\.id)).count == 4)
    var plain = Notebook(cells: [.init(.code, "x")])
    plain.injectParameters("x = 2")
    #expect(plain.cells.map(\.source) == ["x = 2", "x"])
  }

  @Test("a script is split at its markers")
  func script() {
    let whole = Notebook(script: "a = 1\n\nb = 2\n")
    #expect(whole.cells.map(\.source) == ["a = 1\n\nb = 2"])
    #expect(whole.cells.map(\.line) == [1])
    let text = """
      # %% Title  here
      a = 1

      #%% [markdown]
      # # Heading
      #
      # text
      # %% tags=["parameters"]
      x = 3 # %% not a marker
      # %%
      """
    let notebook = Notebook(script: text)
    #expect(notebook.cells.map(\.source) == ["a = 1", "# Heading\n\ntext", "x = 3 # %% not a marker", ""])
    #expect(notebook.cells.map(\.kind) == [.code, .markdown, .code, .code])
    #expect(notebook.cells.map(\.line) == [2, 5, 9, 11])
    #expect(notebook.cells[0].metadata["title"] == "Title  here")
    #expect(notebook.cells[2].tags == ["parameters"])
    #expect(Notebook(script: "x\n# %%\ny").cells.map(\.source) == ["x", "y"])
    #expect(Notebook(script: "").cells.map(\.source) == [""])
    #expect(Notebook(script: "a\r\n# %%\r\nb\r\n").cells.map(\.source) == ["a", "b"])
  }
}
