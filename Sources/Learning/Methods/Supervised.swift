import Base
import Glibc
import Images
import Networks
import Synchronization
import Tensors

/// Reasons why a model cannot learn by the labels of images, which are given by name, or has no scores yet.
public enum SupervisedError: Error, Equatable {
  case unlabelled(String)
  case oneClass(String)
  case otherClasses(String, [String], known: [String])
  case noClasses
}

/// Learning by labels, from nothing or from where another model's encoder stands: each of the two views of a picture is classified by
/// one linear layer, and the loss is the mean cross entropy. The layer is made when the first training says what classes there are.
public final class SupervisedMethod: Method {
  public static let name = "supervised"

  private let inputWidth: Int
  /// Seeds the head, which is made when the classes are known.
  private let seed: UInt64
  public let fineTuning: FineTuning
  private let guardedTask: Mutex<Task>

  /// Head and classes, which change together when a model meets its classes.
  ///
  /// Sendable: it is read and replaced as a whole under a lock, and what the head holds is changed only by the thread that has the
  /// model for itself.
  private struct Task: @unchecked Sendable {
    var head: ProjectionHead
    var classes: [String]
  }

  public init(inputWidth: Int, seed: UInt64, fineTuning: FineTuning = FineTuning()) {
    self.inputWidth = inputWidth
    self.seed = seed
    self.fineTuning = fineTuning
    let task = Task(head: ProjectionHead(input: inputWidth, widths: []), classes: [])
    guardedTask = Mutex(task)
  }

  /// The layer that scores the classes; without any before they are known.
  package var head: ProjectionHead { guardedTask.withLock { $0 }.head }
  public var classes: [String]? { guardedTask.withLock { $0.classes } }

  public func viewGroups(of augmentation: Augmentation, side: Int) -> [ViewGroup] {
    [ViewGroup(views: 2, augmentation: augmentation, side: side)]
  }

  public var layers: [(prefix: String, layer: any Layer)] { [("head.", head)] }
  public var outputWidth: Int { head.outputWidth }
  public var needsLabels: Bool { true }

  public func loss(of batch: MethodBatch, pass: Pass) -> MethodLoss {
    guard let labels = batch.labels else { preconditionFailure("needsLabels is true") }
    return MethodLoss(scores: batch.outputs[0], answers: labels + labels)
  }

  public func beginUpdate(at step: MethodStep) {
    for parameter in State(of: head).parameters { parameter.pace = .times(fineTuning.headRate) }
  }

  public var lossName: String { "Cross entropy" }
  public var metrics: [Metric] { [.top1] }
  public func chance(batch: Int) -> Double? { log(Double(max(1, classes?.count ?? 0))) }

  public func prepare(for images: ImageSet, batch: Int, isTrained: Bool) throws {
    guard images.labels != nil else {
      throw SupervisedError.unlabelled(images.name)
    }
    // Too few images are told by the plan.
    guard images.count < 2 || images.presentClasses.count > 1 else {
      throw SupervisedError.oneClass(images.name)
    }
    let known = classes ?? []
    guard images.classes != known else { return }
    guard !isTrained else {
      throw SupervisedError.otherClasses(images.name, images.classes, known: known)
    }
    learn(images.classes)
  }

  /// Begins with a new head for these classes.
  func learn(_ classes: [String]) {
    let head = ProjectionHead(input: inputWidth, widths: [classes.count], seed: seed)
    let task = Task(head: head, classes: classes)
    guardedTask.withLock { $0 = task }
  }

  public func checkOutputs() throws {
    if classes == [] {
      throw SupervisedError.noClasses
    }
  }

  // MARK: - Files

  public var settings: MethodSettings {
    var settings = Self.settings(classes: classes ?? [], seed: seed)
    if fineTuning != FineTuning() { fineTuning.write(to: &settings) }
    return settings
  }

  static func settings(classes: [String], seed: UInt64) -> MethodSettings {
    // As two halves, since a Double holds 53 bits.
    let halves = [Double(seed >> 32), Double(seed & 0xFFFF_FFFF)]
    return MethodSettings(name, ["classes": .texts(classes), "seed": .numbers(halves)])
  }

  public static func describe(_ settings: MethodSettings, on encoder: NetworkDescription) throws
    -> MethodDescription
  {
    let classes = try settings.texts("classes")
    let halves = try settings.wholes("seed", in: 0...0xFFFF_FFFF, most: 2)
    guard classes.count <= 65_536, halves.count == 2 else {
      throw MethodError.classes(name, classes.count)
    }
    let seed = UInt64(halves[0]) << 32 | UInt64(halves[1])
    let fineTuning = try FineTuning(from: settings)
    let widths = classes.isEmpty ? [] : [classes.count]
    let count = ProjectionHead.parameterCount(input: encoder.outputWidth, widths: widths)
    return MethodDescription(weightCount: count) {
      let method = SupervisedMethod(inputWidth: $0.outputWidth, seed: seed, fineTuning: fineTuning)
      if !classes.isEmpty { method.learn(classes) }
      return method
    }
  }
}
