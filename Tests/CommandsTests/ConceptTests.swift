import Commands
import Foundation
import Language
import Tensors
import Testing

@Suite("Concepts")
struct ConceptTests {
  @Test(
    "every concept has sentences, a formula, a picture, and lines that run",
    arguments: Concepts.all.map(\.name))
  func whole(name: String) throws {
    let concept = try #require(Concepts.all.first { $0.name == name })
    let session = Session()
    let shown = try #require(try session.gather("explain \(name)").results.first)
    #expect(shown.text.contains("Try:") && shown.text.contains("See also: explain "))
    #expect(shown.html?.contains("$$") == true)
    #expect(shown.html?.contains("<img src=\"data:image/png;base64,") == true)
    for related in concept.related {
      #expect(related != name && Concepts.all.contains { $0.name == related }, "\(related)")
    }
    #expect(session.failure(concept.trial) == nil, "\(session.failure(concept.trial)?.plainText ?? "")")
  }

  @Test("a concept is found by each of its names, and a slip is answered with the nearest")
  func names() throws {
    let session = Session()
    for words in [
      "projection head", "\"t-SNE\"", "batch size", "negative pair", "nearest neighbors", "linear probe",
    ] {
      #expect(try session.gather("explain \(words)").results.count == 1, "\(words)")
    }
    let error = try #require(session.failure("explain temprature"))
    #expect(error.said.contains("Did you mean `explain temperature`?") && error.plainText.contains("^"))
    #expect(session.complete("explain te", at: 10).matches.map(\.text) == ["temperature"])
    #expect(try session.gather("explain").results[0].text.contains("perplexity"))
  }

  @Test(
    "an interrupt stops the making of a picture", arguments: Concepts.all.filter(\.isDrawnByCell).map(\.name))
  func interrupted(name: String) throws {
    let concept = try #require(Concepts.all.first { $0.name == name })
    let session = Session()
    session.interrupt.request()
    #expect(throws: Tensors.Interrupted.self) { try concept.figure(in: session) }
  }

  @Test("explain, interrupted in its middle, ends as interrupted and leaves nothing")
  func interruptedExplain() throws {
    let session = Session()
    nonisolated(unsafe) let shared = session
    let thread = Thread {
      usleep(30_000)
      shared.interrupt.request()
    }
    thread.start()
    #expect(session.failure("x = explain tsne")?.isInterrupt == true)
    #expect(session.workspace["x"] == nil)
    session.interrupt.clear()
    #expect(try session.gather("explain temperature").results.count == 1)
  }
}
