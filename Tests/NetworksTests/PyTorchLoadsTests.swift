import Foundation
import Networks
import Tensors
import Testing

/// `encoder.safetensors` and `embedding.safetensors` were written by this program: a model's file with an encoder that has
/// been trained a little and a head, and what that encoder made of a few pictures. `check_torch.py` loads
/// the encoder into torchvision's ResNet18, asserts that it agrees, and with `--write` leaves PyTorch's own embedding
/// in `embedding_torch.safetensors`.
///
/// To record anew: `CONTRAST_RECORD=1 swift test --filter PyTorchLoadsTests`, then `python3 check_torch.py --write`.
@Suite("PyTorch and this program read one encoder file alike")
struct PyTorchLoadsTests {
  @Test("the opened encoder embeds as PyTorch does, and as it did when it was saved")
  func embedding() throws {
    if ProcessInfo.processInfo.environment["CONTRAST_RECORD"] != nil {
      try record()
      Issue.record("recorded: run check_torch.py --write, then the tests without CONTRAST_RECORD")
      return
    }
    let file = try Weights.read(fixture("encoder.safetensors"))
    #expect(file.metadata["architecture"] == "resnet18")
    let encoder = try Network(NetworkDescription(settings: file.metadata))
    try file.load(into: State(of: encoder))
    let ours = try Weights.read(fixture("embedding.safetensors"))
    let images = try #require(try ours.tensor("images"))
    var tape = Tape(pass: Pass(), mode: .evaluation)
    let embedding = encoder.forward(images, saving: &tape)
    #expect(largestError(embedding, try ours.tensor("embedding")) < 1e-5)
    let torch = try Weights.read(fixture("embedding_torch.safetensors"))
    #expect(largestError(embedding, try torch.tensor("embedding")) < 1e-5)
  }

  private func record() throws {
    let model = try SmallModel(stem: .cifar, width: 4, size: 16, batch: 12)
    for step in 0..<20 { try model.step(step, Adam(), run: Run()) }
    try Weights.write(
      model.state,
      metadata: model.encoder.description.metadata, to: fixture("encoder.safetensors"))
    let images = random([5, 16, 16, 3], seed: 40)
    var tape = Tape(pass: Pass(), mode: .evaluation)
    var state = State()
    state.add("images", images)
    state.add("embedding", model.encoder.forward(images, saving: &tape))
    try Weights.write(state, to: fixture("embedding.safetensors"))
  }
}
