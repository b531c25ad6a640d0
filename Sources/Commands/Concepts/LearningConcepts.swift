extension Concepts {
  /// The task and its loss.
  static let learning: [Concept] = [
    Concept(
      name: "contrastive", title: "Contrastive learning", aliases: ["SimCLR"],
      nearby: ["self-supervised", "self-supervised learning", "unsupervised", "pretraining"],
      paragraphs: [
        "A network learns from images without labels. Two random views of the same image should get similar representations, views of different images dissimilar ones. It is one form of self-supervised learning; SimCLR is its simplest method.",
        "What both views share is kept, and what differs between them is discarded. The choice of augmentations therefore decides what is learned.",
      ],
      usage:
        "`simclr` makes the model of an encoder and a projection head, `train … on=` trains it, `embed … with=` applies it.",
      source:
        "T. Chen, S. Kornblith, M. Norouzi, G. Hinton: A simple framework for contrastive learning of visual representations. ICML 2020.",
      formula: "z = g(f(t(x))): similar for two views t(x), t′(x) of x, dissimilar for other images",
      latex: #"z_i = g(f(t(x))),\quad z_j = g(f(t'(x))):\quad s(z_i, z_j) \gg s(z_i, z_k)"#,
      picture: .cell("plot network (simclr (cnn width=16) head=[64, 32]) on=few"),
      caption: "One image, two random views, the same network for both, and the loss that compares them.",
      trial:
        "few = (load shapes train=200 test=50).train\nmodel = simclr (cnn width=8)\ntrain model on=few epochs=2 batch=50",
      related: ["positive", "ntxent", "augmentation"]),
    Concept(
      name: "augmentation", title: "Augmentation", aliases: ["data augmentation", "augment", "view"],
      paragraphs: [
        "A random change of an image that keeps its meaning: a crop, a mirroring, other colours. The result is called a view, and every step of training draws new ones.",
        "The network learns to ignore exactly what the augmentations change. Without colour jitter it can match two views by their colours alone and need not learn shapes.",
      ],
      usage:
        "`crop`, `flip`, `jitter`, `grey` and `blur` are augmentations; `simclr … augment=[crop, flip]` trains with them, `show … with=crop` shows them.",
      source:
        "Chen et al.: A simple framework for contrastive learning of visual representations. ICML 2020, section 3.",
      formula: "x̃ = t(x), with t drawn at random from the family T",
      latex: #"\tilde x = t(x),\quad t \sim \mathcal T"#,
      picture: .cell("show few with=[crop, flip, jitter, grey] views=3 count=6"),
      caption: "Six images above, three random views of each below.",
      trial:
        "few = (load shapes train=200 test=50).train\nslider strength from=0.2 to=1 {\n  show few with=(crop scale=[strength, 1]) views=2\n}",
      related: ["positive", "contrastive"]),
    Concept(
      name: "positive", title: "Positive pair", aliases: ["positives"], nearby: ["pair", "partner"],
      paragraphs: [
        "Two views of the same image. The loss pulls their projections together.",
        "No label is needed to know that they belong together: they come from the same image.",
      ],
      usage:
        "`pairs` makes the positive pairs of some images; `train … watch=[positives]` measures how often a view's nearest neighbour is its partner.",
      source:
        "R. Hadsell, S. Chopra, Y. LeCun: Dimensionality reduction by learning an invariant mapping. CVPR 2006.",
      formula: "x̃ᵢ = t(x), x̃ⱼ = t′(x), with t and t′ drawn at random",
      latex: #"\tilde x_i = t(x),\quad \tilde x_j = t'(x),\qquad t, t' \sim \mathcal T"#,
      picture: .cell("show few with=simclr views=2 count=6"),
      caption: "Each column is an image with two views of it: a positive pair.",
      trial: "few = (load shapes train=200 test=50).train\npairs few[0..<4] with=simclr",
      related: ["negative", "augmentation"]),
    Concept(
      name: "negative", title: "Negative pair", aliases: ["negatives"],
      nearby: ["pair", "false negative", "hard negative"],
      paragraphs: [
        "Views of two different images. The loss pushes their projections apart, and most strongly those that are most similar, the hard negatives.",
        "In a batch of N images each view has 2(N − 1) negatives. Some of them show the same class after all: these false negatives cannot be told without labels.",
      ],
      usage:
        "`train … batch=` sets how many negatives there are, `simclr … temperature=` how strongly the hardest count.",
      source:
        "R. Hadsell, S. Chopra, Y. LeCun: Dimensionality reduction by learning an invariant mapping. CVPR 2006.",
      formula: "(x̃ᵢ, x̃ₖ) with k ≠ i and k ≠ j: 2(N − 1) for each view",
      latex: #"(\tilde x_i, \tilde x_k),\quad k \notin \{i, j\}:\qquad 2(N-1) \text{ for each view}"#,
      picture: .cell("plot heatmap (similarity (pairs few[0..<4]))"),
      caption:
        "Cosine similarity of the pixels of eight views. 1a and 1b are a positive pair; all pairs of different images are negatives.",
      trial: "few = (load shapes train=200 test=50).train\nplot heatmap (similarity (pairs few[0..<4]))",
      related: ["positive", "batch", "temperature"]),
    Concept(
      name: "embedding", title: "Embedding", aliases: ["representation", "feature", "feature vector"],
      paragraphs: [
        "The vector of numbers that stands for a picture: a point in a space of many dimensions.",
        "A good embedding places images of the same kind near one another, so that a simple classifier can tell the kinds apart.",
      ],
      usage:
        "`embed … with=model` gives one row for each picture: the encoder's output h, or with `output=z` the projection z.",
      source:
        "Y. Bengio, A. Courville, P. Vincent: Representation learning: a review and new perspectives. IEEE TPAMI 2013.",
      formula: "hᵢ = f(xᵢ), one row for each image",
      latex: #"H = \bigl(f(x_1), \dots, f(x_n)\bigr)^{\!\top} \in \mathbb R^{n \times d}"#,
      picture: .cell("plot heatmap (pca few[0..<12] components=8)"),
      caption: "Twelve images as rows of eight numbers.",
      trial:
        "few = (load shapes train=200 test=50).train\nh = embed few with=(simclr (cnn width=8))\nplot scatter (pca h)",
      related: ["encoder", "pca", "tsne"]),
    Concept(
      name: "cosine", title: "Cosine similarity", aliases: ["similarity"],
      nearby: ["distance", "dot product", "inner product"],
      paragraphs: [
        "Similarity of the directions of two vectors: 1 if they are the same, 0 at a right angle, −1 if they are opposite.",
        "The lengths of the vectors make no difference, so a bright image is not nearer to everything than a dark one.",
      ],
      usage:
        "`similarity` gives the matrix of all pairs; `knn … metric=cosine` and the NT-Xent loss compare rows by it.",
      formula: "s(a, b) = a·b / (‖a‖ ‖b‖)",
      latex: #"s(a, b) = \frac{a^{\top} b}{\lVert a\rVert\,\lVert b\rVert} = \cos\angle(a, b)"#,
      picture: .figure(Curves.cosine),
      caption: "Similarity falls slowly at small angles and fastest at a right angle.",
      trial: "few = (load shapes train=200 test=50).train\nsimilarity few[0..<5]",
      related: ["temperature", "ntxent"]),
    Concept(
      name: "ntxent", title: "NT-Xent loss",
      aliases: [
        "NT-Xent", "InfoNCE", "contrastive loss", "normalised temperature-scaled cross entropy",
      ],
      nearby: ["loss", "loss function", "cross entropy", "softmax"],
      paragraphs: [
        "The loss of SimCLR, the normalised temperature-scaled cross entropy: for each view, minus the logarithm of the probability that a softmax over similarities gives to its partner among all other views.",
        "It is a classification with 2N − 1 classes, of which the partner is the right one. A network that knows nothing has a loss of about ln(2N − 1), the chance level.",
      ],
      usage:
        "`simclr` trains with it, with `temperature=` and `loss=standard` or `loss=published`; `ntxent` computes it for given rows, `plot loss` draws it.",
      source:
        "A. van den Oord, Y. Li, O. Vinyals: Representation learning with contrastive predictive coding. arXiv:1807.03748, 2018. Chen et al.: SimCLR. ICML 2020.",
      formula: "ℓᵢⱼ = −log( exp(s(zᵢ, zⱼ)/τ) / Σ_{k≠i} exp(s(zᵢ, zₖ)/τ) )",
      latex: #"\ell_{i,j} = -\log \frac{\exp(s(z_i, z_j)/\tau)}{\sum_{k \ne i} \exp(s(z_i, z_k)/\tau)}"#,
      picture: .figure(Curves.loss),
      caption:
        "The loss of a view by the similarity of its partner, among 126 negatives of similarity 0.",
      trial:
        "few = (load shapes train=200 test=50).train\nz = embed (pairs few[0..<4]) with=(simclr (cnn width=8)) output=z\nntxent z temperature=0.5",
      related: ["temperature", "batch", "cosine"]),
    Concept(
      name: "temperature", title: "Temperature", aliases: ["tau", "τ"],
      paragraphs: [
        "The number that similarities are divided by before the softmax of the loss. It sets how much the hardest negatives count.",
        "At a low temperature the loss is governed by the most similar negatives; at a high one all negatives count about alike. Values from 0.1 to 0.5 are usual; very low ones make training unstable.",
      ],
      usage: "`simclr … temperature=0.5` for training, `ntxent … temperature=` for given rows.",
      source:
        "Z. Wu, Y. Xiong, S. Yu, D. Lin: Unsupervised feature learning via non-parametric instance discrimination. CVPR 2018. F. Wang, H. Liu: Understanding the behaviour of contrastive loss. CVPR 2021.",
      formula: "pₖ = exp(sₖ/τ) / Σₗ exp(sₗ/τ)", latex: #"p_k = \frac{\exp(s_k/\tau)}{\sum_l \exp(s_l/\tau)}"#,
      picture: .figure(Curves.temperature),
      caption: "The share of the repulsion that a negative gets, by its similarity, at three temperatures.",
      trial:
        "few = (load shapes train=200 test=50).train\nz = embed (pairs few[0..<4]) with=(simclr (cnn width=8)) output=z\nslider temperature from=0.05 to=1 value=0.5 {\n  plot heatmap (ntxent z temperature=temperature).probabilities\n}",
      related: ["ntxent", "negative"]),
  ]
}
