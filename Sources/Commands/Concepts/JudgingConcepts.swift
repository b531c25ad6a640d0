extension Concepts {
  /// How one sees what was learned.
  static let judging: [Concept] = [
    Concept(
      name: "alignment", title: "Alignment", aliases: [],
      paragraphs: [
        "How far apart the two views of a picture come out on average, on the sphere of all directions. Small is good.",
        "It is half of what the loss asks for; alone it could be had by giving every picture the same place.",
      ],
      formula: "mean |zᵢ − zⱼ|² over positive pairs",
      latex: #"\mathcal L_{\text{align}} = \mathbb E_{(x, x^+)} \lVert z - z^+ \rVert^2"#,
      picture: .figure(Circles.alignment),
      caption: "Eight pairs on a circle, each in its colour: far apart, and aligned.",
      trial:
        "few = (load shapes train=200 test=50).train\nmodel = simclr (cnn width=8)\nmeasure model on=few",
      related: ["uniformity", "collapse"]),
    Concept(
      name: "uniformity", title: "Uniformity", aliases: ["uniform"],
      paragraphs: [
        "How evenly all pictures are spread over the sphere of directions. Low is even: every direction is used.",
        "Spread-out pictures can be told apart. Together with alignment it is what the contrastive loss tends to with many negatives.",
      ],
      formula: "log of the mean of exp(−2 |zᵢ − zₖ|²) over all pairs",
      latex: #"\mathcal L_{\text{uniform}} = \log \mathbb E_{x, y}\, e^{-2 \lVert z_x - z_y \rVert^2}"#,
      picture: .figure(Circles.uniformity), caption: "Points in one corner of the circle, and all around it.",
      trial: "few = (load shapes train=200 test=50).train\nmeasure (pca few components=8)",
      related: ["alignment", "collapse"]),
    Concept(
      name: "collapse", title: "Collapse", aliases: ["dimensional collapse"],
      paragraphs: [
        "Every picture gets the same place, or all lie along a few directions: the numbers no longer say anything.",
        "Pulling positives together alone would end there; the push of the negatives prevents it. The spread and the effective rank show it early.",
      ],
      formula: "effective rank = exp(−Σ pₖ log pₖ), pₖ = σₖ / Σσ the shares of the singular values",
      latex:
        #"\operatorname{erank} = \exp\Bigl(-\sum_k p_k \log p_k\Bigr),\quad p_k = \sigma_k / \textstyle\sum_l \sigma_l"#,
      picture: .figure(Circles.collapse),
      caption: "Along one line, and spread: with the effective rank of each.",
      trial: "few = (load shapes train=200 test=50).train\nmeasure (embed few with=(simclr (cnn width=8)))",
      related: ["uniformity", "alignment"]),
    Concept(
      name: "probe", title: "Linear probe", aliases: ["linear probe", "linear evaluation", "classifier"],
      paragraphs: [
        "A linear classifier on the embedding, the encoder left as it is: the usual test of what was learned.",
        "It says how much of the classes can be read off with one weight for each number, and it is the only step that sees labels.",
      ],
      formula: "ŷ = argmax(W h + b)", latex: #"\hat y = \arg\max_c\, (W h + b)_c"#,
      picture: .cell("h = pca few components=16\nplot confusion (evaluate (classifier on=h epochs=30) on=h)"),
      caption: "What a linear classifier takes each shape for, from 16 components of its pixels.",
      trial:
        "few = (load shapes train=200 test=50).train\nh = embed few with=(simclr (cnn width=8))\nevaluate (classifier on=h epochs=5) on=h",
      related: ["knn", "embedding"]),
    Concept(
      name: "knn", title: "Nearest neighbours",
      aliases: ["k nearest neighbours", "k-nn", "nearest neighbours"],
      paragraphs: [
        "A picture gets the class that most of its k nearest neighbours in the embedding have. Nothing is trained.",
        "It asks directly whether near means alike, which is what contrastive learning promises.",
      ],
      formula: "ŷ = the commonest class among the k rows of largest s(h, hᵢ)",
      latex: #"\hat y = \arg\max_c \sum_{i \in N_k(h)} [\,y_i = c\,]"#,
      picture: .cell("show neighbours in=(pca few components=16) query=[0, 1, 2] k=5"),
      caption:
        "Three pictures and their neighbours by 16 components of the pixels, right and wrong by class.",
      trial:
        "shapes = load shapes train=200 test=50\nknn (pca shapes.train components=16) among=(pca shapes.train components=16)",
      related: ["probe", "cosine"]),
    Concept(
      name: "pca", title: "Principal components",
      aliases: ["principal component analysis", "principal components"],
      paragraphs: [
        "The directions along which the rows differ most, one at a right angle to the next. The first two make a map.",
        "It only turns and projects, so distances on the map are true along these directions, and everything else is left out.",
      ],
      formula: "y = (x − mean) · V, V the leading eigenvectors of the covariance",
      latex: #"y = (x - \bar x)\, V_k,\qquad \Sigma V_k = V_k \Lambda_k"#,
      picture: .cell("plot scatter (pca few) pictures=40"),
      caption:
        "Shapes on the map of the two first components of their pixels: light and dark, left and right.",
      trial: "few = (load shapes train=200 test=50).train\nplot scatter (pca few) pictures=40",
      related: ["tsne", "embedding"]),
    Concept(
      name: "tsne", title: "t-SNE", aliases: ["t-distributed stochastic neighbour embedding"],
      paragraphs: [
        "A map on which neighbours stay neighbours. Each row keeps about as many as the perplexity says.",
        "Clusters on it are real neighbourhoods; how far they lie apart and how large they are means little.",
      ],
      formula: "minimise KL(P‖Q), qᵢⱼ ∝ 1 / (1 + |yᵢ − yⱼ|²)",
      latex:
        #"\min_y\, \mathrm{KL}(P \,\Vert\, Q),\qquad q_{ij} \propto \bigl(1 + \lVert y_i - y_j \rVert^2\bigr)^{-1}"#,
      picture: .cell("plot scatter (tsne few perplexity=15 iterations=250)"),
      caption: "200 shapes by their pixels: no clusters of shapes, since pixels say little about them.",
      trial: "few = (load shapes train=200 test=50).train\nplot scatter (tsne few perplexity=15)",
      related: ["perplexity", "pca"]),
    Concept(
      name: "perplexity", title: "Perplexity", aliases: [],
      paragraphs: [
        "About how many neighbours each row of a t-SNE map keeps. The width of its bell curve is chosen so.",
        "5 to 50 is usual. A small one shows small groups and tears large ones, a large one shows the whole.",
      ],
      formula: "perplexity = 2^H(Pᵢ), pⱼ|ᵢ ∝ exp(−|xᵢ − xⱼ|² / 2σᵢ²)",
      latex:
        #"\mathrm{Perp}(P_i) = 2^{H(P_i)},\qquad p_{j|i} \propto e^{-\lVert x_i - x_j \rVert^2 / 2\sigma_i^2}"#,
      picture: .figure(Curves.perplexity),
      caption: "The weight of each of a row's 100 neighbours, nearest first, for three perplexities.",
      trial:
        "few = (load shapes train=200 test=50).train\nchoice perplexity in=[5, 15, 40] {\n  plot scatter (tsne few perplexity=perplexity iterations=250)\n}",
      related: ["tsne"]),
  ]
}
