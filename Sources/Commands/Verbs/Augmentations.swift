import Images
import Language

// Each command makes a random change of a picture; a list of them is done one after another.

struct Crop {
  var scale: ClosedRange<Float> = 0.2...1
  var ratio: ClosedRange<Float> = 0.75...4 / 3

  static let command = Command(
    name: "crop", summary: "Crop a random part and resize it to the full size.", gives: "augmentation",
    group: "Augmentation", defaults: Crop(),
    options: [
      Option("scale", \.scale, "Range of the share of the area that is kept"),
      Option("ratio", \.ratio, "Range of the ratio of width to height of the crop"),
    ],
    examples: ["crop scale=[0.7, 1.0] ratio=[0.8, 1.2]"]
  ) { options, _ in AugmentationValue(try .crop(scale: options.scale, ratio: options.ratio).validated()) }
}

struct Flip {
  var chance: Float = 0.5

  static let command = Command(
    name: "flip", summary: "Flip horizontally, at random.", gives: "augmentation", group: "Augmentation",
    defaults: Flip(), options: [Option("chance", \.chance, "Probability", in: 0...1)],
    examples: ["flip chance=0.3"]
  ) { options, _ in AugmentationValue(try .flip(chance: options.chance).validated()) }
}

struct Jitter {
  var brightness: Float = 0.4
  var contrast: Float = 0.4
  var saturation: Float = 0.4
  var hue: Float = 0.1
  var chance: Float = 1
  var normalised = false

  static let command = Command(
    name: "jitter", summary: "Change brightness, contrast, saturation and hue at random, in random order.",
    details: """
      With normalised=true it does what the code behind the paper did: the values it works on are normalised already, (x − \
      mean)/deviation, and as it clamps them to 0…1, everything darker than the mean becomes the mean. The preset \
      `published` is Algorithm 1 with it.
      """,
    gives: "augmentation", group: "Augmentation", defaults: Jitter(),
    options: [
      Option("brightness", \.brightness, "Strength b: a random factor from 1 − b to 1 + b", in: 0...10),
      Option("contrast", \.contrast, "Strength b: a random factor from 1 − b to 1 + b", in: 0...10),
      Option("saturation", \.saturation, "Strength b: a random factor from 1 − b to 1 + b", in: 0...10),
      Option(
        "hue", \.hue, "Largest rotation of the colour circle, in turns, in either direction", in: 0...0.5),
      Option("chance", \.chance, "Probability", in: 0...1),
      Option("normalised", \.normalised, "Apply the changes to normalised values as if they were pixels"),
    ],
    examples: ["jitter brightness=0.1 contrast=0.1 saturation=0.1 hue=0.05"]
  ) { options, _ in
    let jitter = try Augmentation.jitter(
      brightness: options.brightness, contrast: options.contrast, saturation: options.saturation,
      hue: options.hue, chance: options.chance
    ).validated()
    return AugmentationValue(options.normalised ? .normalised(jitter) : jitter)
  }
}

struct Grey {
  var chance: Float = 0.1

  static let command = Command(
    name: "grey", summary: "Convert to grey, at random.", gives: "augmentation",
    group: "Augmentation", defaults: Grey(), options: [Option("chance", \.chance, "Probability", in: 0...1)],
    examples: ["grey chance=20%"]
  ) { options, _ in AugmentationValue(try .grey(chance: options.chance).validated()) }
}

struct Blur {
  var sigma: ClosedRange<Float> = 0.1...2
  var chance: Float = 0.5

  static let command = Command(
    name: "blur", summary: "Blur with a Gaussian of random width.",
    details: """
      The window of the Gaussian is a tenth of the image's side, as in SimCLR, or six sigma if that is more: on small images a \
      tenth would be three pixels and hardly blur.
      """,
    gives: "augmentation",
    group: "Augmentation",
    defaults: Blur(),
    options: [
      Option("sigma", \.sigma, "Range of the standard deviation of the Gaussian", unit: "pixels"),
      Option("chance", \.chance, "Probability", in: 0...1),
    ],
    examples: ["blur sigma=[0.1, 1.0] chance=0.5"]
  ) { options, _ in AugmentationValue(try .blur(sigma: options.sigma, chance: options.chance).validated()) }
}

struct Solarise {
  var threshold: Float = 0.5
  var chance: Float = 0.2

  static let command = Command(
    name: "solarise", summary: "Turn bright colours to their opposite, at random.",
    details: """
      Each number of a pixel from the threshold on becomes 1 minus itself. BYOL and its relatives use it on one view in five.
      """,
    gives: "augmentation", group: "Augmentation", defaults: Solarise(),
    options: [
      Option("threshold", \.threshold, "Brightness from which on a colour is turned", in: 0...1),
      Option("chance", \.chance, "Probability", in: 0...1),
    ],
    examples: ["solarise chance=20%"]
  ) { options, _ in
    AugmentationValue(
      try .solarise(threshold: options.threshold, chance: options.chance).validated())
  }
}

