/// Everything that `explain` knows, in the order in which one would learn it.
package enum Concepts {
  package static let all: [Concept] = learning + judging

  static func find(_ words: String) -> Concept? { all.first { $0.isNamed(words) } }

  /// What the loss and the network are made of.
  private static let learning: [Concept] = [
    Concept(
      name: "contrastive", title: "Contrastive learning",
      aliases: ["contrastive learning", "simclr", "self-supervised"],
      paragraphs: [
        "A network learns from pictures without labels: two views of one picture shall come out alike, views of different pictures shall not.",
        "Whatever the two views share is kept, what differs between them is thrown away. So the choice of views decides what is learned.",
      ],
      formula: "z = g(f(t(x))): similar for two views t(x), t′(x) of x, dissimilar for other pictures",
      latex: #"z_i = g(f(t(x))),\quad z_j = g(f(t'(x))):\quad s(z_i, z_j) \gg s(z_i, z_k)"#,
      picture: .cell("plot network (simclr (cnn width=16) head=[64, 32]) on=few"),
      caption: "One picture, two random views, the same network for both, and the loss that compares them.",
      trial:
        "few = (load shapes train=200 test=50).train\nmodel = simclr (cnn width=8)\ntrain model on=few epochs=2 batch=50",
      related: ["positive", "ntxent", "augmentation"]),
    Concept(
      name: "augmentation", title: "Augmentation", aliases: ["view", "views"],
      paragraphs: [
        "A random change of a picture that leaves what matters: a crop, a mirror image, other colours. Each step of training draws new ones.",
        "The network learns to ignore exactly what the augmentation changes. Without colour jitter it may match views by colour alone and never learn shapes.",
      ],
      formula: "x̃ = t(x), with t drawn at random from the family T",
      latex: #"\tilde x = t(x),\quad t \sim \mathcal T"#,
      picture: .cell("show few with=[crop, flip, jitter, grey] views=3 count=6"),
      caption: "Pictures above, three random views of each below.",
      trial:
        "few = (load shapes train=200 test=50).train\nslider strength from=0.2 to=1 {\n  show few with=(crop scale=[strength, 1]) views=2\n}",
      related: ["positive", "contrastive"]),
    Concept(
      name: "positive", title: "Positive pair", aliases: ["positive pair", "positives", "pair"],
      paragraphs: [
        "Two views of the same picture. The loss pulls their projections together.",
        "No label says that they belong together; that they come from one picture is enough.",
      ],
      formula: "x̃ᵢ = t(x), x̃ⱼ = t′(x), with t and t′ drawn at random",
      latex: #"\tilde x_i = t(x),\quad \tilde x_j = t'(x),\qquad t, t' \sim \mathcal T"#,
      picture: .cell("show few with=simclr views=2 count=6"),
      caption: "Each column is a picture with two views of it: a positive pair.",
      trial: "few = (load shapes train=200 test=50).train\npairs few[0..<4] with=simclr",
      related: ["negative", "augmentation"]),
    Concept(
      name: "negative", title: "Negative pair", aliases: ["negative pair", "negatives"],
      paragraphs: [
        "Views of two different pictures. The loss pushes their projections apart, the harder the more alike they are.",
        "In a batch of N pictures each view meets 2(N − 1) negatives. Some are of the same class after all: they are false negatives, which nobody without labels can know.",
      ],
      formula: "(x̃ᵢ, x̃ₖ) with k ≠ i and k ≠ j: 2(N − 1) for each view",
      latex: #"(\tilde x_i, \tilde x_k),\quad k \notin \{i, j\}:\qquad 2(N-1) \text{ for each view}"#,
      picture: .cell("plot heatmap (similarity (pairs few[0..<4]))"),
      caption:
        "How alike the pixels of eight views are. 1a and 1b are a positive pair; all other pairs are negatives.",
      trial: "few = (load shapes train=200 test=50).train\nplot heatmap (similarity (pairs few[0..<4]))",
      related: ["positive", "batch", "temperature"]),
    Concept(
      name: "encoder", title: "Encoder", aliases: ["backbone", "network"],
      paragraphs: [
        "The network that turns a picture into a row of numbers, h. After training it is what one keeps.",
        "ResNets and small convolutional networks look at neighbourhoods and widen them layer by layer; a vision transformer compares patches with one another.",
      ],
      formula: "h = f(x̃)", latex: #"h = f(\tilde x) \in \mathbb R^d"#,
      picture: .cell("plot network (cnn width=16 size=32)"),
      caption: "A small encoder layer by layer, with the shape of what comes out of each.",
      trial: "describe (cnn width=16)\nplot network (cnn width=16)", related: ["head", "embedding"]),
    Concept(
      name: "head", title: "Projection head", aliases: ["projection head", "projector", "projection"],
      paragraphs: [
        "A small network between the encoder and the loss. The loss sees its output z; what one uses later is the encoder's output h.",
        "The head takes the loss's pressure to forget upon itself: h keeps colour or direction where z has thrown them away, and serves better.",
      ],
      formula: "z = g(h) = W₂ · max(0, W₁ · h)", latex: #"z = g(h) = W_2\, \max(0, W_1 h)"#,
      picture: .cell("plot network (simclr (cnn width=16) head=[64, 32])"),
      caption: "The head g stands between the encoder f and the loss.",
      trial: "model = simclr (cnn width=8) head=[64, 32]\nplot network model",
      related: ["encoder", "embedding"]),
    Concept(
      name: "embedding", title: "Embedding", aliases: ["representation", "features"],
      paragraphs: [
        "The row of numbers that stands for a picture: a point in a space of many dimensions.",
        "A good one puts pictures of one kind near each other, so that a simple rule can tell kinds apart.",
      ],
      formula: "hᵢ = f(xᵢ), one row for each picture",
      latex: #"H = \bigl(f(x_1), \dots, f(x_n)\bigr)^{\!\top} \in \mathbb R^{n \times d}"#,
      picture: .cell("plot heatmap (pca few[0..<12] components=8)"),
      caption: "Twelve pictures as rows of eight numbers.",
      trial:
        "few = (load shapes train=200 test=50).train\nh = embed few with=(simclr (cnn width=8))\nplot scatter (pca h)",
      related: ["encoder", "pca", "tsne"]),
    Concept(
      name: "cosine", title: "Cosine similarity", aliases: ["cosine similarity", "similarity"],
      paragraphs: [
        "How alike two rows of numbers are by their direction alone: 1 for the same, 0 for a right angle, −1 for opposite ones.",
        "Length does not count, so a bright picture is not nearer to everything than a dark one.",
      ],
      formula: "s(a, b) = a·b / (|a| |b|)",
      latex: #"s(a, b) = \frac{a^{\top} b}{\lVert a\rVert\,\lVert b\rVert} = \cos\angle(a, b)"#,
      picture: .figure(Curves.cosine),
      caption: "Similarity falls slowly at small angles and fastest at a right one.",
      trial: "few = (load shapes train=200 test=50).train\nsimilarity few[0..<5]",
      related: ["temperature", "ntxent"]),
    Concept(
      name: "ntxent", title: "NT-Xent, the contrastive loss",
      aliases: ["nt-xent", "infonce", "contrastive loss", "loss"],
      paragraphs: [
        "For each view, the probability to pick its partner among all other views, if one picks by similarity; the loss is minus the logarithm of it.",
        "It is a classification with 2N − 1 classes, the right one being the partner. A network that knows nothing has the loss ln(2N − 1).",
      ],
      formula: "ℓᵢⱼ = −log( exp(s(zᵢ, zⱼ)/τ) / Σ_{k≠i} exp(s(zᵢ, zₖ)/τ) )",
      latex: #"\ell_{i,j} = -\log \frac{\exp(s(z_i, z_j)/\tau)}{\sum_{k \ne i} \exp(s(z_i, z_k)/\tau)}"#,
      picture: .figure(Curves.loss),
      caption:
        "The loss of a view whose partner has the similarity along the axis, among 126 negatives of similarity 0.",
      trial:
        "few = (load shapes train=200 test=50).train\nz = embed (pairs few[0..<4]) with=(simclr (cnn width=8)) output=z\nntxent z temperature=0.5",
      related: ["temperature", "batch", "cosine"]),
    Concept(
      name: "temperature", title: "Temperature", aliases: ["tau", "τ"],
      paragraphs: [
        "The number that similarities are divided by before the loss compares them. It says how much the hardest negatives count.",
        "A low one looks almost only at the most similar negative, a high one treats all alike. Between 0.1 and 0.5 is usual; too low makes training unsteady.",
      ],
      formula: "pₖ = exp(sₖ/τ) / Σ exp(s/τ)", latex: #"p_k = \frac{\exp(s_k/\tau)}{\sum_l \exp(s_l/\tau)}"#,
      picture: .figure(Curves.temperature),
      caption: "The share of the push that a negative gets, by its similarity, for three temperatures.",
      trial:
        "few = (load shapes train=200 test=50).train\nz = embed (pairs few[0..<4]) with=(simclr (cnn width=8)) output=z\nslider temperature from=0.05 to=1 value=0.5 {\n  plot heatmap (ntxent z temperature=temperature).probabilities\n}",
      related: ["ntxent", "negative"]),
    Concept(
      name: "batch", title: "Batch size", aliases: ["batch size", "batches"],
      paragraphs: [
        "How many pictures meet in one step. All others in the batch serve as negatives, so a larger batch is a harder task.",
        "More negatives show more of what pictures are not, up to a point; memory and time grow along. `train … chunk=` takes large batches in pieces.",
      ],
      formula: "2(N − 1) negatives for each view; loss of knowing nothing: ln(2N − 1)",
      latex: #"\text{negatives} = 2(N-1),\qquad \ell_{\text{chance}} = \ln(2N-1)"#,
      picture: .figure(Curves.batch), caption: "The loss of a network that knows nothing, by batch size.",
      trial:
        "few = (load shapes train=200 test=50).train\nfor size in [16, 64] {\n  model = simclr (cnn width=8)\n  train model on=few epochs=2 batch=size\n}",
      related: ["negative", "ntxent"]),
  ]
}
