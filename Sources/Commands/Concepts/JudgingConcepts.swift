extension Concepts {
  /// Evaluation and display of representations.
  static let judging: [Concept] = [
    Concept(
      name: "alignment", title: "Alignment", aliases: ["alignment loss"],
      paragraphs: [
        "The mean squared distance between the two views of an image, with their vectors scaled to length 1. Low is good.",
        "It is one half of what the contrastive loss asks for. By itself it could be reached by mapping every image to the same point.",
      ],
      usage:
        "`measure … on=` gives it for h and z, `train … watch=[alignment]` after each epoch; with `watch=[map]`, `plot z` draws the partners.",
      source: wangIsola,
      formula: "mean of ‖zᵢ − zⱼ‖² over positive pairs",
      latex: #"\mathcal L_{\text{align}} = \mathbb E_{(x, x^+)} \lVert z - z^+ \rVert^2"#,
      picture: .figure(Circles.alignment),
      caption: "Eight positive pairs on a circle, each in its colour: far apart, and aligned.",
      trial:
        "few = (load shapes train=200 test=50).train\nmodel = simclr (cnn width=8)\nmeasure model on=few",
      related: ["uniformity", "collapse"]),
    Concept(
      name: "uniformity", title: "Uniformity", aliases: ["uniform", "uniformity loss"],
      paragraphs: [
        "Evenness with which the vectors of all images, scaled to length 1, cover the sphere. Lower values mean a more even cover; 0 means that all vectors are equal.",
        "Images that are spread out can be told apart. With many negatives the contrastive loss approaches the sum of alignment and uniformity.",
      ],
      usage:
        "`measure` gives it for rows or a model, `train … watch=[uniformity]` after each epoch; with `watch=[map]`, `plot z` draws the points.",
      source: wangIsola,
      formula: "log of the mean of exp(−2‖zᵢ − zₖ‖²) over all pairs",
      latex: #"\mathcal L_{\text{uniform}} = \log \mathbb E_{x, y}\, e^{-2 \lVert z_x - z_y \rVert^2}"#,
      picture: .figure(Circles.uniformity), caption: "Points in one corner of the circle, and all around it.",
      trial: "few = (load shapes train=200 test=50).train\nmeasure (pca few components=8)",
      related: ["alignment", "collapse"]),
    Concept(
      name: "collapse", title: "Collapse", aliases: ["dimensional collapse", "representation collapse"],
      nearby: ["effective rank", "rank", "RankMe"],
      paragraphs: [
        "All images are mapped to the same point (complete collapse), or to a few dimensions of the space (dimensional collapse). The representation then says little or nothing about the image.",
        "Pulling positive pairs together would end in collapse; the repulsion of the negatives prevents it. A low spread or effective rank shows it.",
      ],
      usage:
        "`measure` gives spread and effective rank, `train … watch=[spread, rank]` follows them during training.",
      source:
        "L. Jing, P. Vincent, Y. LeCun, Y. Tian: Understanding dimensional collapse in contrastive self-supervised learning. ICLR 2022. O. Roy, M. Vetterli: The effective rank. EUSIPCO 2007.",
      formula: "effective rank = exp(−Σₖ pₖ log pₖ), with pₖ = σₖ / Σₗ σₗ, the shares of the singular values",
      latex:
        #"\operatorname{erank} = \exp\Bigl(-\sum_k p_k \log p_k\Bigr),\quad p_k = \sigma_k / \textstyle\sum_l \sigma_l"#,
      picture: .figure(Circles.collapse),
      caption: "Points along one line, and spread over the plane, with the effective rank of each.",
      trial: "few = (load shapes train=200 test=50).train\nmeasure (embed few with=(simclr (cnn width=8)))",
      related: ["uniformity", "alignment"]),
    Concept(
      name: "probe", title: "Linear probe",
      aliases: ["linear evaluation", "linear evaluation protocol", "linear classifier"],
      nearby: ["classifier", "logistic regression"],
      paragraphs: [
        "A linear classifier trained on the embeddings with labels, while the encoder stays fixed: the usual test of a representation.",
        "Its accuracy on test images says how well the classes can be separated by planes in the space of the embedding. It is the only step that uses labels.",
      ],
      usage:
        "`classifier … hidden=0` is linear (by default it has a hidden layer), `evaluate … on=` gives its accuracy; `classifier … with=model` sees new views of the images in each epoch, as libraries do; `train … watch=[probe]` follows it.",
      source:
        "G. Alain, Y. Bengio: Understanding intermediate layers using linear classifier probes. arXiv:1610.01644, 2016.",
      formula: "ŷ = argmax_c (W h + b)_c", latex: #"\hat y = \arg\max_c\, (W h + b)_c"#,
      picture: .cell(
        "h = pca few components=16\nplot confusion (evaluate (classifier on=h hidden=0 epochs=100 rate=0.01) on=h)"
      ),
      caption:
        "The confusion matrix of a linear classifier on 16 principal components of the pixels, on its training images.",
      trial:
        "shapes = load shapes train=200 test=100\nmodel = simclr (cnn width=8)\nh = embed shapes.train with=model\nprobe = classifier on=h hidden=0 epochs=20 rate=0.01\nevaluate probe on=(embed shapes.test with=model)",
      related: ["knn", "embedding", "finetuning"]),
    Concept(
      name: "finetuning", title: "Fine-tuning",
      aliases: ["learning from few labels"],
      nearby: [
        "transfer learning", "freezing", "frozen", "few labels", "semi-supervised learning", "pretraining",
      ],
      paragraphs: [
        "A network that has learned without labels goes on learning with labels, under a new layer that scores the classes. It begins where the pretraining ended, so that few labels are enough.",
        "The less labels there are, the less should move: the encoder stays frozen (linear probing), learns by a smaller rate than the new layer, or begins to move once the layer has learned.",
        "Its worth is the distance to the same network trained from nothing on the same labels, over several draws of them.",
      ],
      usage:
        "`supervised model` begins with a copy of a model's encoder; `freeze=`, `rates=`; `sample … perclass=` draws the labels.",
      source:
        "T. Chen et al.: A simple framework for contrastive learning of visual representations. ICML 2020 (1 % and 10 % of the labels). A. Kumar et al.: Fine-tuning can distort pretrained features and underperform out-of-distribution. ICLR 2022 (probing first).",
      formula: "θ_f ← θ_f − η_f ∂L/∂θ_f,  θ_g ← θ_g − η_g ∂L/∂θ_g,  η_f ≤ η_g",
      latex:
        #"\theta_f \gets \theta_f - \eta_f\, \partial L/\partial\theta_f,\quad \theta_g \gets \theta_g - \eta_g\, \partial L/\partial\theta_g,\quad \eta_f \le \eta_g"#,
      picture: .cell("plot network (supervised (simclr (cnn width=8)) freeze=true)"),
      caption: "A model whose encoder is frozen: the linear layer alone learns.",
      trial: """
        shapes = load shapes train=300 test=100 size=16
        base = simclr (cnn width=8 size=16)
        train base on=shapes epochs=3 batch=50
        curve = table
        for n in [2, 20] {
          for s in 1...2 {
            few = sample shapes.train perclass=n seed=s
            for start in ["pretrained", "from nothing"] {
              model = supervised (cnn width=8 size=16 seed=s) seed=s
              if start == "pretrained" { model = supervised base rates=[0.3, 3] seed=s }
              train model on=few epochs=5 batch=20 seed=s
              add curve labels=n start=start accuracy=(evaluate model on=shapes.test)
            }
          }
        }
        plot line curve x=labels y=accuracy by=start xscale=log2
        """,
      related: ["probe", "rate"]),
    Concept(
      name: "knn", title: "Nearest neighbours",
      aliases: ["k nearest neighbours", "k-NN", "k-NN classifier"],
      nearby: ["neighbour"],
      paragraphs: [
        "An image is given the class that prevails among its k nearest neighbours in the embedding. Nothing is trained.",
        "Its accuracy tests directly whether nearby images are of the same class, which is what contrastive learning aims at.",
      ],
      usage:
        "`knn … among=` with `k=10` and `metric=`, where each neighbour's vote is weighted by its similarity; `train … watch=[knn]`, `show neighbours`.",
      source:
        "T. Cover, P. Hart: Nearest neighbor pattern classification. IEEE Transactions on Information Theory 1967.",
      formula: "ŷ = the class with the largest sum of 1 + s(h, hᵢ) over the k rows nearest to h",
      latex: #"\hat y = \arg\max_c \sum_{i \in N_k(h)} (1 + s(h, h_i))\,[\,y_i = c\,]"#,
      picture: .cell("show neighbours in=(pca few components=16) query=[0, 1, 2] k=5"),
      caption:
        "Three images and their nearest neighbours by 16 principal components of the pixels; frames mark those of the same class and of another.",
      trial:
        "shapes = load shapes train=200 test=50\np = pca shapes.train components=16\nknn (pca shapes.test into=p) among=p",
      related: ["probe", "cosine"]),
    Concept(
      name: "pca", title: "Principal components",
      aliases: ["principal component analysis", "PCA"],
      paragraphs: [
        "The orthogonal directions along which the rows vary most, in order of their variance. The first two make a map.",
        "The map is a linear projection: differences along these directions are true to scale, and all others are left out.",
      ],
      usage:
        "`pca … components=2`; `into=` projects new rows onto the components of another, `plot scatter` draws the map.",
      source:
        "K. Pearson: On lines and planes of closest fit to systems of points in space. Philosophical Magazine 1901. H. Hotelling: Analysis of a complex of statistical variables into principal components. 1933.",
      formula: "y = (x − x̄) · V, with V the leading eigenvectors of the covariance",
      latex: #"y = (x - \bar x)\, V_k,\qquad \Sigma V_k = V_k \Lambda_k"#,
      picture: .cell("plot scatter (pca few) pictures=40"),
      caption:
        "Shapes on the map of the first two components of their pixels: these mostly show how light an image is, and where.",
      trial: "few = (load shapes train=200 test=50).train\nplot scatter (pca few) pictures=40",
      related: ["tsne", "embedding"]),
    Concept(
      name: "tsne", title: "t-SNE", aliases: ["t-distributed stochastic neighbour embedding"],
      nearby: ["UMAP", "map"],
      paragraphs: [
        "A map in the plane that keeps neighbours together: the probabilities of being neighbours, computed from distances, should be the same on the map as in the data. The perplexity sets how many neighbours count.",
        "Groups on the map are usually groups in the data; distances between groups, and their sizes, mean little.",
      ],
      usage:
        "`tsne … perplexity=30 iterations=750`; `measure … of=` says how many neighbours the map has kept.",
      source: maatenHinton,
      formula: "minimise KL(P‖Q), with qᵢⱼ ∝ 1 / (1 + ‖yᵢ − yⱼ‖²)",
      latex:
        #"\min_y\, \mathrm{KL}(P \,\Vert\, Q),\qquad q_{ij} \propto \bigl(1 + \lVert y_i - y_j \rVert^2\bigr)^{-1}"#,
      picture: .cell("plot scatter (tsne few perplexity=15 iterations=250)"),
      caption: "200 shapes by their pixels: no groups of one shape, since pixels say little about the shape.",
      trial: "few = (load shapes train=200 test=50).train\nplot scatter (tsne few perplexity=15)",
      related: ["perplexity", "pca"]),
    Concept(
      name: "perplexity", title: "Perplexity", aliases: [],
      paragraphs: [
        "The effective number of neighbours of each row in t-SNE. The width σᵢ of the Gaussian around each row is chosen to reach it.",
        "Values from 5 to 50 are usual. A low perplexity shows small groups and breaks up large ones, a high one shows the arrangement of the whole.",
      ],
      usage: "`tsne … perplexity=30`; it may be a third of the number of rows at most.",
      source: maatenHinton,
      formula: "perplexity = 2^H(Pᵢ), with H in bits and pⱼ|ᵢ ∝ exp(−‖xᵢ − xⱼ‖² / 2σᵢ²)",
      latex:
        #"\mathrm{Perp}(P_i) = 2^{H(P_i)},\qquad p_{j|i} \propto e^{-\lVert x_i - x_j \rVert^2 / 2\sigma_i^2}"#,
      picture: .figure(Curves.perplexity),
      caption: "The weight of each of a row's 100 neighbours, nearest first, for three perplexities.",
      trial:
        "few = (load shapes train=200 test=50).train\nchoice perplexity in=[5, 15, 40] {\n  plot scatter (tsne few perplexity=perplexity iterations=250)\n}",
      related: ["tsne"]),
    Concept(
      name: "standarderror", title: "Standard error",
      aliases: ["standard error of the mean", "SEM", "SE"],
      nearby: [
        "error", "standard deviation", "deviation", "error bar", "confidence interval", "variance", "spread",
      ],
      paragraphs: [
        "The uncertainty of a mean of n results: the standard deviation that the mean itself would have if the whole experiment were repeated. It shrinks with the square root of n.",
        "The standard deviation s describes how single results vary and does not shrink with n. A difference of two means that is smaller than about two of their standard errors may be chance.",
      ],
      usage:
        "What stands after ± in scores of several `seeds=`, in `group` and in `plot bars` is the standard deviation s; divide it by the square root of the number of runs.",
      source: "D. G. Altman, J. M. Bland: Standard deviations and standard errors. BMJ 2005.",
      formula: "SE = s/√n, with s² = Σᵢ (xᵢ − x̄)²/(n − 1)",
      latex: #"\mathrm{SE} = \frac{s}{\sqrt n},\qquad s^2 = \frac{1}{n - 1} \sum_i (x_i - \bar x)^2"#,
      picture: .figure(Curves.standardError),
      caption:
        "The standard deviation of the mean of n results, from 400 simulated experiments each, and s/√n with s = 1.",
      trial:
        "shapes = load shapes train=200 test=100\np = pca shapes.train components=16\nc = classifier on=p hidden=0 epochs=20 rate=0.01 seeds=5\ns = evaluate c on=(pca shapes.test into=p)\ns.spread / 5 ^ 0.5",
      related: ["probe", "overfitting"]),
  ]

  private static let wangIsola =
    "T. Wang, P. Isola: Understanding contrastive representation learning through alignment and uniformity on the hypersphere. ICML 2020."
  private static let maatenHinton =
    "L. van der Maaten, G. Hinton: Visualizing data using t-SNE. Journal of Machine Learning Research 2008."
}
