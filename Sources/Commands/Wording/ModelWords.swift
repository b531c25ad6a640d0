import Base
import Language
import Learning

private let damaged = "the file is damaged: use another copy, or save the model again"

extension ModelError: Worded {
  var words: InputError {
    switch self {
    case .busy:
      InputError(
        "another cell works with this model",
        advice:
          "wait for it, or interrupt it; what training has measured so far can be shown and plotted meanwhile"
      )
    }
  }
}

extension ModelFileError: Worded {
  var words: InputError {
    let (open, save) = (Open.command, Save.command.name)
    switch self {
    case .undescribed(let path):
      return InputError(
        "\(path) holds weights, but not what model they belong to",
        advice: "\(open.name) takes a file that \(save) wrote")
    case .newer(let path, let format, let newest):
      return InputError(
        "\(path) was written by a newer version of Contrast: its format is \(format), and this version reads up to \(newest)",
        advice: "\(open.name) it with a newer version, or \(save) the model there for this one: "
          + "weights alone \(open.name) with \(open.word(\.into))=")
    case .unclear(let path):
      return InputError("\(path) says of its model what this version does not understand", advice: damaged)
    case .normalisation(let path):
      return InputError("\(path) holds a normalisation that is not three means and three spreads")
    case .method(let path, let error):
      let words = error.words
      return InputError(
        "\(path) says of its method what cannot be: \(words.message)", advice: words.advice)
    case .size(let path, let weights, let numbers):
      return InputError(
        "\(path) names a network of \(counted(weights, "weight")), and holds \(counted(numbers, "number"))",
        advice: damaged)
    case .history(let path, .newerTraining):
      return InputError(
        "\(path) holds a training that a newer version of Contrast keeps",
        advice: "go on with it, or \(open.name) it, by that version")
    case .noBest(let path):
      return InputError(
        "\(path) has no weights of a best epoch", option: open.word(\.best),
        advice:
          "\(Train.command.name) … \(Train.command.word(\.keep))= keeps them with \(Train.command.given(\.best, .knn)), from its first measured epoch on"
      )
    case .history(let path, let fault):
      return InputError(
        "\(path) tells of a training that cannot have been: \(fault.words)", advice: damaged)
    }
  }
}

extension MethodError: Worded {
  var words: InputError {
    switch self {
    case .untold: InputError("neither a temperature nor classes are there")
    case .unknown(let method, let known):
      InputError(
        "the method \(method) is not known to this version",
        advice: "known: \(known.joined(separator: ", "))")
    case .lacks(let method, let setting): InputError("the method \(method) lacks its \(setting)")
    case .many(let method, let setting, let count):
      InputError("the method \(method) has \(counted(count, "number")) as its \(setting)")
    case .number(let method, let setting, let number):
      InputError("the method \(method) has \(written(number)) in its \(setting)")
    case .choice(let method, let setting, let word):
      InputError("the method \(method) has \(word) as its \(setting)")
    case .form(let form): InputError("the loss NT-Xent has no form \(form)")
    case .loss(let error): error.words
    case .classes(let method, let count):
      InputError("the method \(method) has \(counted(count, "class")), or no seed")
    }
  }
}

extension HistoryFault {
  fileprivate var words: String {
    switch self {
    case .column(let name, let count): "\(name) does not hold \(counted(count, "number"))"
    case .noCount(let name, let value): "\(name) holds \(value), which is not a count"
    case .stepNumber(let number): "an epoch has the step number \(number)"
    case .batch(let batch): "a batch of \(counted(batch, "image"))"
    case .chance: "a chance level of the loss that is NaN"
    case .chanceLevel(let value, let step): "a chance level of \(value) from step \(step) on"
    case .step(let loss, let rate, let metrics, let values):
      "a step with a loss of \(loss), a rate of \(rate) and "
        + zip(metrics, values).map { "\($0.title) of \($1)" }.joined(separator: ", ")
    case .epochOrder(let number, let before): "epoch \(number) follows \(before)"
    case .epochSteps(let done, let epoch, let all):
      "epoch \(epoch) ends after \(done) of \(counted(all, "step"))"
    case .epochNumbers(let epoch): "epoch \(epoch) has numbers that mean nothing"
    case .measurementOrder(let epoch): "it was measured after epoch \(epoch)"
    case .measurement(let epoch): "what was measured after epoch \(epoch) means nothing"
    case .frames: "the points of its map are not those of so many images"
    case .newerTraining: "its training was kept by a newer version"
    case .plan: "a training with a plan that cannot be carried out"
    case .best: "a best epoch that it has not had"
    case .extended: "more epochs before its plan than it has had"
    case .place(let done, let all):
      "a training that was cut short after \(done) of \(counted(all, "step")), and its history"
    }
  }
}
