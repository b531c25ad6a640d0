import Base
import Images
import Language

extension PixelStoreError: Worded {
  var words: InputError {
    let command = LoadFolder.command
    switch self {
    case .memory(let count, let size, let fittingSize, let fittingCount, let memory):
      let fitting = [
        fittingSize.flatMap { $0 >= 8 ? command.given(\.size, $0) : nil },
        fittingCount.map { counted($0, "image") },
      ].compactMap { $0 }
      return InputError(
        "a set of \(counted(count, "image")) of \(size)×\(size) pixels", lacks: memory,
        option: command.word(\.size),
        advice: fitting.isEmpty ? nil : "what fits is " + fitting.joined(separator: " or "))
    case .allocation(let count, let size):
      return InputError(
        "there is no memory for \(counted(count, "image")) of \(size)×\(size) pixels",
        option: command.word(\.size), advice: "use a smaller size or fewer images")
    }
  }
}

extension ImageSetError: Worded {
  var words: InputError {
    switch self {
    case .bytes(let bytes, let size):
      InputError("\(counted(bytes, "byte")) are not images of \(size) × \(size) RGB pixels")
    case .labels(let labels, let images):
      InputError("\(counted(labels, "label")) for \(counted(images, "image"))")
    case .label(let label, let classes):
      InputError("label \(label) names none of the \(counted(classes, "class"))")
    case .size(let size):
      InputError("a size of \(size) pixels is not possible", option: LoadFolder.command.word(\.size))
    case .noneToDraw(let name):
      InputError("`\(name)` holds no images to draw from", option: Sample.command.word(\.$images))
    case .sample(let count, let all):
      InputError(
        "\(counted(count, "image")) cannot be drawn from \(all)", option: Sample.command.word(\.count),
        advice: all == 1 ? "Ask for 1." : "Ask for 1 to \(all).")
    case .unlabelled(let name):
      InputError("`\(name)` has no labels to draw by", option: Sample.command.word(\.$images))
    case .perClass(let count, let name, let few, let counts): tooFew(count, name, few, counts)
    case .share(let share):
      InputError(
        "a share is between 0 and 1, not \(written(share))",
        advice: "\(Split.command.name) 0.8 keeps 80 %.")
    case .indivisible(let name, let count):
      InputError(
        "`\(name)` holds \(count == 0 ? "no images" : "one image"), which cannot be divided",
        option: Split.command.word(\.$images))
    case .emptyPart(let share, let count):
      InputError(
        "a share of \(written(share)) leaves one part of \(counted(count, "image")) empty",
        option: Split.command.word(\.$share))
    }
  }
}

private func tooFew(_ count: Int, _ name: String, _ few: [String], _ counts: [Int]) -> InputError {
  let command = Sample.command
  let have = zip(few, counts).map { "\($0) has \(counted($1, "image"))" }
  let least = counts.min() ?? 0
  return InputError(
    "\(counted(count, "image")) of each class cannot be drawn from `\(name)`: \(firstFew(have, most: 8))",
    option: command.word(\.perClass),
    advice: (least > 0 ? "Ask for \(command.given(\.perClass, least)) or fewer, or choose" : "Choose")
      + " the classes that have enough: images[[\"…\", \"…\"]].")
}

extension ShapesError: Worded {
  var words: InputError {
    let command = LoadShapes.command
    switch self {
    case .size(let size, let range):
      return InputError(
        "shapes are drawn at \(range.lowerBound) to \(range.upperBound) pixels, not at \(size)",
        option: command.word(\.size))
    case .trainCount(let count):
      return InputError("\(count) is not a number of images to make", option: command.word(\.train))
    case .testCount(let count):
      return InputError("\(count) is not a number of images to make", option: command.word(\.test))
    case .memory(let error):
      let words = error.words
      return InputError(words.message, option: command.word(\.train), advice: words.advice)
    }
  }
}

extension AugmentationError: Worded {
  var words: InputError {
    switch self {
    case .scale(let scale):
      return InputError(
        "a crop keeps a share of the image above 0 and up to 1, not \(scale.written)",
        option: Crop.command.word(\.scale), advice: "Try \(Crop.command.given(\.scale, 0.2...1)).")
    case .ratio(let ratio):
      return InputError(
        "the ratio of width to height is above 0, not \(ratio.written)", option: Crop.command.word(\.ratio),
        advice: "Try \(Crop.command.given(\.ratio, 0.75...1.33)).")
    case .strength(let strength, let value):
      let option =
        switch strength {
        case .brightness: Jitter.command.word(\.brightness)
        case .contrast: Jitter.command.word(\.contrast)
        case .saturation: Jitter.command.word(\.saturation)
        }
      return InputError("`\(option)` is a strength of 0 or more, not \(value.written)", option: option)
    case .hue(let hue):
      let option = Jitter.command.word(\.hue)
      return InputError(
        "`\(option)` is a share of the colour circle from 0 to 0.5, not \(hue.written)", option: option,
        advice: "0.1 is usual; 0.5 turns any colour into any other.")
    case .chance(let chance):
      return InputError(
        "a chance is between 0 and 1, not \(chance.written)", option: Flip.command.word(\.chance))
    case .threshold(let threshold):
      let option = Solarise.command.word(\.threshold)
      return InputError(
        "`\(option)` is a brightness from 0 to 1, not \(threshold.written)", option: option,
        advice: "Try \(Solarise.command.given(\.threshold, 0.5)).")
    case .margin(let margin):
      let option = Pad.command.word(\.margin)
      return InputError(
        "`\(option)` is a number of pixels from 0 to 1024, not \(margin)", option: option,
        advice: "Try \(Pad.command.given(\.margin, 4)).")
    case .sigma(let sigma):
      let option = Blur.command.word(\.sigma)
      return InputError(
        "`\(option)` is a width in pixels above 0, not \(sigma.written)", option: option,
        advice: "Try \(Blur.command.given(\.sigma, 0.1...2)).")
    case .notJitter(let augmentation):
      return InputError(
        "only a jitter works on normalised numbers, not \(augmentation.cell)",
        option: Jitter.command.word(\.normalised))
    case .noChoices:
      let name = Either.command.name
      return InputError(
        "`\(name)` needs something to choose from",
        advice: "\(name) [\(Flip.command.name)] [\(Grey.command.name)]")
    }
  }
}
