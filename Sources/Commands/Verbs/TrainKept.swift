import Base
import Language
import Learning
import Networks
import Tensors

extension Train {
  /// File that the training is kept in; nil for none. Throws where options for that stand alone, or make no sense.
  func keeping() throws -> Keep? {
    let command = Self.command
    guard let keep else {
      let stray: [String?] = [
        every == KeepInterval.usual ? nil : command.word(\.every), best.map { _ in command.word(\.best) },
        fresh ? command.word(\.fresh) : nil,
      ]
      guard let first = stray.lazy.compactMap({ $0 }).first else { return nil }
      throw Problem(
        "`\(first)` is of a training that is kept in a file, and no file is named", about: first,
        advice: "add \(command.given(\.keep, FilePath("runs/night.safetensors"))), or leave out \(first)=")
    }
    if resume {
      throw Problem(
        "a training that is kept goes on by itself", about: command.word(\.resume),
        advice: "leave out \(command.given(\.resume, true)), and give the plan as it was")
    }
    if let best, best.metric == nil {
      throw Problem(
        "a \(best.rawValue) is no number, so no epoch has the best", about: command.word(\.best),
        advice: "try \(command.given(\.best, .knn)), or \(command.given(\.best, .alignment)) without labels")
    }
    return Keep(keep.path, every: every.interval, best: best?.metric, isFresh: fresh)
  }

  /// Trains by `keep`, and tells what becomes of it.
  func train(by keep: Keep, watch: Watch?, run: Run, host: any Host) throws {
    let (model, command) = (model.model, Self.command)
    let steps = model.history.steps.count
    let fresh = "\(command.given(\.fresh, true)) begins anew and writes over it"
    do {
      try Learning.train(model, on: on.set, plan: plan, keep: keep, watch: watch, run: run) { note in
        host.write("\(note.words(keep, plan))\n")
      }
    } catch let error as FileError {
      let words = error.words
      let isTrained = model.history.steps.count > steps
      throw InputError(
        words.message, option: command.word(\.keep),
        advice: isTrained
          ? "The model has all that it learned: \(Save.command.name) it elsewhere, or make room and run the cell again."
          : words.advice)
    } catch let error as any Worded where error is WeightFileError || error is ModelFileError {
      let words = error.words
      throw InputError(
        words.message, option: command.word(\.keep),
        advice: [words.advice, fresh].compactMap { $0 }.joined(
          separator: " Or \(command.word(\.keep))= with another name; "))
    }
  }
}

extension Keep {
  /// Error of a cell whose training was interrupted.
  func interrupted(_ model: ContrastiveModel) -> Problem {
    let state = model.interruptedTraining
    let done = state.map { "after \(Format.count($0.done)) of \(Format.counted($0.stepCount, "step"))" }
    return Problem(
      "training stopped \(done ?? "before its first step")",
      advice: "run the cell again, here or in a new kernel: it goes on as \(path) stands", kind: .interrupted)
  }
}

extension KeepNote {
  fileprivate func words(_ keep: Keep, _ plan: TrainingPlan) -> String {
    let command = Train.command
    func kept(_ age: Double?) -> String {
      age.map { "kept \(Format.time($0)) ago in \(keep.path)" } ?? "kept in \(keep.path)"
    }
    switch self {
    case .continues(let epoch, let epochs, let age):
      return "continues at epoch \(Format.count(epoch)) of \(Format.count(epochs)), \(kept(age))"
    case .isFinished(let epochs, let age):
      return
        "finished already: \(Format.counted(epochs, "epoch")), \(kept(age)); \(command.given(\.fresh, true)) trains anew"
    case .extends(let from, let to):
      return
        "extends a finished training of \(Format.counted(from, "epoch")) to \(Format.count(to)): over the further \(Format.count(to - from)) "
        + "the learning rate \(plan.scheduleWords), with a fresh optimiser, as a second \(command.name) would have it"
    case .failed(let error):
      let reason = (error as? any Worded)?.words.message ?? "\(error)"
      return
        "\(reason.hasSuffix(".") ? String(reason.dropLast()) : reason): the training was not kept just now; the file of before is as it was"
    }
  }
}

extension TrainingPlan {
  /// "begins anew at 0.001 and falls along half a cosine to 0"
  fileprivate var scheduleWords: String {
    let rise = warmup > 0 ? " after \(Train.command.given(\.plan.warmup, warmup))" : ""
    return switch schedule {
    case .constant: "stays at \(written(rate))\(rise)"
    case .cosine: "begins anew at \(written(rate))\(rise) and falls along half a cosine to 0"
    case .steps: "begins anew at \(written(rate))\(rise) and falls to a tenth of it twice"
    }
  }
}
