import Base
import Images
import Networks
import Tensors

/// A way to learn from views: what is trained beside the encoder, what is kept, and the loss that a step makes smaller.
///
/// One file per method, one entry in `Methods.all`, and one command that makes a model of it. `TrainingStep.take` says when each
/// part is asked for. `N` is the number of images of a batch, and all first views of a group stand before all second views.
///
/// Like the encoder's layers, a method belongs to the thread that has the model for itself: it is reached by a `ModelLease`.
public protocol Method: MethodFacts {
  /// Reads settings. Throws `MethodError` where they are not those of this method.
  static func describe(_ settings: MethodSettings, on encoder: NetworkDescription) throws -> MethodDescription

  // MARK: What is trained, and what is kept

  /// Layers that are trained beside the encoder, each with what the names of its parameters begin with: "head.".
  var layers: [(prefix: String, layer: any Layer)] { get }

  /// Tensors that are kept beside the weights and never stepped: a twin's weights, a queue, a centre. A file holds it, and it is put back
  /// with the weights where a training diverges. Buffers only.
  var kept: State { get }

  // MARK: A step

  /// Rows that the loss sees, from representations h: z, and behind it what else is made of it, such as a prediction. Where a method does
  /// not say otherwise, the first of `layers` makes z, and the rows are z. Shapes: h `[n·views, encoder.outputWidth]`, result
  /// `[n·outputs, rowWidth]`, with the numbers of views and outputs of the group.
  func outputs(of h: Tensor, group: Int, saving tape: inout Tape) -> Tensor

  /// Adds to the gradients of `layers`, and returns ∂loss/∂h.
  func backward(_ dz: Tensor, group: Int, from tape: inout Tape) -> Tensor

  /// The way of views through the encoder to the rows that the loss sees, and back. Where a method does not say otherwise, the
  /// encoder makes h, and `outputs` rows of that. Shapes: views `[n·views, side, side, 3]`, h `[n·views, encoder.outputWidth]`.
  func forward(
    _ views: Tensor, through encoder: any Networks.Encoder, group: Int, saving tape: inout Tape
  ) -> (h: Tensor, rows: Tensor)

  /// Adds to the gradients of `layers` and of the encoder.
  func backward(
    _ dz: Tensor, through encoder: any Networks.Encoder, group: Int, from tape: inout Tape)

  /// Constants that the loss compares the outputs with, such as the outputs of a twin, as many rows as the outputs;
  /// nil where there is no such thing. Shape of `views`: `[n·views, side, side, 3]`; `tape` is one of training that keeps nothing for a
  /// backward pass, and moves running statistics once the step is whole.
  func targets(of views: Tensor, group: Int, saving tape: inout Tape) -> Tensor?

  /// The loss of a whole batch and its gradient. Changes nothing but gradients of `layers` that are used here. Throws where the loss itself
  /// says that it has no value, as one that somebody wrote.
  func loss(of batch: MethodBatch, pass: Pass) throws -> MethodLoss

  /// The encoder that the finished model is judged and used by, where that is another one than the encoder that is trained: a teacher. And
  /// the z of its representations.
  var judgedEncoder: (any Networks.Encoder)? { get }
  func judgedZ(of h: Tensor, saving tape: inout Tape) -> Tensor

  /// Called when the gradients are whole, before they are used: says which parameters have a rate of their own (`Parameter.pace`).
  func beginUpdate(at step: MethodStep)

  /// Called after the update of a whole step: moves what is kept.
  func finishStep(_ step: MethodStep, batch: MethodBatch)

  /// Called before a training by `batch` images a step. `isTrained` says whether the model has learned before. Throws where the method
  /// cannot learn from these images, or not so.
  func prepare(for images: ImageSet, batch: Int, isTrained: Bool) throws
}

/// Facts of a method that do not change with its weights: may be read from any thread.
public protocol MethodFacts: AnyObject {
  /// Name of the method in model files.
  static var name: String { get }

