#!/usr/bin/env python3
"""Writes what PyTorch makes of ten steps of fine-tuning a narrow ResNet18: finetuning.safetensors beside this script.

    pip install torch torchvision safetensors
    python3 make_finetuning.py

The encoder, the batches of views and the labels are those of make_methods.py, read from its methods.safetensors; both views
go through together. In float64, stored as float32. A linear layer stands behind the encoder, and the loss is the cross entropy.
Gradient descent with momentum and weight decay, the rate falling along a cosine, with a rate for the encoder and one for the
linear layer. A frozen encoder is in evaluation and has no gradient. Stored for each case: the start of the linear layer, the
loss of each step, and in the end the linear layer and some of the encoder.
"""
import copy
import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

from make_methods import (BATCHES, CLASSES, DECAY, FEATURES, FOLDER, LOOKED_AT, MOMENTUM, STEPS, WIDTH,
                          narrow_resnet18)

RATE, PER_EPOCH = 0.01, 4
# Name: multiples of the rate for encoder and linear layer, and the epochs for which the encoder is frozen.
CASES = {"one-rate": (1, 1, 0), "two-rates": (0.1, 3, 0), "frozen": (1, 1, STEPS), "frozen-first": (0.3, 2, 1)}


def train(name, encoder, batches):
    of_encoder, of_head, frozen_epochs = CASES[name]
    encoder, head = copy.deepcopy(encoder), nn.Linear(FEATURES, len(set(CLASSES)))
    with torch.no_grad():
        for value in head.parameters():
            value.copy_(value.float())
    out = {f"{name}.start.head.0.{k}": v.clone() for k, v in head.state_dict().items()}
    groups = [{"params": [p], "weight_decay": DECAY if p.dim() > 1 else 0, "pace": pace}
              for module, pace in ((encoder, of_encoder), (head, of_head)) for p in module.parameters()]
    optimizer = torch.optim.SGD(groups, RATE, momentum=MOMENTUM)
    losses = []
    for step in range(STEPS):
        is_frozen = step < frozen_epochs * PER_EPOCH
        encoder.train(not is_frozen)
        for parameter in encoder.parameters():
            parameter.requires_grad = not is_frozen
        for group in optimizer.param_groups:
            group["lr"] = RATE * group["pace"] * (1 + math.cos(math.pi * step / STEPS)) / 2
        optimizer.zero_grad()
        loss = F.cross_entropy(head(encoder(batches[step % BATCHES])), torch.tensor(CLASSES * 2))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    out[f"{name}.losses"] = torch.tensor(losses)
    out |= {f"{name}.after.head.0.{k}": v.clone() for k, v in head.state_dict().items()}
    out |= {f"{name}.after.{k}": v.clone() for k, v in encoder.state_dict().items() if k in LOOKED_AT}
    print(name, [round(value, 4) for value in losses])
    return out


def main():
    torch.set_default_dtype(torch.float64)
    stored = load_file(FOLDER / "methods.safetensors")
    encoder = narrow_resnet18("cifar", WIDTH)
    encoder.load_state_dict({k.removeprefix("start."): v.double() if v.is_floating_point() else v
                             for k, v in stored.items() if k.startswith("start.")})
    batches = [stored[f"views.{batch}"].double().permute(0, 3, 1, 2) for batch in range(BATCHES)]
    out = {}
    for number, name in enumerate(CASES):
        torch.manual_seed(number)
        out |= train(name, encoder, batches)
    out = {k: v.float().contiguous() for k, v in out.items()}
    save_file(out, FOLDER / "finetuning.safetensors", {"torch": torch.__version__, "made by": "make_finetuning.py"})


if __name__ == "__main__":
    main()
