#!/usr/bin/env python3
"""Writes what torchvision's ResNet50 of width 2 with a 3×3 stem makes of a few images: resnet50.safetensors beside this script.

    pip install torch torchvision safetensors pillow
    python3 make_resnet50_fixture.py

Computed in float64 and stored as float32. Every tensor of the network at the start, under its own name; the output of a training
pass and its gradients for the given ∂L/∂output; the output in evaluation after the running statistics have moved. Images are stored as
[n, h, w, c].
"""
import importlib.util
import pathlib

import torch
from safetensors.torch import save_file

FOLDER = pathlib.Path(__file__).resolve().parent


def main():
    specification = importlib.util.spec_from_file_location("recipe", FOLDER.parents[2] / "docs/load_in_pytorch.py")
    recipe = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(recipe)
    torch.manual_seed(50)
    network = recipe.resnet("resnet50", "cifar", 2)
    for name, parameter in network.named_parameters():
        if "bn" in name or "downsample.1" in name:
            torch.nn.init.uniform_(parameter, 0.5, 1.5)
    tensors = {f"start.{name}": tensor.clone() for name, tensor in network.state_dict().items()}
    network.double().train()
    images, towards = torch.randn(6, 3, 16, 16), torch.randn(6, 64)
    output = network(images.double())
    output.backward(towards.double())
    tensors |= {f"gradient.{name}": parameter.grad for name, parameter in network.named_parameters()}
    with torch.no_grad():
        evaluated = network.eval()(images.double())
    tensors |= {"images": images.permute(0, 2, 3, 1), "towards": towards, "output": output, "evaluated": evaluated}
    save_file({name: (tensor.float() if tensor.is_floating_point() else tensor).detach().contiguous()
               for name, tensor in tensors.items()}, FOLDER / "resnet50.safetensors")


if __name__ == "__main__":
    main()
