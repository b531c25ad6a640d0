import Language

/// Every command, in the order of the manual.
public enum Verbs {
  public static let all: [any AnyCommand] = [
    LoadShapes.command, LoadCIFAR10.command, LoadFolder.command, LoadIDX.command, LoadCIFAR100.command,
    LoadSTL10.command, LoadArrays.command, Sample.command,
    Split.command,
    Show.command, ShowNeighbours.command, ShowAttention.command, ShowSimilarity.command,
    ShowReconstruction.command, Describe.command, Explain.command, Print.command, Clear.command,
    Crop.command, Flip.command, Jitter.command, Grey.command, Blur.command, Solarise.command, Pad.command,
    Either.command, Asymmetric.command,
    ResNetOptions.resnet18, ResNetOptions.resnet34, ResNetOptions.resnet50, ViTOptions.command,
    CNNOptions.command, MakeNetwork.command,
    ConvolutionLayer.command, NormLayer.command, PlainLayers.relu, PlainLayers.gelu, DropoutLayer.command,
    PoolLayer.command, PlainLayers.flatten, LinearLayer.command, ResidualLayer.command, PatchesLayer.command,
    PlainLayers.positions, AttentionLayer.command, RepeatedLayers.command,
    Simclr.command, Moco.command, Nnclr.command, Byol.command, Simsiam.command, Barlow.command,
    Vicreg.command, Swav.command, Dino.command, Supcon.command, Rotation.command, Jigsaw.command,
    Pirl.command, Mae.command,
    Supervised.command,
    Train.command, TakeStep.command,
    Embed.command, Pairs.command,
    Similarity.command,
    NTXentOptions.command,
    Pca.command, Tsne.command, FindNeighbours.command,
    Measure.command, Knn.command, TrainClassifier.command, Evaluate.command,
    PlotLoss.command, PlotHistory.command, PlotZ.command, PlotLine.command, PlotScatter.command,
    PlotBars.command,
    PlotHistogram.command,
    PlotHeatmap.command, PlotConfusion.command, PlotImages.command, PlotNetwork.command, PlotPanels.command,
    Annotate.command,
    MakeTable.command, AddRow.command, SortTable.command, FilterTable.command, PickRow.command,
    GroupTable.command, PivotTable.command,
    Record.command, ListRuns.command, CompareRuns.command,
    Export.command, Save.command, Open.command,
    Ask.command, Slider.command, Choose.command, Press.command,
    DefineOptions.command, UseOptions.command,
    Check.command, Fail.command, ListNames.command, Forget.command, SetSeed.command, ReadClock.command,
    ListMachines.command,
    Arithmetic.exp, Arithmetic.log, Arithmetic.sqrt, Arithmetic.abs,
    MakeMatrix.command, Identity.command, Matrices.transpose, Matrices.normalise, Matrices.sum, Matrices.mean,
    Matrices.max, Matrices.min, Matrices.softmax, Matrices.logSumExp, Matrices.diagonal, Matrices.partners,
    WhereOptions.command, JoinMatrices.command, ChooseColumns.command, DeclareLoss.command,
    GradientOptions.command,
  ]

  public static let vocabulary = Vocabulary(all)

  /// The reference manual as Markdown, from the declarations.
  public static var manual: String { vocabulary.manual() }

  /// The words of the language as JSON, for highlighters.
  public static var wordList: String { vocabulary.wordList() }
}
