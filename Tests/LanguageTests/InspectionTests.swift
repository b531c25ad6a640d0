import Testing

import Language

@Suite struct InspectionTests {
  private let interpreter: Interpreter

  init() throws {
    (interpreter, _) = toyInterpreter()
    try interpreter.run(cell: "few = load shapes\nmodel = simclr\npaper2 = flip")
  }

  @Test(
    "explains what is at the cursor",
    arguments: [
      ("tr|ain model", "train"), ("train| model", "train"), ("|train model", "train"),
      ("load shap|es", "load shapes"),
      ("lo|ad shapes", "load shapes"), ("lo|ad", "load"), ("show neigh|bors in=few", "show neighbours"),
      ("train model epo|chs=3", "train epochs=20"), ("train model epochs=3|", "train"),
      ("train mod|el", "model"),
      ("train model on=f|ew", "few"), ("train model on=few.tr|ain", "few.train"),
      ("train model on=few |", "train"),
      ("train model optimizer=ad|am", "train optimizer=adam"), ("train model optimizer=|", "train"),
      ("simclr augment=pap|er", "simclr augment=preset paper"), ("simclr augment=pap|er2", "paper2"),
      ("simclr augment=fl|ip", "flip"), ("x = fe|w", "few"), ("train model on=(sample| few 3)", "sample"),
      ("train model on=(sample few |3)", "sample"), ("train model on=(3 + |", "train"),
      ("simclr head=[5|12]", "simclr"),
      ("fo|r x in few { }", "for"), ("time tra|in model", "train"), ("help tra|in", "train"),
      ("help few.tr|ain", "few.train"),
      ("\"{fe|w}\"", "few"), ("😀 tra|in", "train"), ("nonsense|", nil), ("# tra|in", nil),
      ("\"tra|in\"", nil), ("|", nil),
      ("3 + |4", nil), ("train model title=\"a|b\"", "train"),
      ("train model\n  epo|chs=3", "train epochs=20"),
    ] as [(String, String?)])
  func explains(_ marked: String, _ title: String?) {
    let (code, cursor) = atCursor(marked)
    #expect(interpreter.inspect(code, cursor: cursor)?.title == title, "\(marked)")
  }

  @Test("a page of help holds usage, types, bounds, units and examples") func page() throws {
    let help = try #require(interpreter.inspect("train", cursor: 5))
    #expect(
      help.plainText == """
        train: Train a model.

          train model on=… [epochs=20] [batch=128] [rate=0.001] [optimizer=adam] [warm_up=0] [shuffle=true] [title=""]

        Changes the model.

        Arguments
          model  The model to train. Model. Required.

        Options
          on=             The images. Images. Required.
          epochs=20       Passes over the images. Whole number from 1 to 10,000.
          batch=128       Images at once. Whole number at least 2 (images).
          rate=0.001      Learning rate. Number above 0.
          optimizer=adam  Update rule. One of adam, sgd or greyscale.
          warm_up=0       Share of the steps. Number at least 0 and below 1.
          shuffle=true    Mix the images. True or false.
          title=""        What to call it. Text.

        Gives a number.

        Example

          train m on=few epochs=2
        """)
    #expect(help.markdown.contains("- `epochs=20`: Passes over the images. Whole number from 1 to 10,000."))
    #expect(help.html.contains("<td style=\"text-align:left\"><code>title=&quot;&quot;</code></td>"))
  }

  @Test("values, kinds, presets and the overview") func others() throws {
    let value = try #require(interpreter.inspect("few", cursor: 0))
    #expect(value.summary == "few: images: 60 images (all)")
    #expect(value.plainText.contains("Commands: `sample`."))
    #expect(value.plainText.contains("`few.train`, `few.test`"))
    let kinds = try #require(interpreter.inspect("load", cursor: 1))
    #expect(kinds.plainText.contains("load folder  Load a folder of pictures."))
    let preset = try #require(interpreter.inspect("simclr augment=none", cursor: 17))
    #expect(preset.lead == "How views are made. Augmentation, or `paper` or `none`.")
    let overview = try interpreter.value(of: "help")
    #expect((overview as? Help)?.plainText.contains("  sample           Take some images at random.") == true)
  }

  @Test("`name?` and `help` in a cell show the same page") func statements() throws {
    let (interpreter, host) = toyInterpreter()
    for code in ["train?", "?train", "help train", "x = 1; train??"] { try interpreter.run(cell: code) }
    #expect(host.shown.map { ($0 as? Help)?.title } == ["train", "train", "train", "train"])
    try interpreter.run(cell: "few = load shapes\nfew.train?\nload shapes?\nhelp load")
    #expect(host.shown.dropFirst(4).map { ($0 as? Help)?.title } == ["few.train", "load shapes", "load"])
    #expect(throws: Diagnostic.self) { try interpreter.run(cell: "help trian") }
    #expect(throws: Diagnostic.self) { try interpreter.run(cell: "load shaps?") }
  }
}
