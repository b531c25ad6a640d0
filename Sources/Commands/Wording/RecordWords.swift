import Base
import Records

extension RunLogError: Worded {
  var words: InputError {
    let option = Record.command.word(\.path)
    switch self {
    case .notSQLite(let path):
      return InputError(
        "\(path) is no log of runs: it is no SQLite file.", option: option,
        advice: "Name another file; one that is not there is made.")
    case .notALog(let path):
      return InputError(
        "\(path) is an SQLite file of another program.", option: option,
        advice: "Name another file; one that is not there is made.")
    case .newer(let path, let format):
      return InputError(
        "\(path) was written by a later version of Contrast (format \(format)).", option: option,
        advice: "Open it with that version, or record to another file.")
    case .corrupt(let path):
      return InputError(
        "\(path) is damaged.", option: option,
        advice: "Record to another file. SQLite's own program reads what is left: `sqlite3 \(path) .recover`."
      )
    case .locked(let path):
      return InputError(
        "Another program has been writing to \(path) for a minute.", option: option,
        advice: "Wait for it, or record to another file.")
    case .missing(let path):
      return InputError(
        "There is no file \(path).", option: option, advice: "\(Record.command.name) makes one.")
    case .unusable(let path, let reason):
      return InputError(
        "\(path) cannot be used as a log: \(reason).", option: option,
        advice: "Look at its folder and at whether it is yours, or name another file.")
    }
  }
}
