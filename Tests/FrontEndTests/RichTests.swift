import Base
import FrontEnd
import Testing

@Suite("Rich values")
struct RichTests {
  private let dot = Rich.PNG(bytes: [1, 2, 3], width: 4, height: 5, alt: "1 < 2")
  private let size: JSON = ["image/png": ["width": 4, "height": 5, "alt": "1 < 2"]]

  @Test("text alone is plain text")
  func text() { #expect(Rich(text: "x").content == ["data": ["text/plain": "x"], "metadata": [:]]) }

  @Test("a picture stands within the page and beside it")
  func picture() {
    let content = Rich(text: "x", html: "<p>", png: dot).content
    #expect(content["metadata"] == size)
    #expect(content["data"]?["image/png"] == "AQID")
    let image = "<img src=\"data:image/png;base64,AQID\" width=\"4\" height=\"5\" alt=\"1 &lt; 2\">"
    #expect(content["data"]?["text/html"] == .string("<p>" + image))
  }

  @Test("a picture that stands within the page already is not put there again")
  func within() {
    var rich = Rich(text: "x", html: "<p>")
    rich.pictureWithin = dot
    #expect(rich.page == "<p>" && rich.data["image/png"] == "AQID" && rich.content["metadata"] == size)
  }

  @Test("each form has its MIME type")
  func forms() {
    var rich = Rich(text: "x", markdown: "**x**", widget: "w")
    rich.latex = "$x$"
    rich.vegaLite = ["mark": "point"]
    let view: JSON = ["version_major": 2, "version_minor": 0, "model_id": "w"]
    #expect(
      rich.data == [
        "text/plain": "x", "text/markdown": "**x**", "text/latex": "$x$",
        "application/vnd.vegalite.v5+json": ["mark": "point"],
        "application/vnd.jupyter.widget-view+json": view,
      ])
  }
}

@Suite("Where no front end is")
struct NoFrontEndTests {
  private final class Paper: Console {
    var lines: [String] = []
    func write(_ text: String, to stream: TextStream) { lines.append("\(stream): \(text)") }
    func display(_ rich: Rich, id: String?) {}
    func update(_ rich: Rich, id: String) {}
    func result(_ rich: Rich) {}
  }

  @Test("text goes to standard output, nobody answers, comms lead nowhere")
  func defaults() {
    let paper = Paper()
    paper.write("a")
    #expect(paper.lines == ["stdout: a"])
    #expect(paper.ask("?", password: false) == .nobody("nobody is there to answer"))
    #expect(!paper.carriesComms && paper.openComm(target: "t", data: [:], metadata: [:]) == "")
  }

  @Test("an error's text is made of its name and its message")
  func errors() {
    let error = CellError(name: "Bad", message: "no")
    #expect(error.plainText == "Bad: no" && error.traceback == ["Bad: no"] && !error.isInterrupt)
    #expect(CellError.interrupted.isInterrupt)
  }
}
