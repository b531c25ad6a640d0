import Base
import Learning
import Networks
import Tensors
import Testing

@Suite("Judgements")
struct JudgementTests {
  @Test("places count the classes before the true one; equal scores go to the lower class")
  func places() {
    let scores = Tensor(
      [4, 3], [0.1, 0.7, 0.2, 0.5, 0.5, 0.1, -.infinity, 2, 1, -.infinity, 2, -.infinity])
    let judgement = Judgement(scores: scores, labels: [2, 1, 2, 0])
    #expect(judgement.predictions == [1, 0, 1, 1])
    #expect(judgement.places == [1, 1, 1, 3])
    #expect(judgement.accuracy == 0 && judgement.top(2) == 0.75 && judgement.top(3) == 0.75)
  }

  @Test("a classifier gives the same bits for any number of workers")
  func workers() throws {
    var random = RandomStream(seed: 4)
    let rows = Tensor([300, 40], (0..<12_000).map { _ in random.normal() })
    let labels = (0..<300).map { $0 % 3 }
    let scores = try [1, 2, 5].map { count in
      let run = Run(seed: 3, workers: Workers(count: count))
      let classifier = try Classifier(
        on: .matrix(rows), labels: labels, classes: ["a", "b", "c"], plan: ClassifierPlan(), run: run)
      return try classifier.scores(.matrix(rows), run: run).elements
    }
    #expect(scores[0] == scores[1] && scores[0] == scores[2])
  }

  @Test("a row that is no number is refused before any work, and named")
  func notANumber() throws {
    let rows = Tensor([4, 2], [1, 2, 3, 4, 5, .nan, 7, 8])
    #expect(throws: ClassifierError.notFinite(row: 2)) {
      try Classifier(
        on: .matrix(rows), labels: [0, 1, 0, 1], classes: ["a", "b"], plan: ClassifierPlan(), run: Run())
    }
  }
}
