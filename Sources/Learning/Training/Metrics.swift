import Base

/// Every metric that a training has or may be watched by. A file names them, so a name once given stays.
extension Metric {
  public static let loss = Metric("loss", unit: .nats, better: .lower)
  /// The share of views whose other view is their nearest of all, or whose class has the highest score.
  public static let top1 = Metric("top1", title: "top-1", unit: .share, better: .higher)

  /// Mean size of the correlation of two outputs between the views of a batch.
  public static let correlation = Metric("correlation", better: .lower)
  /// VICReg's three parts: mean squared difference of two views, how much less than 1 outputs deviate, and squares of covariances.
  public static let invariance = Metric("invariance", better: .lower)
  public static let variance = Metric("variance", title: "lack of variance", better: .lower)
  public static let covariance = Metric("covariance", better: .lower)
  /// Prototypes in use: e to the entropy of the mean of all shares.
  public static let prototypes = Metric("prototypes", title: "prototypes in use", better: .higher)
  /// Entropy of the shares of an image, mean over images.
  public static let entropy = Metric("entropy", title: "entropy of an image", unit: .nats)

  /// Accuracy of a vote of nearest neighbours by h.
  public static let knn = Metric("knn", unit: .share, better: .higher)
  /// Accuracy of a linear classifier on h.
  public static let probe = Metric("probe", unit: .share, better: .higher)
  /// Mean squared distance of the two views of an image, by z (Wang and Isola, 2020).
  public static let alignment = Metric("alignment", better: .lower)
  /// Log of the mean Gaussian potential of all pairs, by z (Wang and Isola, 2020).
  public static let uniformity = Metric("uniformity", better: .lower)
  /// Mean standard deviation of normalised z times √d: 1 on the whole sphere, 0 where all outputs are alike.
  public static let spread = Metric("spread", better: .higher)
  /// Dimensions of h that are filled (RankMe; Garrido et al., 2023).
  public static let effectiveRank = Metric("rank", better: .higher)
  public static let positivesTop1 = Metric(
    "positives_top1", title: "positives top-1", unit: .share, better: .higher)
  public static let positivesTop5 = Metric(
    "positives_top5", title: "positives top-5", unit: .share, better: .higher)
  /// At which place the other view of an image is found.
  public static let positivesRank = Metric("positives_rank", better: .lower)

  private static let known = Dictionary(
    uniqueKeysWithValues: [
      loss, top1, correlation, invariance, variance, covariance, prototypes, entropy, knn, probe, alignment,
      uniformity, spread, effectiveRank, positivesTop1, positivesTop5,
      positivesRank,
    ].map { ($0.name, $0) })

  /// The metric of that name; one that is not known to this version is a plain number.
  package static func named(_ name: String) -> Metric { known[name] ?? Metric(name) }
}