  /// Settings in model files; `MethodDescription` makes the method again.
  var settings: MethodSettings { get }

  /// Length of an output z.
  var outputWidth: Int { get }

  /// Length of a row that the loss sees, which begins with z where there is one.
  var rowWidth: Int { get }

  /// Whether those rows begin with z. Otherwise z is made of h for judging alone.
  var rowsBeginWithZ: Bool { get }

  /// The groups of views that a step needs of each image, made for an encoder of pictures of `side`×`side` pixels.
  func viewGroups(of augmentation: Augmentation, side: Int) -> [ViewGroup]

  /// Name of the loss: "NT-Xent loss".
  var lossName: String { get }

  /// Metrics of each step besides the loss, in the order of `MethodLoss.metrics`.
  var metrics: [Metric] { get }

  /// The loss of a model that knows nothing, with `batch` images a step, where there is such a level.
  func chance(batch: Int) -> Double?

  /// Lower bound of the loss, where that is known and not 0. A model all of whose outputs are alike may have it too.
  var floor: Double? { get }

  /// The classes that the outputs are scores of; nil where they are none. Empty before they are known.
  var classes: [String]? { get }

  /// Whether a step needs the labels of its images.
  var needsLabels: Bool { get }

  /// Freeze and learning rates of the encoder beside the head. Views go through a frozen encoder and `outputs`, never through `forward`.
  var fineTuning: FineTuning { get }

  /// Throws while there are no outputs z.
  func checkOutputs() throws
}

extension MethodFacts {
  public var rowWidth: Int { outputWidth }
  public var rowsBeginWithZ: Bool { true }
  public var floor: Double? { nil }
  public var classes: [String]? { nil }
  public var needsLabels: Bool { false }
  public var fineTuning: FineTuning { FineTuning() }
  public func checkOutputs() throws {}
}

extension Method {
  public var kept: State { State() }

  public func outputs(of h: Tensor, group: Int, saving tape: inout Tape) -> Tensor {
    layers[0].layer.forward(h, saving: &tape)
  }

  public func backward(_ dz: Tensor, group: Int, from tape: inout Tape) -> Tensor {
    layers[0].layer.backward(dz, from: &tape)
  }

  public func forward(
    _ views: Tensor, through encoder: any Networks.Encoder, group: Int, saving tape: inout Tape
  ) -> (h: Tensor, rows: Tensor) {
    let h = encoder.forward(views, saving: &tape)
    return (h, outputs(of: h, group: group, saving: &tape))
  }

  public func backward(
    _ dz: Tensor, through encoder: any Networks.Encoder, group: Int, from tape: inout Tape
  ) {
    let dh = backward(dz, group: group, from: &tape)
    _ = encoder.backward(dh, from: &tape)
  }

  public func targets(of views: Tensor, group: Int, saving tape: inout Tape) -> Tensor? { nil }
  public func beginUpdate(at step: MethodStep) {}
  public func finishStep(_ step: MethodStep, batch: MethodBatch) {}
  public func prepare(for images: ImageSet, batch: Int, isTrained: Bool) throws {}

  public var judgedEncoder: (any Networks.Encoder)? { nil }

  /// Outputs z of representations, without what else the loss sees of them.
  public func judgedZ(of h: Tensor, saving tape: inout Tape) -> Tensor {
    outputs(of: h, group: 0, saving: &tape).columns(0..<outputWidth)
  }

  /// The longest axis of what it trains.
  var widest: Int {
    layers.flatMap { State(of: $0.layer).parameters }.flatMap(\.value.shape).max() ?? 0
  }

  /// All that training changes or keeps beside the encoder, by name.
  public func collect(into state: inout State) {
    for (prefix, layer) in layers { layer.collect(into: &state, prefix: prefix) }
    for (name, entry) in kept.entries { state.add(name, entry.tensor, as: kept.format(of: name)) }
  }
}

