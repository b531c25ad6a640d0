import Base
import Commands
import Foundation
import Language
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
    #expect(shown.text.contains("In Contrast: \(concept.usage)"))
    #expect(shown.html?.contains("`") == false)
    #expect(shown.html?.contains("$$") == true)
    #expect(shown.html?.contains("<img src=\"data:image/png;base64,") == true)
    for related in concept.related {
      #expect(related != name && Concepts.all.contains { $0.name == related }, "\(related)")
    }
    #expect(session.failure(concept.trial) == nil, "\(session.failure(concept.trial)?.plainText ?? "")")
  }

  @Test(
    "a concept is found by each of its names, in capitals, hyphenated, as a plural and in American spelling")
  func names() throws {
    let session = Session()
    func title(_ words: String) -> String? {
      (try? session.gather("explain \(words)"))?.results.first.map { String($0.text.prefix { $0 != "\n" }) }
    }
    for concept in Concepts.all {
      #expect(title(concept.name.uppercased()) == concept.title)
      for name in concept.aliases + [concept.title] {
        let spaced = name.replacing("'", with: "")
        #expect(title(spaced) == concept.title, "\(name)")
        #expect(title(spaced.replacing(" ", with: "-")) == concept.title, "\(name), hyphenated")
      }
    }
    let spellings = [
      ("batch normalization", "Batch normalisation"), ("Optimizers", "Optimiser"), ("\"t-SNE\"", "t-SNE"),
      ("learning rates", "Learning rate"), ("mini-batches", "Batch"), ("contrastive losses", "NT-Xent loss"),
      ("cosine similarities", "Cosine similarity"), ("nearest neighbors", "Nearest neighbours"),
      ("SKIP-CONNECTIONS", "Residual connection"), ("warm up", "Warm-up"),
      ("L2 regularization", "Weight decay"),
    ]
    for (words, wanted) in spellings { #expect(title(words) == wanted, "\(words)") }
    let keys = Concepts.all.flatMap { concept in Set(concept.names.map(ConceptKey.init)) }
    #expect(Set(keys).count == keys.count, "a name of two concepts")
    #expect(session.complete("explain tem", at: 11).matches.map(\.text) == ["temperature"])
    #expect(try session.gather("explain").results[0].text.contains("perplexity"))
  }

  @Test(
    "what is no concept's name is never explained: the error suggests what is near",
    arguments: [
      ("tempreature", "temperature"), ("temprature", "temperature"), ("lerning rate", "learning rate"),
      ("loss", "nt-xent loss"), ("network", "encoder"), ("classifier", "linear probe"),
      ("pair", "positive pair` or `explain negative pair"), ("normalization", "batch normalisation"),
      ("layer normalisation", "batch normalisation` or `explain vision transformer"),
      ("gradient", "stochastic gradient descent"), ("batch temperature", "batch"),
      ("weight", "weight decay"), ("lossless", nil), ("stroganoff", nil), ("a-b", nil),
    ] as [(String, String?)])
  func unknown(words: String, near: String?) throws {
    let error = try #require(Session().failure("explain \(words)"))
    #expect(error.message == "There is no concept `\(words)`." && error.plainText.contains("^"))
    let suggestion = near.map { "Did you mean `explain \($0)`? Concepts: " } ?? "Concepts: "
    #expect(error.advice?.hasPrefix(suggestion) == true, "\(error.advice ?? "")")
  }

  @Test("words of a wider meaning are not names, and options that a concept speaks of exist")
  func consistent() {
    let options = Set(Verbs.all.flatMap(\.parameters).map(\.name))
    for concept in Concepts.all {
      for word in concept.nearby {
        #expect(
          !Concepts.all.contains { $0.names.contains { ConceptKey($0) == ConceptKey(word) } }, "\(word)")
      }
      for match in concept.usage.matches(of: /(\w+)=/) {
        #expect(options.contains(String(match.1)), "\(concept.name): \(match.0)")
      }
      #expect(concept.usage.contains("`") && concept.usage.hasSuffix("."))
    }
    let common = ["cosine"]
    #expect(Concepts.all.filter { $0.source.isEmpty }.map(\.name) == common + ["epochs"])
    #expect(Concepts.all.allSatisfy { $0.source.isEmpty || $0.source.contains(/(19|20)\d\d/) })
  }

  @Test("a hyphen joins words only where words are all there is")
  func hyphens() throws {
    let session = Session()
    try session.gather("a = 3\nb = 2")
    #expect(session.failure("forget a-b")?.message.contains("`a-b`") == true)
    #expect(session.workspace["a"] != nil && session.workspace["b"] != nil)
    #expect(try session.gather("a-b").results.first?.text == "1")
  }

  @Test(
    "an interrupt stops the making of a picture", arguments: Concepts.all.filter(\.isDrawnByCell).map(\.name))
  func interrupted(name: String) throws {
    let concept = try #require(Concepts.all.first { $0.name == name })
    let session = Session()
    session.interrupt.request()
    #expect(throws: Interrupted.self) { try concept.figure(in: session) }
  }

  @Test("explain, interrupted in its middle, ends as interrupted and leaves nothing")
  func interruptedExplain() throws {
    let session = Session()
    session.interrupt.request(afterLooks: 20)
    #expect(session.failure("x = explain tsne")?.isInterrupt == true)
    #expect(session.workspace["x"] == nil)
    session.interrupt.clear()
    #expect(try session.gather("explain temperature").results.count == 1)
  }
}
