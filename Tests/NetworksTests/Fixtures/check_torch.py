#!/usr/bin/env python3
"""Loads encoder.safetensors, written by this project, into torchvision's ResNet18 and compares the embeddings.

    pip install torch torchvision safetensors
    python3 check_torch.py [--write]

Asserts that PyTorch's embedding of the pictures in embedding.safetensors agrees with the one recorded there to 1e-4 of
its largest number. --write stores PyTorch's embedding as embedding_torch.safetensors, for the Swift test.
"""
import pathlib
import sys

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from make_fixtures import narrow_resnet18

FOLDER = pathlib.Path(__file__).parent


def main():
    with safe_open(FOLDER / "encoder.safetensors", "pt") as file:
        settings = file.metadata()
        weights = {key: file.get_tensor(key) for key in file.keys() if not key.startswith("head.")}
    net = narrow_resnet18(settings["stem"], int(settings["width"]))
    net.load_state_dict(weights)
    net.double().eval()
    ours = load_file(FOLDER / "embedding.safetensors")
    with torch.no_grad():
        embedding = net(ours["images"].permute(0, 3, 1, 2).double()).float()
    error = ((embedding - ours["embedding"]).abs().max() / embedding.abs().max()).item()
    print(f"largest difference, as a share of the largest number: {error:.2e}")
    assert error < 1e-4, "PyTorch and this program disagree"
    if "--write" in sys.argv:
        save_file({"embedding": embedding.contiguous()}, FOLDER / "embedding_torch.safetensors")


if __name__ == "__main__":
    main()