struct Pad {
  var margin = 4

  static let command = Command(
    name: "pad", summary: "Move an image by a few pixels at random; what comes in from outside is black.",
    details: "Usual for CIFAR-10 with labels, and for rotation, where a crop that is resized would blur.",
    gives: "augmentation", group: "Augmentation", defaults: Pad(),
    options: [Option("margin", \.margin, "Largest movement in either direction, in pixels", in: 0...1024)],
    examples: ["[(pad margin=4), flip]"]
  ) { options, _ in AugmentationValue(try .pad(options.margin).validated()) }
}

struct Either {
  var choices: [AugmentationValue] = []

  static let command = Command(
    name: "either", summary: "One of several augmentations, drawn anew for each view.",
    details:
      "Each is as likely as the others. Algorithm 1 of the paper is an example, and the preset `paper`.",
    gives: "augmentation", group: "Augmentation", defaults: Either(),
    arguments: [
      Argument.rest("choices", \.choices, "Augmentations or lists of augmentations", isRequired: true)
    ],
    examples: ["either [(crop scale=[0.7, 1.0]), (flip chance=0.3)] [(flip chance=0.3), jitter]"]
  ) { options, _ in AugmentationValue(try .either(options.choices.map(\.augmentation)).validated()) }
}

struct Asymmetric {
  @Required var first: AugmentationValue
  @Required var second: AugmentationValue

  static let command = Command(
    name: "asymmetric", summary: "Different augmentations for the two views of an image.",
    details: """
      The first view of each image is made by the first, the second by the second; where there are more views they take them in turn. BYOL, \
      Barlow Twins, MoCo v3, NNCLR and DINO were published so, with views that differ in blur and solarisation. It can be a step among \
      others, which both views then share. The preset `byol` is the published one (Grill et al. 2020, appendix B), made for images of 224 \
      pixels; at 32 pixels the blur is usually left out, as in the second example.
      """, gives: "augmentation", group: "Augmentation", defaults: Asymmetric(),
    arguments: [
      Argument("first", \.$first, "Augmentation of the first view, or a list of them"),
      Argument("second", \.$second, "Augmentation of the second view, or a list of them"),
    ],
    examples: [
      Example(
        code:
          "show few with=[crop, flip, (asymmetric (blur chance=1) [(blur chance=0.1), solarise])] count=6",
        setup: "few = load shapes train=100 test=10"),
      Example(
        code:
          "model = byol (cnn width=4 size=16) augment=[crop, flip, jitter, (asymmetric none solarise)]\nmodel"
      ),
    ]
  ) { options, _ in
    AugmentationValue(
      try .asymmetric([options.first.augmentation, options.second.augmentation]).validated())
  }
}

extension AugmentationValue {
  /// Throws `reason` where the views of an image are made in different ways.
  func checkAlike(for option: String, or reason: String) throws {
    guard augmentation.isAsymmetric else { return }
    throw Problem(
      reason, about: option,
      advice: "take one augmentation for all views, without `\(Asymmetric.command.name)`")
  }

  /// Throws where it is of two views, for a method that makes one of each image.
  func checkSingle(for option: String) throws {
    try checkAlike(for: option, or: "an image has one view here, and this makes two in different ways")
  }
}

extension Augmentation {
  func validated() throws -> Augmentation {
    try validate()
    return self
  }
}

extension AugmentationValue: OptionValue {
  static var words: [String] { ["paper", "published", "simclr", "byol", "none"] }

  static func word(_ word: String) -> AugmentationValue? {
    switch word {
    case "paper": AugmentationValue(.paper)
    case "published": AugmentationValue(.published)
    case "simclr": AugmentationValue(.simclr)
    case "byol": AugmentationValue(.byol)
    case "none": AugmentationValue(.none)
    default: nil
    }
  }

  /// The most steps of one augmentation.
  private static let mostSteps = 1_000

  /// An augmentation, or a list of them as one after another.
  static func read(_ value: any Value) throws -> AugmentationValue {
    var steps = 0
    return AugmentationValue(try read(value, steps: &steps).validated())
  }

  private static func read(_ value: any Value, steps: inout Int) throws -> Augmentation {
    steps += 1
    guard steps <= mostSteps else {
      throw Problem("an augmentation has at most \(Format.counted(mostSteps, "step"))", kind: .badValue)
    }
    if let value = value as? AugmentationValue { return value.augmentation }
    if let text = value as? Text, let preset = word(text.text) { return preset.augmentation }
    if let list = value as? List {
      return .sequence(try list.values.map { try read($0, steps: &steps) })
    }
    throw Mismatch(expected: "augmentation or list of them", found: value)
  }
}
