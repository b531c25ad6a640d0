import Language
import Tensors

enum ListNames {
  static let command = Command(
    name: "list", summary: "The names in use and their values.", gives: "table", group: "Session",
    examples: [Example(code: "list", setup: "x = 3")]
  ) { context in
    let entries = context.workspace.entries.sorted { $0.name < $1.name }
    guard !entries.isEmpty else {
      context.host.write("no names yet\n")
      return nil
    }
    return TableValue(
      columns: ["name", "type", "value"],
      rows: entries.map { name, value in [.text(name), .text(value.typeName), .text(value.summary)] })
  }
}

struct Forget {
  var names: [NameOfValue] = []

  static let command: Command<Forget> = Command(
    name: "forget", summary: "Remove names and free their values; without a name, all of them.",
    group: "Session", defaults: Forget(),
    arguments: [Argument.rest("names", \.names, "The names")],
    examples: [Example(code: "forget x", setup: "x = 3")]
  ) { options, context in
    let known = context.workspace.names
    let names = options.names.isEmpty ? known : options.names.map(\.name)
    if let stranger = names.first(where: { !known.contains($0) }) {
      throw Problem.unknownName(stranger, among: known, of: "name", about: command.word(\.names))
    }
    for name in names { context.workspace[name] = nil }
    BufferCache.trim()
    return nil
  }
}

struct SetSeed {
  @Required var seed: Int

  static let command = Command(
    name: "seed", summary: "Set the seed of everything random from here on; it is 0 at the start.",
    details: """
      The same seed and the same commands give the same numbers, to the bit, on the same kind of processor. What a command draws depends on the \
      seed and not on what ran before. Each turn of a loop makes a seed of its own from it: turns differ, and the cell run again repeats them. A seed \
      that is set within a turn is used as it is for the rest of that turn: begin turns with `seed 0` to compare settings on the same draws.
      """,
    group: "Session", defaults: SetSeed(),
    arguments: [Argument("seed", \.$seed, "Any whole number")],
    examples: [
      "seed 42",
      Example(
        code: "for i in 0..<3 {\n  seed i\n  show (sample few 5)\n}",
        setup: "few = load shapes train=64 test=10 size=16"),
    ]
  ) { options, context in
    context.session.seed = UInt64(bitPattern: Int64(options.seed))
    return nil
  }
}

enum ReadClock {
  static let command = Command(
    name: "clock", summary: "The seconds since the kernel started, to time several cells.",
    details: "To time a single command, write `time` before it.", gives: "number", group: "Session",
    examples: ["begin = clock\nx = 3\n(clock) - begin"]
  ) { _ in Number(Session.age) }
}
