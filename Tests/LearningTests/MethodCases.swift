import Images
import Learning
import Networks
import Tensors

typealias MakeMethod = @Sendable (any Networks.Encoder, inout RandomStream) throws -> any Method

/// Methods at the sizes that `Fixtures/make_methods.py` has, under its names.
let methodCases: [(name: String, make: MakeMethod)] = [
  (
    "simsiam",
    { SimSiamMethod(inputWidth: $0.outputWidth, options: .init(head: [14, 10], predictor: 6), random: &$1) }
  ),
  (
    "simsiam-free",
    {
      SimSiamMethod(
        inputWidth: $0.outputWidth, options: .init(head: [14, 10], predictor: 6, stopsGradient: false),
        random: &$1)
    }
  ),
  (
    "byol",
    {
      try BYOLMethod(
        encoder: $0,
        options: .init(head: [14, 10], predictor: 6, momentum: TwinMomentum(0.9, rises: true)), random: &$1)
    }
  ),
  (
    "barlow",
    { BarlowTwinsMethod(inputWidth: $0.outputWidth, options: .init(head: [14, 10]), random: &$1) }
  ), ("vicreg", { VICRegMethod(inputWidth: $0.outputWidth, options: .init(head: [14, 10]), random: &$1) }),
  ("dcl", { try DecoupledMethod(head: plainHead($0, &$1), temperature: 0.1, isWeighted: false) }),
  ("dclw", { try DecoupledMethod(head: plainHead($0, &$1), temperature: 0.1, isWeighted: true) }),
  ("supcon", { try SupConMethod(head: plainHead($0, &$1), temperature: 0.2) }),
  (
    "moco",
    {
      try MoCoMethod(
        encoder: $0,
        options: .init(head: [14, 10], queue: 45, momentum: TwinMomentum(0.9, rises: false)), random: &$1)
    }
  ),
  (
    "moco-one-sided",
    {
      try MoCoMethod(
        encoder: $0,
        options: .init(
          head: [14, 10], queue: 45, momentum: TwinMomentum(0.9, rises: false), isSymmetric: false),
        random: &$1)
    }
  ),
  (
    "mocov3",
    {
      try MoCoV3Method(
        encoder: $0,
        options: .init(head: [14, 10], predictor: 12, momentum: TwinMomentum(0.9, rises: true)), random: &$1)
    }
  ),
  (
    "nnclr",
    {
      try NNCLRMethod(
        inputWidth: $0.outputWidth, options: .init(head: [14, 10], predictor: 6, queue: 25), random: &$1)
    }
  ),
  (
    "swav",
    {
      try SwAVMethod(
        encoder: $0.description,
        options: .init(head: [14, 10], prototypes: 7, queue: 20, small: SmallViews(2)), random: &$1)
    }
  ),
  (
    "swav-plain",
    {
      try SwAVMethod(
        encoder: $0.description, options: .init(head: [14, 10], prototypes: 7), random: &$1)
    }
  ),
  (
    "dino",
    {
      try DINOMethod(
        encoder: $0,
        options: .init(
          head: [14, 10], prototypes: 7, momentum: TwinMomentum(0.9, rises: true), small: SmallViews(2)),
        random: &$1)
    }
  ), ("rotation", { RotationMethod(inputWidth: $0.outputWidth, random: &$1) }),
  ("jigsaw", { try JigsawMethod(encoder: $0.description, options: .init(head: [14]), random: &$1) }),
  (
    "pirl",
    {
      try PIRLMethod(
        encoder: $0.description, options: .init(width: 10, temperature: 0.2, negatives: 10),
        bank: .init(images: 20), random: &$1)
    }
  ),
  (
    "dino-warm",
    {
      try DINOMethod(
        encoder: $0,
        options: .init(
          head: [14, 10], prototypes: 7, teacherTemperature: 0.07, warmUp: .init(from: 0.04, epochs: 3),
          momentum: TwinMomentum(0.9, rises: true), small: SmallViews(2)),
        random: &$1)
    }
  ), ("simclr-clipped", { SimCLRMethod(head: plainHead($0, &$1), loss: try NTXent(temperature: 0.5)) }),
  (
    "mae",
    {
      try MAEMethod(
        encoder: $0.description, options: .init(decoder: .init(width: 8, layers: 1, heads: 2)), random: &$1)
    }
  ),
]

/// The norm to which a case clips its gradients.
func clip(of name: String) -> Float? { name == "simclr-clipped" ? 0.5 : nil }

/// The network that a method asks for, of images of 16×16; nil for any.
func ownEncoder(of name: String) throws -> NetworkDescription? {
  name == "mae" ? try .vit(.standard, layers: 2, heads: 2, width: 12, patch: 4, size: 16, dropout: 0) : nil
}

func plainHead(_ encoder: any Networks.Encoder, _ random: inout RandomStream) -> ProjectionHead {
  ProjectionHead(input: encoder.outputWidth, widths: [14, 10], random: &random)
}
