import Commands
import Testing

@Suite("train resume=true") struct ResumeCommandTests {
  private static let setup = """
    few = load shapes train=48 test=10 size=16
    model = simclr (cnn width=4 size=16)
    """
  private static let cell = "train model on=few epochs=3 batch=16 watch=[alignment]"

  private func shown(_ cell: String, _ session: Session) throws -> String {
    try session.gather(cell).results.map(\.text).joined(separator: "\n")
  }

  @Test(
    "the cell's error says how to go on, the card how far it came, and the result is that of a training never stopped"
  )
  func resumed() throws {
    let (whole, stopped) = (Session(), Session())
    for session in [whole, stopped] { try session.gather(Self.setup) }
    let all = 1 << 40
    whole.interrupt.request(afterLooks: all)
    try whole.gather(Self.cell)
    let looks = all - whole.interrupt.looksLeft
    whole.interrupt.clear()
    stopped.interrupt.request(afterLooks: looks / 2)
    let error = try #require(stopped.failure(Self.cell))
    stopped.interrupt.clear()
    #expect(error.isInterrupt && error.message.contains("raining stopped after"))
    #expect(error.advice?.contains("train model on=images resume=true") == true)
    #expect(try shown("model", stopped).contains("of 9 steps; go on with resume=true"))
    try stopped.gather("train model on=few resume=true watch=[alignment]")
    for value in [
      "model.history.steps", "model.history.loss", "model.history.alignment", "(embed few with=model)",
    ] {
      #expect(try shown(value, stopped) == shown(value, whole), "\(value)")
    }
    #expect(try !shown("model", stopped).contains("resume=true"))
  }

  @Test("options of a new training are refused, and so is a model that was not interrupted")
  func refused() throws {
    let session = Session()
    try session.gather(Self.setup)
    for option in ["epochs=5", "batch=8", "rate=0.5", "seed=4", "optimizer=sgd", "warmup=1"] {
      let error = try #require(session.failure("train model on=few resume=true \(option)"))
      #expect(error.message.contains("has its plan and its seed already"), "\(option)")
    }
    let error = try #require(session.failure("train model on=few resume=true"))
    #expect(error.message.contains("No training of this model was interrupted"))
  }
}