/// A step's place in a training.
public struct MethodStep: Sendable {
  /// Number in this training, from 0, and how many steps that has.
  public let number: Int
  public let count: Int
  /// Steps of an epoch.
  public let perEpoch: Int
  /// The learning rate of the step, and the highest of the training.
  public let rate: Float
  public let peak: Float
  /// Whole epochs that the model had before this training.
  public let epochsBefore: Int

  public init(
    number: Int, of count: Int, perEpoch: Int, rate: Float, peak: Float, epochsBefore: Int = 0
  ) {
    (self.number, self.count, self.perEpoch) = (number, count, max(1, perEpoch))
    (self.rate, self.peak, self.epochsBefore) = (rate, peak, epochsBefore)
  }
}

/// Views of each image that go through the network together.
public struct ViewGroup: Sendable {
  /// Number of views of each image.
  public var views: Int
  /// Rows of output that the method makes of the views of one image: as many as views, unless it joins some.
  public var outputs: Int
  public var augmentation: Augmentation
  /// Side of a view in pixels.
  public var side: Int
  /// False for views of which only `Method.targets` is wanted: they do not go through the encoder.
  public var isTrained: Bool
  /// Task that is set with the finished views.
  public var task: ViewTask?

  public init(
    views: Int, outputs: Int? = nil, augmentation: Augmentation, side: Int, isTrained: Bool = true,
    task: ViewTask? = nil
  ) {
    (self.views, self.outputs, self.augmentation) = (views, outputs ?? views, augmentation)
    (self.side, self.isTrained, self.task) = (side, isTrained, task)
  }
}

extension ViewGroup {
  /// Two views of each image that go through the network one after the other, so that batch normalisation sees one view of each image.
  static func apart(_ augmentation: Augmentation, side: Int) -> [ViewGroup] {
    Array(repeating: ViewGroup(views: 1, augmentation: augmentation, side: side), count: 2)
  }
}

/// Inputs of the loss of a batch; each array has one element for each group of views.
public struct MethodBatch {
  /// `[N·outputs, rowWidth]`; no rows of a group that is not trained.
  public let outputs: [Tensor]
  /// From `Method.targets`.
  public let targets: [Tensor?]
  /// Answers of the views' task, `[N·views]`, or `[N]` where the views of an image are made together; nil where there is none.
  public let answers: [[Int]?]
  /// The classes of the N images, where the method needs labels.
  public let labels: [Int]?
  /// Indices of the N images in the set.
  public let images: [Int]
  /// Number of the step, from 0 over all trainings of the model, for random draws.
  public let step: Int

  public init(
    outputs: [Tensor], targets: [Tensor?]? = nil, answers: [[Int]?]? = nil, labels: [Int]? = nil,
    images: [Int] = [], step: Int = 0
  ) {
    self.outputs = outputs
    self.targets = targets ?? outputs.map { _ in nil }
    self.answers = answers ?? outputs.map { _ in nil }
    (self.labels, self.images, self.step) = (labels, images, step)
  }
}

/// The loss of a batch, in nats where it is a likelihood.
public struct MethodLoss {
  /// Not a number where an output is infinite or not a number.
  public let loss: Double
  /// ∂loss/∂outputs, one for each group of views.
  public let gradients: [Tensor]
  /// Values of `Method.metrics`, in their order.
  public let metrics: [Double]

  public init(loss: Double, gradients: [Tensor], metrics: [Double] = []) {
    (self.loss, self.gradients, self.metrics) = (loss, gradients, metrics)
  }

  /// The cross entropy of the outputs' only group, `[rows, classes]`, with the right class of each row, and the share of rows whose
  /// highest score is that (`Metric.top1`): methods that set a task with right answers.
  init(scores: Tensor, answers: [Int]) {
    let (loss, gradient) = crossEntropy(scores, labels: answers)
    let hits = zip(Judgement.highest(scores), answers).count { $0 == $1 }
    self.init(loss: loss, gradients: [gradient], metrics: [Double(hits) / Double(max(1, answers.count))])
  }

  var isFinite: Bool { loss.isFinite && gradients.allSatisfy(\.isFinite) }
}
