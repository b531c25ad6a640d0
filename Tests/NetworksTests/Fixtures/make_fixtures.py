#!/usr/bin/env python3
"""Writes what PyTorch makes of a narrow ResNet18 with head and NT-Xent: training.safetensors beside this script.

    pip install torch torchvision safetensors
    python3 make_fixtures.py

One set of weights serves both stems (only conv1 differs). Everything is computed in float64 and stored as float32, so
that a difference is the tested program's own. Per stem: output and all gradients of the first step, the losses of ten
steps of Adam and of SGD on one batch, the running statistics after them, and the embedding of the batch in evaluation.
Stored as float32 in PyTorch's layouts; images are [n, h, w, c].

Where an input of a rectifier lies nearer to 0 than a program's rounding, the gradient there is a matter of the order of its
sums. So the seed is the first one whose passes keep a margin (`MARGINS`).
"""
import pathlib

import torch
import torch.nn as nn
import torch.nn.functional as F
import torchvision
from safetensors.torch import save_file

WIDTH, PAIRS, TEMPERATURE, STEPS = 6, 6, 0.5, 10
SIZES = {"cifar": 16, "imagenet": 32}
# Least distance from 0 of any rectifier's input, in standard deviations of its layer: of the first step, and of all others.
MARGINS = (4e-6, 7e-7)
FOLDER = pathlib.Path(__file__).parent


def narrow_resnet18(stem, width):
    """torchvision's ResNet18 with `width` channels in its first stage, without its last layer."""
    net = torchvision.models.resnet18()
    net.inplanes = width
    if stem == "cifar":
        net.conv1, net.maxpool = nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.Identity()
    else:
        net.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
    net.bn1 = nn.BatchNorm2d(width)
    block = torchvision.models.resnet.BasicBlock
    for stage in range(4):
        layer = net._make_layer(block, width << stage, 2, stride=1 if stage == 0 else 2)
        setattr(net, f"layer{stage + 1}", layer)
    net.fc = nn.Identity()
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return net


class Model(nn.Module):
    def __init__(self, stem):
        super().__init__()
        self.encoder = narrow_resnet18(stem, WIDTH)
        self.head = nn.Sequential(nn.Linear(8 * WIDTH, 20), nn.ReLU(), nn.Linear(20, 10))

    def forward(self, x):
        return self.head(self.encoder(x))


def names(model):
    """The state's names in a weight file: the encoder's plain, the head's under head."""
    return {key.removeprefix("encoder."): value for key, value in model.state_dict().items()}


def nt_xent(z):
    z = F.normalize(z, dim=1)
    s = z @ z.T / TEMPERATURE
    s = s.masked_fill(torch.eye(len(z), dtype=torch.bool), float("-inf"))
    n = len(z) // 2
    return F.cross_entropy(s, torch.cat([torch.arange(n, 2 * n), torch.arange(n)]))


class TooNear(Exception):
    """A rectifier's input is as good as 0."""


def guarded(model, x, margin):
    """`model(x)`; raises TooNear where a rectifier's input lies within the margin."""
    def look(module, inputs):
        if inputs[0].abs().min() < margin * inputs[0].std():
            raise TooNear
    hooks = [module.register_forward_pre_hook(look) for module in model.modules() if isinstance(module, nn.ReLU)]
    try:
        return model(x)
    finally:
        for hook in hooks:
            hook.remove()


def losses(model, x, optimizer, gradients=None):
    values = []
    for step in range(STEPS):
        optimizer.zero_grad()
        z = guarded(model, x, MARGINS[min(step, 1)])
        loss = nt_xent(z)
        loss.backward()
        if step == 0 and gradients is not None:
            gradients["output"] = z.detach().clone()
            for name, parameter in model.named_parameters():
                gradients["gradient." + name.removeprefix("encoder.")] = parameter.grad.clone()
        optimizer.step()
        values.append(loss.item())
    return torch.tensor(values)


def make(seed):
    torch.manual_seed(seed)
    out = {}
    models = {stem: Model(stem) for stem in SIZES}
    with torch.no_grad():
        for module in models["cifar"].modules():
            if isinstance(module, nn.BatchNorm2d):
                module.weight.uniform_(0.5, 1.5)
                module.bias.uniform_(-0.3, 0.3)
        shared = {k: v for k, v in models["cifar"].state_dict().items() if k != "encoder.conv1.weight"}
        models["imagenet"].load_state_dict(shared, strict=False)
        # The tested program starts from float32: so does this one.
        for model in models.values():
            for value in model.state_dict().values():
                value.copy_(value.float())
    out |= {f"start.{k}": v.clone() for k, v in names(models["cifar"]).items() if k != "conv1.weight"}
    for stem, model in models.items():
        start = {key: value.clone() for key, value in model.state_dict().items()}
        out[f"{stem}.conv1.weight"] = start["encoder.conv1.weight"]
        x = torch.randn(2 * PAIRS, 3, SIZES[stem], SIZES[stem]).float().double()
        out[f"{stem}.images"] = x.permute(0, 2, 3, 1)
        found = {}
        out[f"{stem}.losses.adam"] = losses(model, x, torch.optim.Adam(model.parameters(), 2e-4), found)
        model.load_state_dict(start)
        decayed = [p for p in model.parameters() if p.dim() > 1]
        plain = [p for p in model.parameters() if p.dim() == 1]
        groups = [{"params": decayed, "weight_decay": 1e-2}, {"params": plain}]
        out[f"{stem}.losses.sgd"] = losses(model, x, torch.optim.SGD(groups, 0.0005, momentum=0.9))
        model.eval()
        with torch.no_grad():
            found["embedding"] = model.encoder(x)
        for name, value in names(model).items():
            if "running" in name or "tracked" in name:
                found[f"after.{name}"] = value.clone()
        out |= {f"{stem}.{name}": value for name, value in found.items()}
    return {k: (v if v.dtype == torch.int64 else v.float()).contiguous() for k, v in out.items()}


def main():
    torch.set_default_dtype(torch.float64)
    for seed in range(1, 1000):
        try:
            out = make(seed)
        except TooNear:
            continue
        print("seed", seed)
        save_file(out, FOLDER / "training.safetensors", {"torch": torch.__version__, "made by": "make_fixtures.py"})
        return
    raise SystemExit("no seed keeps the margins")


if __name__ == "__main__":
    main()
