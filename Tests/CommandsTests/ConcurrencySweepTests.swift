import Commands
import FrontEnd
import Foundation
import Language
import Tensors
import Testing

/// Commands of two shells at the same time, on the names and the model that both share.
///
/// Each cell is the example of a command, and the names that it needs may be those of the other's setup. It ends with a value, with an
/// error that it would have had before or after the other, or because the other works with the model. Some pairs are drawn; the
/// environment variable `CONTRAST_PAIRS` asks for more of them, or for `all`.
extension TestsInOneFolder {
  @Suite struct ConcurrencySweepTests {
    private static let drawn = 120

    @Test("two cells at the same time both end, and leave what can be used", .timeLimit(.minutes(60)))
    func sweep() throws {
      let folder = try DataFolder()
      defer { withExtendedLifetime(folder) {} }
      let examples = Self.examples()
      #expect(examples.count > 60)
      var pairs = examples.indices.flatMap { first in (first..<examples.count).map { (first, $0) } }
      let asked = ProcessInfo.processInfo.environment["CONTRAST_PAIRS"]
      if asked != "all" {
        var random = RandomStream(seed: 23)
        pairs.shuffle(using: &random)
        pairs = Array(pairs.prefix(asked.flatMap { Int($0) } ?? Self.drawn))
      }
      var (values, refusals) = (0, 0)
      for (first, second) in pairs {
        let pair = Pair(examples[first], examples[second])
        let errors = pair.atOnce()
        for (place, error) in errors.enumerated() {
          guard let error else {
            values += 1
            continue
          }
          if error.message.contains("nother cell works with this model") { refusals += 1 }
          #expect(
            pair.mayEnd(place, with: error),
            "\(pair.cells[place])\nbeside\n\(pair.cells[1 - place])\n\(error.plainText)")
        }
        let left = pair.unusable()
        #expect(left.isEmpty, "\(pair.cells[0])\nbeside\n\(pair.cells[1])\nleft \(left)")
      }
      #expect(values > pairs.count)
      // Trainings meet when all pairs run; of a few that are drawn perhaps none does.
      if asked == "all" { #expect(refusals > 0) }
    }

    @Test("while one shell trains a model, whatever another does ends, and works or is refused")
    func besideTraining() throws {
      let setup = """
        shapes = load shapes train=64 test=20 size=16
        model = simclr (cnn width=2 size=16) head=[8, 4]
        """
      let training = "train model on=shapes.train epochs=100000 batch=32"
      var (worked, refused) = (0, 0)
      for cell in [
        "model", "model.history", "model.temperature", "plot network model", "plot history model", "list",
        "describe shapes.train", "h = embed shapes.test with=model", "step model on=shapes.train batch=8",
        "save model \"besides.safetensors\"", "measure model on=shapes.test", "plot loss model",
      ] {
        let session = Session()
        try session.gather(setup)
        let other = Session(sharing: session)
        let training = Running(training, in: other)
        while session.failure("check model.history.loss.count > 0") != nil { usleep(500) }
        if let error = session.failure(cell) {
          #expect(error.message.contains("works with this model"), "\(cell)\n\(error.plainText)")
          refused += 1
        } else {
          worked += 1
        }
        other.interrupt.request()
        #expect(training.end()?.isInterrupt == true, "\(cell)")
        #expect(session.failure("step model on=shapes.train batch=8") == nil, "\(cell)")
      }
      #expect(worked >= 6 && refused >= 3, "\(worked) worked, \(refused) were refused")
    }

    /// Of each command the example that takes the least: in looks for an interrupt, which are the same on every machine but for
    /// the few that threads share out otherwise.
    private static func examples() -> [Example] {
      let many = 1 << 40
      var best: [(command: String, example: Example, looks: Int)] = []
      for (command, example) in Verbs.vocabulary.examples where !isLeftOut(command) {
        let session = Session()
        session.interrupt.request(afterLooks: many)
        if !example.setup.isEmpty { _ = session.failure(example.setup) }
        _ = session.failure(example.code)
        let looks = (many - session.interrupt.looksLeft) / 16
        guard let place = best.firstIndex(where: { $0.command == command }) else {
          best.append((command, example, looks))
          continue
        }
        if looks < best[place].looks { best[place] = (command, example, looks) }
      }
      return best.map(\.example)
    }

    /// What waits for the clock or for a person, and a data set of 180 MB.
    private static func isLeftOut(_ command: String) -> Bool {
      ["clock", "ask", "load cifar10"].contains(command)
    }
  }
}

/// A cell that runs on a thread of its own.
private final class Running: @unchecked Sendable {
  // Sendable: the session belongs to the thread until it ends, and the error is written before that and read afterwards.
  private let session: Session
  private var error: CellError?
  private let done = DispatchSemaphore(value: 0)

  init(_ cell: String, in session: Session, when start: DispatchSemaphore? = nil) {
    self.session = session
    Thread {
      start?.wait()
      self.error = self.session.failure(cell)
      self.done.signal()
    }.start()
  }

  func end() -> CellError? {
    done.wait()
    return error
  }
}

/// Two examples, and a workspace in which both find what they need.
private final class Pair {
  let cells: [String]
  private let setups: [String]
  private var session = Session()

  init(_ first: Example, _ second: Example) {
    cells = [first.code, second.code]
    setups = [first.setup, second.setup].filter { !$0.isEmpty }
  }

  private func prepared() -> Session {
    let session = Session()
    for setup in setups { _ = session.failure(setup) }
    return session
  }

  /// Runs both cells at the same time; the errors that they end with.
  func atOnce() -> [CellError?] {
    session = prepared()
    let start = DispatchSemaphore(value: 0)
    let running = cells.map { Running($0, in: Session(sharing: session), when: start) }
    for _ in cells { start.signal() }
    return running.map { $0.end() }
  }

  /// Whether a cell may end so: because the other has the model or took a name away, or as it does before or after the other.
  func mayEnd(_ place: Int, with error: CellError) -> Bool {
    if error.message.contains("nother cell works with this model") || error.name == "UnknownWord" {
      return true
    }
    // A name that the other cell gives a new value may be read before it once and after it once: old and new need not fit.
    let words = Set(cells[place].split { !$0.isLetter && !$0.isNumber && $0 != "_" })
    let given = cells[1 - place].split(separator: "\n").compactMap { line in
      line.contains("=") ? line.prefix { $0 != "=" }.split(separator: " ").first : nil
    }
    if !words.isDisjoint(with: given) { return true }
    let alone = prepared().failure(cells[place])
    let after = prepared()
    _ = after.failure(cells[1 - place])
    return [alone?.message, after.failure(cells[place])?.message].contains(error.message)
  }

  /// The names whose values cannot be shown, or whose models cannot be used.
  func unusable() -> [String] {
    session.workspace.entries.compactMap { name, value in
      if let error = session.failure(name) { return "\(name): \(error.plainText)" }
      // `last` is what was shown last, and by now another value.
      guard value.typeName == "model", name != "last" else { return nil }
      return session.failure("save \(name) \"left.safetensors\"").map { "\(name): \($0.plainText)" }
    }
  }
}
