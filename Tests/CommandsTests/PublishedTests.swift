import Commands
import Language
import Testing

@Suite("The paper's code as it was, in cells")
struct PublishedTests {
  private static let setup = """
    shapes = load shapes train=40 test=10 size=16
    m = simclr (cnn width=4 size=16) head=[] loss=published temperature=0.1 augment=published

    """

  @Test("the published loss, no head, views alone and the published augmentation do what they say")
  func uses() throws {
    let session = Session()
    try session.gather(
      Self.setup + """
        train m on=shapes epochs=3 batch=10 views=alone
        z = embed (pairs shapes.train[0..<4]) with=m output=z
        a = ntxent z temperature=0.1
        b = ntxent z temperature=0.1 loss=published
        """)
    for (cell, words) in [
      ("m", ["as published", "none: z is h", "normalised=true", "3 epochs"]),
      ("plot loss m", ["floor", "chance"]), ("plot network m", ["no head", "as published"]),
      ("b", ["as published", "chance is 2.079"]), ("a", ["chance is 1.946"]),
      ("b.floor > 0.693 and b.floor < 0.694 and b.loss > a.loss", ["true"]),
      ("step m on=shapes batch=8 views=alone", ["ln(2·8) = 2.773"]),
      ("measure m on=shapes.test", ["alignment"]),
    ] {
      let text = try session.gather(cell).results[0].text
      for word in words { #expect(text.contains(word), "\(cell)\n\(text)") }
    }
  }

  @Test("what does not go together is said at its place")
  func refused() throws {
    let session = Session()
    try session.gather(Self.setup)
    for (cell, word) in [
      ("train m on=shapes batch=10 views=alone chunk=5", "Leave out one"),
      ("simclr (cnn width=4 size=16) loss=publshed", "published"),
      ("train (simclr (resnet18 stem=imagenet width=4 size=32)) on=shapes batch=10 views=alone", "size=64"),
      ("train m on=shapes batch=10 views=both", "together"),
    ] {
      let error = try #require(session.failure(cell), "\(cell) was accepted")
      #expect(error.said.contains(word), "\(cell)\n\(error.plainText)")
      #expect(error.plainText.contains("^"), "\(error.plainText)")
    }
  }
}
