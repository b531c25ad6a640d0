extension Concepts {
  /// Components of networks.
  static let networks: [Concept] = [
    Concept(
      name: "encoder", title: "Encoder", aliases: ["backbone", "feature extractor", "encoder network"],
      nearby: ["network", "neural network", "model"],
      paragraphs: [
        "The network that turns an image into a vector, its representation h. It is the part that is kept after training.",
        "Convolutional networks and ResNets combine neighbouring pixels, over larger and larger regions from layer to layer; a vision transformer relates patches of the image to one another.",
      ],
      usage:
        "`resnet18`, `resnet34`, `resnet50`, `vit` and `cnn` are encoders; their `width=` sets how large they are.",
      source:
        "K. He, X. Zhang, S. Ren, J. Sun: Deep residual learning for image recognition. CVPR 2016.",
      formula: "h = f(x̃)", latex: #"h = f(\tilde x) \in \mathbb R^d"#,
      picture: .cell("plot network (cnn width=16 size=32)"),
      caption: "A small encoder layer by layer, with the shape of each layer's output.",
      trial: "describe (cnn width=16)\nplot network (cnn width=16)",
      related: ["head", "embedding", "convolution", "vit"]),
    Concept(
      name: "head", title: "Projection head", aliases: ["projector", "projection"],
      nearby: ["attention head", "classification head"],
      paragraphs: [
        "A small network between the encoder and the loss. The loss is computed from its output z, the projection; the representation to use afterwards is the encoder's output h.",
        "The loss makes z discard whatever differs between the views, such as colour or direction. The head absorbs this: h, before it, keeps more of that information and serves other tasks better.",
      ],
      usage:
        "`simclr … head=[512, 128]` sets the widths of its layers, `head=[]` leaves it out; `embed … output=z` gives its output.",
      source:
        "Chen et al.: A simple framework for contrastive learning of visual representations. ICML 2020, section 4.2.",
      formula: "z = g(h) = W₂ · max(0, W₁ · h)", latex: #"z = g(h) = W_2\, \max(0, W_1 h)"#,
      picture: .cell("plot network (simclr (cnn width=16) head=[64, 32])"),
      caption: "The head g stands between the encoder f and the loss.",
      trial: "model = simclr (cnn width=8) head=[64, 32]\nplot network model",
      related: ["encoder", "embedding"]),
    Concept(
      name: "convolution", title: "Convolution",
      aliases: ["convolutional layer", "convolutional network", "CNN", "kernel", "filter"],
      nearby: ["stride", "padding", "channel", "pooling"],
      paragraphs: [
        "A layer that slides a small window, the kernel, over the image. Each output is the weighted sum of the values under the window, with the same weights at every place.",
        "It needs few weights and responds to a pattern wherever it occurs: a shift of the image shifts the output. A stride of 2 moves the window by two pixels and halves the sides of the output.",
      ],
      usage:
        "`cnn` has four layers of 3×3 kernels, `resnet18` seventeen convolutions on its main path and three on shortcuts; `width=` sets the number of channels of the first.",
      source:
        "Y. LeCun et al.: Backpropagation applied to handwritten zip code recognition. Neural Computation 1989.",
      formula: "y[p, o] = Σ_{δ, c} W[o, c, δ] · x[p + δ, c]",
      latex: #"y_{p,o} = \sum_{\delta, c} W_{o,c,\delta}\; x_{p+\delta,\,c}"#,
      picture: .figure(NetworkPictures.convolution),
      caption:
        "A disc, a 3×3 kernel that subtracts left from right, and the output: positive at left edges, negative at right ones.",
      trial: "plot network (cnn width=8 size=32)\ndescribe (cnn width=8 size=32)",
      related: ["encoder", "residual", "vit"]),
    Concept(
      name: "batchnorm", title: "Batch normalisation", aliases: ["batch norm", "BN", "BatchNorm layer"],
      nearby: ["normalisation", "normalization layer", "layer normalisation", "running statistics"],
      paragraphs: [
        "A layer that brings each channel to mean 0 and variance 1 over the batch and then applies a learned scale γ and shift β. Networks with it train faster and bear higher learning rates.",
        "In training the statistics are those of the current batch, so the output for one image depends on the others; in use they are running averages that training has collected.",
      ],
      usage:
        "`resnet18` and `cnn` have it, `vit` does not. `train … views=` says whether both views share its statistics, and with `chunk=` it sees one chunk at a time.",
      source:
        "S. Ioffe, C. Szegedy: Batch normalization: accelerating deep network training by reducing internal covariate shift. ICML 2015.",
      formula: "y = γ·(x − μ)/√(σ² + ε) + β, with μ and σ² of the batch, per channel",
      latex: #"y = \gamma\,\frac{x - \mu_B}{\sqrt{\sigma_B^2 + \varepsilon}} + \beta"#,
      picture: .figure(NetworkPictures.batchNormalisation),
      caption: "The values of three channels over a batch of 40, before and after, with γ = 1 and β = 0.",
      trial:
        "few = (load shapes train=200 test=50).train\nfor way in [\"together\", \"alone\"] {\n  model = simclr (cnn width=4)\n  train model on=few epochs=1 batch=50 views=(way)\n}",
      related: ["batch", "convolution"]),
    Concept(
      name: "residual", title: "Residual connection",
      aliases: ["skip connection", "shortcut", "residual network", "residual block", "ResNet"],
      nearby: ["vanishing gradient", "identity"],
      paragraphs: [
        "The input of a block of layers is added to its output, so the block only has to learn the difference, the residual.",
        "The gradient passes the sum unchanged on its way back. It does not vanish in deep networks, and networks of a hundred layers become trainable.",
      ],
      usage:
        "`resnet18`, `resnet34` and `resnet50` are built of such blocks, and so are the layers of `vit`; `plot network` shows them.",
      source:
        "K. He, X. Zhang, S. Ren, J. Sun: Deep residual learning for image recognition. CVPR 2016.",
      formula: "y = x + F(x)",
      latex:
        #"y = x + F(x),\qquad \frac{\partial L}{\partial x} = \frac{\partial L}{\partial y}\Bigl(I + \frac{\partial F}{\partial x}\Bigr)"#,
      picture: .figure(NetworkPictures.residual),
      caption:
        "The length of a gradient on its way back through 20 random linear layers F, each with a gain of 0.3.",
      trial: "describe (resnet18 width=8 size=32)\nplot network (resnet18 width=8 size=32)",
      related: ["convolution", "encoder"]),
    Concept(
      name: "vit", title: "Vision transformer", aliases: ["ViT", "transformer"],
      nearby: ["attention", "self-attention", "patch", "token", "layer normalisation", "attention head"],
      paragraphs: [
        "An encoder that cuts the image into patches and treats each as a token, a vector. Self-attention lets every token take a weighted mean of all tokens, with weights it computes from their contents.",
        "Position vectors tell where a patch was, and an additional class token collects the representation. Nothing about neighbourhoods is built in, so it needs more data or training than a convolutional network.",
      ],
      usage:
        "`vit` with `patch=`, `layers=`, `heads=`, `width=` and `dropout=`; `style=standard` is the usual form.",
      source:
        "A. Dosovitskiy et al.: An image is worth 16×16 words: transformers for image recognition at scale. ICLR 2021. A. Vaswani et al.: Attention is all you need. NeurIPS 2017.",
      formula: "Attention(Q, K, V) = softmax(Q·Kᵀ/√d) · V",
      latex:
        #"\operatorname{Attention}(Q, K, V) = \operatorname{softmax}\Bigl(\frac{Q K^{\top}}{\sqrt d}\Bigr) V"#,
      picture: .cell("plot network (vit style=standard layers=2 heads=4 width=64 size=32 patch=8)"),
      caption:
        "Patches become tokens, two layers of attention relate them, and the class token is the output.",
      trial: "encoder = vit layers=2 heads=4 size=32 patch=8\nplot network encoder",
      related: ["encoder", "convolution", "residual"]),
  ]
}
