import Base
import Commands
import FrontEnd
import Language
import Testing

@Suite("Maps")
struct MapTests {
  @Test("an interrupt keeps the map so far under its name, and ends the cell")
  func interrupted() throws {
    let session = Session()
    try session.gather("few = (load shapes train=400 test=10 size=16).train\np = pca few components=5")
    // As soon as a progress or a map is shown, somebody has seen enough.
    let console = Impatient(session.interrupt)
    _ = try? session.run(cell: "map = tsne p iterations=100_000\nlater = 1", console: console)
    #expect(console.text.contains("the map so far is kept"))
    session.interrupt.clear()
    #expect(try session.gather("map.count").results[0].text == "400")
    #expect(try session.gather("map.iterations < 100_250").results[0].text == "true")
    #expect(session.failure("later") != nil, "nothing runs after an interrupt")
  }

  @Test("new rows are placed on a map and projected onto components, each on its own")
  func placed() throws {
    let session = Session()
    try session.gather(
      """
      shapes = load shapes train=200 test=40 size=16
      p = pca shapes.train components=6
      q = pca shapes.test into=p
      map = tsne p perplexity=10 iterations=100
      new = tsne q into=map
      few = tsne q[0..<3] into=map
      """)
    #expect(try session.gather("q.width").results[0].text == "6")
    #expect(try session.gather("new.count").results[0].text == "40")
    #expect(try session.gather("p.explained.count").results[0].text == "6")
    #expect(try session.gather("(similarity new[0..<3] to=few)[0][0] > 0.9999").results[0].text == "true")
    for (cell, word) in [
      ("tsne q into=p", "tsne"), ("pca q into=map", "pca"), ("tsne shapes.test into=map", "6"),
    ] {
      let error = try #require(session.failure(cell), "\(cell) was accepted")
      #expect(error.said.contains(word) && error.plainText.contains("^"), "\(cell)\n\(error.plainText)")
    }
  }

  private final class Impatient: Console {
    var text = ""
    private let interrupt: Interrupt
    init(_ interrupt: Interrupt) { self.interrupt = interrupt }
    func write(_ text: String, to stream: TextStream) { self.text += text }
    func display(_ rich: Rich, id: String?) { interrupt.request() }
    func update(_ rich: Rich, id: String) {}
    func result(_ rich: Rich) {}
  }
}
