extension Concepts {
  /// Training of networks.
  static let training: [Concept] = [
    Concept(
      name: "batch", title: "Batch", aliases: ["batch size", "mini-batch"],
      paragraphs: [
        "The images that one step of training computes its gradient from. In contrastive learning the other images of the batch are also the negatives, so a larger batch is a harder task.",
        "More negatives help up to a point, while memory and time grow with them. Few large steps need a higher learning rate than many small ones.",
      ],
      usage:
        "`train … batch=128` sets its size; with `chunk=` a batch that does not fit in memory goes through the network in parts.",
      source:
        "Chen et al.: A simple framework for contrastive learning of visual representations. ICML 2020, section 5.2. L. Gao et al.: Scaling deep contrastive learning batch size under memory limited setup. RepL4NLP 2021.",
      formula: "2(N − 1) negatives for each view; chance level of the loss: ln(2N − 1)",
      latex: #"\text{negatives} = 2(N-1),\qquad \ell_{\text{chance}} = \ln(2N-1)"#,
      picture: .figure(Curves.batch), caption: "The loss of a network that knows nothing, by batch size.",
      trial:
        "few = (load shapes train=200 test=50).train\nfor size in [16, 64] {\n  model = simclr (cnn width=8)\n  train model on=few epochs=2 batch=size\n}",
      related: ["negative", "ntxent", "epochs", "sgd"]),
    Concept(
      name: "epochs", title: "Epoch", aliases: [], nearby: ["step", "iteration", "pass"],
      paragraphs: [
        "One pass over all training images, in batches and in a new random order. Each batch is one step, one update of the weights.",
        "Contrastive learning gains from many epochs: every pass makes new views, so the images are never quite the same.",
      ],
      usage:
        "`train … epochs=20` sets their number; `plot loss` draws the loss of each step, `plot history` what was measured after each epoch.",
      formula: "steps = epochs · ⌊n / N⌋ for n images in batches of N",
      latex: #"\text{steps} = \text{epochs} \cdot \lfloor n / N \rfloor"#,
      picture: .cell(
        "model = simclr (cnn width=8)\ntrain model on=few epochs=8 batch=25;\nplot loss model"),
      caption: "The mean loss of each of eight epochs, of eight steps each: 200 images in batches of 25.",
      trial:
        "few = (load shapes train=200 test=50).train\nmodel = simclr (cnn width=8)\ntrain model on=few epochs=4 batch=50\nplot loss model",
      related: ["batch", "rate", "overfitting"]),
    Concept(
      name: "optimiser", title: "Optimiser", aliases: ["update rule"],
      nearby: ["gradient descent", "AdamW", "RMSprop", "backpropagation"],
      paragraphs: [
        "The rule that turns gradients into updates of the weights. Every rule goes downhill; they differ in how far along each weight, and in what they remember of earlier steps.",
        "SGD with momentum is the simplest and often generalises best. Adam scales every weight's step by itself and needs little tuning; LARS scales every layer's step and bears very large batches.",
      ],
      usage: "`train … optimizer=adam`, `optimizer=sgd` or `optimizer=lars`, also for `step`.",
      source: "I. Goodfellow, Y. Bengio, A. Courville: Deep learning. MIT Press 2016, chapter 8.",
      formula: "θ ← θ − η · u(g), g = ∂L/∂θ",
      latex: #"\theta \leftarrow \theta - \eta\, u(g),\qquad g = \frac{\partial L}{\partial \theta}"#,
      picture: .figure(Descents.optimisers),
      caption:
        "The same narrow valley, ½(x² + 50y²): plain SGD is limited by its steep side; momentum and Adam are less so.",
      trial:
        "few = (load shapes train=200 test=50).train\nfor rule in [\"sgd\", \"adam\"] {\n  model = simclr (cnn width=8)\n  train model on=few epochs=2 batch=50 optimizer=(rule)\n}",
      related: ["sgd", "momentum", "adam", "lars", "rate"]),
    Concept(
      name: "sgd", title: "Stochastic gradient descent", aliases: ["SGD"],
      nearby: ["gradient", "gradient descent"],
      paragraphs: [
        "Each step moves the weights a little against the gradient of the loss, computed on one random batch in place of all images.",
        "The batch's gradient is right on average and cheap. Its noise makes the path wander, the less the larger the batch and the lower the learning rate.",
      ],
      usage:
        "`train … optimizer=sgd` with `rate=`, `momentum=` and `decay=`; `momentum=0` is the plain rule.",
      source:
        "H. Robbins, S. Monro: A stochastic approximation method. Annals of Mathematical Statistics 1951.",
      formula: "θ ← θ − η·g, with g the gradient of the batch's loss",
      latex:
        #"\theta \leftarrow \theta - \eta\, g,\qquad g = \frac{\partial L_{\text{batch}}}{\partial \theta}"#,
      picture: .figure(Descents.stochastic),
      caption:
        "Paths to the minimum at (0, 0): with exact gradients, and with the noisy ones of small batches.",
      trial:
        "few = (load shapes train=64 test=10 size=16).train\nmodel = simclr (cnn width=4 size=16)\nstep model on=few batch=8 optimizer=sgd rate=0.1",
      related: ["optimiser", "momentum", "batch"]),
    Concept(
      name: "momentum", title: "Momentum", aliases: ["heavy ball"], nearby: ["Nesterov", "velocity"],
      paragraphs: [
        "The update is a running sum of past gradients, in which each counts less by the factor μ with every step. With μ = 0.9 it remembers about the last ten.",
        "Components that change sign from step to step cancel, those that persist add up: progress along a narrow valley becomes up to 1/(1 − μ) times as fast.",
      ],
      usage: "`train … momentum=0.9`, for `optimizer=sgd` and `optimizer=lars`.",
      source:
        "B. T. Polyak: Some methods of speeding up the convergence of iteration methods. USSR Computational Mathematics and Mathematical Physics 1964.",
      formula: "b ← μ·b + g, θ ← θ − η·b",
      latex: #"b \leftarrow \mu b + g,\qquad \theta \leftarrow \theta - \eta\, b"#,
      picture: .figure(Descents.momentum),
      caption: "The loss in a narrow valley, ½(x² + 50y²), at the same learning rate.",
      trial:
        "few = (load shapes train=200 test=50).train\nfor share in [0, 0.9] {\n  model = simclr (cnn width=8)\n  train model on=few epochs=2 batch=50 optimizer=sgd rate=0.05 momentum=share\n}",
      related: ["sgd", "lars", "rate"]),
    Concept(
      name: "adam", title: "Adam", aliases: ["adaptive moment estimation"], nearby: ["AdamW"],
      paragraphs: [
        "SGD with momentum in which each weight's step is divided by the running root mean square of its own gradients. Weights with small gradients therefore move about as far per step as those with large ones.",
        "The step is close to the learning rate η whatever the scale of the loss, so 0.001 suits many networks. It keeps two more numbers for every weight.",
      ],
      usage:
        "`train … optimizer=adam` (the default) with `rate=1e-3` and `decay=`, an L2 penalty; β₁ = 0.9 and β₂ = 0.999 are fixed.",
      source: "D. P. Kingma, J. Ba: Adam: a method for stochastic optimization. ICLR 2015.",
      formula: "m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², θ ← θ − η · m̂/(√v̂ + ε)",
      latex:
        #"m \leftarrow \beta_1 m + (1-\beta_1) g,\quad v \leftarrow \beta_2 v + (1-\beta_2) g^2,\quad \theta \leftarrow \theta - \eta\,\frac{\hat m}{\sqrt{\hat v} + \varepsilon}"#,
      picture: .figure(Descents.adam),
      caption:
        "The first steps of SGD and of Adam from the same point of the valley ½(x² + 50y²): Adam moves equally far along both axes.",
      trial:
        "few = (load shapes train=64 test=10 size=16).train\nmodel = simclr (cnn width=4 size=16)\nstep model on=few batch=8 optimizer=adam",
      related: ["optimiser", "momentum", "rate"]),
    Concept(
      name: "lars", title: "LARS", aliases: ["layer-wise adaptive rate scaling"], nearby: ["LAMB"],
      paragraphs: [
        "SGD with momentum in which the step of each layer's weights is scaled by ‖θ‖/‖g‖, the norm of the weights over that of their gradient. Every layer then changes by about the same share of its size.",
        "With very large batches and high learning rates it keeps single layers from diverging; SimCLR uses it for that reason.",
      ],
      usage:
        "`train … optimizer=lars`, with a rate of about 0.3 per 256 images in a batch: `batch=512 rate=0.6`; `warmup=` helps.",
      source:
        "Y. You, I. Gitman, B. Ginsburg: Large batch training of convolutional networks. arXiv:1708.03888, 2017.",
      formula: "b ← μ·b + η·r·(g + λθ), θ ← θ − b, with r = 0.001·‖θ‖ / ‖g + λθ‖",
      latex:
        #"b \leftarrow \mu b + \eta\, r\,(g + \lambda\theta),\quad \theta \leftarrow \theta - b,\qquad r = 0.001\,\frac{\lVert\theta\rVert}{\lVert g + \lambda\theta\rVert}"#,
      picture: .figure(Descents.lars),
      caption:
        "Change of three layers in one step, relative to the norm of their weights, by the norm ‖g‖ of their gradient.",
      trial:
        "few = (load shapes train=64 test=10 size=16).train\nmodel = simclr (cnn width=4 size=16)\nstep model on=few batch=8 optimizer=lars rate=0.3",
      related: ["optimiser", "momentum", "batch"]),
    Concept(
      name: "rate", title: "Learning rate", aliases: ["LR", "step size", "eta", "η"],
      nearby: ["learning", "divergence"],
      paragraphs: [
        "The factor between the gradient and the change of the weights in one step; usually the most important number to choose.",
        "Too low, and training takes needlessly long; too high, and steps overshoot, until the loss grows instead of falling. A good one is often just below the highest that still trains.",
      ],
      usage:
        "`train … rate=1e-3` is the highest one, `schedule=` and `warmup=` change it from step to step. A training that diverges stops with an error.",
      source:
        "I. Goodfellow, Y. Bengio, A. Courville: Deep learning. MIT Press 2016, section 8.3 and chapter 11.",
      formula: "θ ← θ − η·g", latex: #"\theta \leftarrow \theta - \eta\, g"#,
      picture: .figure(Descents.rates),
      caption: "The loss in a narrow valley, ½(x² + 50y²), for three learning rates η of plain SGD.",
      trial:
        "few = (load shapes train=200 test=50).train\nfor rate in [1e-5, 1e-3] {\n  model = simclr (cnn width=8)\n  train model on=few epochs=2 batch=50 rate=rate\n}",
      related: ["schedule", "warmup", "optimiser"]),
    Concept(
      name: "schedule", title: "Learning rate schedule",
      aliases: ["cosine schedule", "cosine annealing", "rate schedule", "learning rate decay"],
      nearby: ["annealing", "scheduler"],
      paragraphs: [
        "The change of the learning rate during training. High rates make progress quickly at first; low ones at the end let the weights settle in a minimum.",
        "The cosine schedule falls from the peak to 0 along half a cosine: slowly, then quickly, then slowly again. The schedule by steps falls to a tenth of the peak after 60 % of all steps, and to a hundredth after 80 %.",
      ],
      usage:
        "`train … schedule=cosine`, `schedule=steps` or `schedule=constant`, with the peak `rate=` and `warmup=`.",
      source: "I. Loshchilov, F. Hutter: SGDR: stochastic gradient descent with warm restarts. ICLR 2017.",
      formula: "η(t) = ½ · η_peak · (1 + cos(π t/T))",
      latex: #"\eta(t) = \tfrac12\, \eta_{\text{peak}} \Bigl(1 + \cos \frac{\pi t}{T}\Bigr)"#,
      picture: .figure(Descents.schedules),
      caption: "The learning rate over 100 steps, as a share of its peak.",
      trial:
        "few = (load shapes train=200 test=50).train\nmodel = simclr (cnn width=8)\ntrain model on=few epochs=3 batch=50 schedule=constant",
      related: ["warmup", "rate"]),
    Concept(
      name: "warmup", title: "Warm-up", aliases: ["learning rate warm-up", "linear warm-up"],
      paragraphs: [
        "The learning rate rises linearly from near 0 to its peak over the first steps, before its schedule begins.",
        "At the start gradients are large and point in varying directions; full steps could throw the weights far off. The larger the batch and the higher the peak, the more it helps.",
      ],
      usage: "`train … warmup=10` is a number of epochs; 0, the default, means none.",
      source:
        "P. Goyal et al.: Accurate, large minibatch SGD: training ImageNet in 1 hour. arXiv:1706.02677, 2017.",
      formula: "η(k) = η_peak · (k + 1)/w for the steps k = 0, …, w − 1",
      latex: #"\eta(k) = \eta_{\text{peak}}\,\frac{k + 1}{w},\qquad k = 0, \dots, w - 1"#,
      picture: .figure(Descents.schedules),
      caption: "The learning rate over 100 steps, as a share of its peak.",
      trial:
        "few = (load shapes train=200 test=50).train\nmodel = simclr (cnn width=8)\ntrain model on=few epochs=3 batch=50 optimizer=lars rate=0.3 warmup=1",
      related: ["schedule", "rate", "lars"]),
    Concept(
      name: "decay", title: "Weight decay", aliases: ["L2 regularisation", "L2 penalty", "lambda", "λ"],
      nearby: ["regularisation", "AdamW", "ridge"],
      paragraphs: [
        "Each step also pulls the weights a little towards 0. Only weights that the loss keeps asking for stay large, so the network fits noise less closely.",
        "As part of the gradient it equals a penalty on the squared weights. Biases and the scales and shifts of normalisation are left out of it.",
      ],
      usage:
        "`train … decay=1e-6`, 0 unless given; also for `step` and `classifier`. With `optimizer=adam` it is the L2 penalty, not that of AdamW.",
      source:
        "A. Krogh, J. A. Hertz: A simple weight decay can improve generalization. NeurIPS 1991. I. Loshchilov, F. Hutter: Decoupled weight decay regularization. ICLR 2019.",
      formula: "g ← g + λθ, the gradient of L + ½λ‖θ‖²",
      latex:
        #"g \leftarrow g + \lambda\theta = \nabla_\theta \Bigl(L + \tfrac{\lambda}{2} \lVert\theta\rVert^2\Bigr)"#,
      picture: .figure(Descents.decay),
      caption: "A weight with no other gradient under SGD with η = 0.1, for three values of λ.",
      trial:
        "few = (load shapes train=200 test=50).train\nmodel = simclr (cnn width=8)\ntrain model on=few epochs=2 batch=50 decay=1e-4",
      related: ["overfitting", "optimiser"]),
    Concept(
      name: "overfitting", title: "Overfitting", aliases: ["overfit", "over-fitting", "generalisation gap"],
      nearby: ["generalisation", "regularisation", "underfitting", "early stopping"],
      paragraphs: [
        "A model becomes better on the images it is trained on but not on new ones: it learns what is peculiar to them, noise included.",
        "It shows as a gap between the accuracy on training images and on test images. More data, augmentation, weight decay, dropout or fewer epochs narrow it; a model must be judged on images it has never seen.",
      ],
      usage:
        "`load shapes` and the other data sets have a part `train` and a part `test`; `split` makes two of one; `evaluate … on=` and `train … test=` judge on what you give.",
      source:
        "I. Goodfellow, Y. Bengio, A. Courville: Deep learning. MIT Press 2016, section 5.2. C. Zhang et al.: Understanding deep learning requires rethinking generalization. ICLR 2017.",
      formula: "gap = accuracy on training images − accuracy on test images",
      latex: #"\text{gap} = \text{accuracy}_{\text{train}} - \text{accuracy}_{\text{test}}"#,
      picture: .cell(overfitting),
      caption:
        "A classifier with a hidden layer on 32 principal components of 200 easy shapes: right on all it was trained on, on about a third of new ones.",
      trial: overfitting, related: ["decay", "augmentation", "epochs"]),
  ]

  private static let overfitting = """
    easy = load shapes train=200 test=200 difficulty=easy
    p = pca easy.train components=32
    new = pca easy.test into=p
    t = table epochs=[] part=[] accuracy=[]
    for e in [1, 3, 10, 30, 100, 300] {
      c = classifier on=p hidden=32 epochs=e rate=3e-3
      add t epochs=e part="training" accuracy=(evaluate c on=p)
      add t epochs=e part="new" accuracy=(evaluate c on=new)
    }
    plot line t x=epochs y=accuracy by=part xscale=log
    """
}
