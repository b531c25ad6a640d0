import Base
import Language
import Learning

extension FileTaken: Worded {
  var words: InputError {
    let keep = Train.command.word(\.keep)
    let owner =
      isOwn ? "another cell of this kernel" : "another kernel" + (process.map { " (process \($0))" } ?? "")
    return InputError(
      "\(owner) keeps a training in \(path) at this moment", option: keep,
      advice: "wait until it ends, or interrupt it; or name another file: \(keep)=…")
  }
}

extension KeepError: Worded {
  var words: InputError {
    let command = Train.command
    let (keep, fresh) = (command.word(\.keep), command.given(\.fresh, true))
    switch self {
    case .noTraining(let path):
      return InputError(
        "\(path) holds no training to go on with: another command or program wrote it", option: keep,
        advice: "name another file, or write over this one: \(fresh)")
    case .otherTraining(let path, let differences):
      let advice = differences.lazy.compactMap(\.advice).first ?? "give all as it was there"
      return InputError(
        "\(path) keeps another training: \(differences.map(\.words).joined(separator: "; "))", option: keep,
        advice: "\(advice); or name another file; or begin anew and write over it: \(fresh)")
    }
  }
}

extension TrainingDifference {
  fileprivate var words: String {
    func differ(_ name: String, _ there: String?, _ here: String?) -> String {
      "\(name) is \(there ?? "none") there and \(here ?? "none") here"
    }
    switch self {
    case .network(let name, let there, let here): return differ("the network's \(name)", there, here)
    case .method(let there, let here): return differ("the method", there, here)
    case .setting(let name, let there, let here): return differ("the method's \(name)", there, here)
    case .augmentation(let there, let here): return differ("the augmentation", there.cell, here.cell)
    case .images(let there, let here):
      return there == here
        ? "the images are others there, though as many"
        : "there it has \(counted(there, "image")), and here \(counted(here, "image"))"
    case .plan(let name, let there, let here): return differ("`\(Self.option(name))`", there, here)
    case .epochs(let there, let here, _):
      return differ("`\(Train.command.word(\.plan.epochs))`", Format.count(there), Format.count(here))
    case .seed(let there, let here): return differ("`\(Train.command.word(\.seed))`", "\(there)", "\(here)")
    case .best(let there, let here): return differ("`\(Train.command.word(\.best))`", there, here)
    case .weights(let isTrained):
      return isTrained
        ? "the model has learned here what it had not when that began"
        : "the model has other weights here than when that began"
    }
  }

  /// Advice for it, where it has any of its own.
  fileprivate var advice: String? {
    let command = Train.command
    switch self {
    case .epochs(let there, let here, let isFinished) where here > there && !isFinished:
      return "let it come to its end with \(command.given(\.plan.epochs, there)) first, and then extend it"
    case .weights: return "make the model anew, as it was made before that training"
    default: return nil
    }
  }

  /// The option that a setting of a plan has in a cell, by its name in files.
  private static func option(_ name: String) -> String {
    let options: [String: PartialKeyPath<Train>] = [
      "batch": \.plan.batch, "chunk": \.plan.chunk, "views": \.plan.views, "rule": \.plan.rule,
      "rate": \.plan.rate,
      "weightDecay": \.plan.weightDecay, "momentum": \.plan.momentum, "clip": \.plan.clip,
      "schedule": \.plan.schedule, "warmup": \.plan.warmup,
    ]
    return options[name].map(Train.command.word) ?? name
  }
}
