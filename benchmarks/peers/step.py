"""One case of a SimCLR training step in PyTorch, in one variant: step.py CASE [--compile] [--channels-last]

Prints one JSON line with the keys of `benchmark step`. Each variant runs in a process of its own, so that its peak
memory is its own. The network, the loss and Adam are those of `benchmark step`; images are random.
"""
import argparse
import json
import os
import resource
import statistics
import time

import torch
import torch.nn.functional as F
import torchvision
from torch import nn

# Name: encoder, side of a picture in pixels, pictures in a batch.
CASES = {
    "resnet32": ("cifar", 32, 64),
    "resnet32x128": ("cifar", 32, 128),
    "resnet64": ("imagenet", 64, 64),
    "resnet224": ("imagenet", 224, 10),
    "vit224": ("vit", 224, 8),
}


class TransformerLayer(nn.Module):
    """Attention and a two-layer perceptron, each after a layer norm and around a residual sum."""

    def __init__(self, width, heads):
        super().__init__()
        self.before_attention = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads, dropout=0.2, batch_first=True)
        self.before_perceptron = nn.LayerNorm(width)
        self.perceptron = nn.Sequential(
            nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width), nn.Dropout(0.2))

    def forward(self, tokens):
        normal = self.before_attention(tokens)
        tokens = tokens + self.attention(normal, normal, normal, need_weights=False)[0]
        return tokens + self.perceptron(self.before_perceptron(tokens))


class VisionTransformer(nn.Module):
    """The paper's ViT_6_6: patches of 16×16 pixels as they are, a class token, learned positions, six layers of six heads."""

    patch = 16

    def __init__(self, side):
        super().__init__()
        width = 3 * self.patch**2
        self.class_token = nn.Parameter(torch.rand(1, 1, width))
        self.positions = nn.Parameter(torch.rand(1, (side // self.patch) ** 2 + 1, width))
        self.layers = nn.Sequential(*(TransformerLayer(width, 6) for _ in range(6)))

    def forward(self, images):
        patches = F.unfold(images, self.patch, stride=self.patch).mT
        tokens = torch.cat([self.class_token.expand(len(images), -1, -1), patches], dim=1)
        return self.layers(tokens + self.positions)[:, 0]


def make_network(kind, side):
    if kind == "vit":
        encoder, width = VisionTransformer(side), 768
    else:
        encoder, width = torchvision.models.resnet18(), 512
        encoder.fc = nn.Identity()
        if kind == "cifar":
            encoder.conv1 = nn.Conv2d(3, 64, kernel_size=3, padding=1, bias=False)
            encoder.maxpool = nn.Identity()
    return nn.Sequential(encoder, nn.Linear(width, 1024), nn.ReLU(), nn.Linear(1024, 512))


def nt_xent(z, temperature=0.5):
    """The views of one picture are rows i and i + n; every other row is a negative."""
    unit = F.normalize(z)
    scores = (unit @ unit.T / temperature).fill_diagonal_(float("-inf"))
    return F.cross_entropy(scores, torch.arange(len(z)).roll(len(z) // 2))


def measure(arguments):
    kind, side, pictures = CASES[arguments.case]
    side, views = arguments.size or side, 2 * (arguments.batch or pictures)
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    torch.manual_seed(1)
    layout = torch.channels_last if arguments.channels_last else torch.contiguous_format
    network = make_network(kind, side).to(memory_format=layout)
    images = torch.randn(views, 3, side, side).contiguous(memory_format=layout)
    adam = torch.optim.Adam(network.parameters(), lr=1e-4, fused=True)
    run = torch.compile(network) if arguments.compile else network

    def step():
        adam.zero_grad()
        loss = nt_xent(run(images))
        loss.backward()
        adam.step()
        return loss.item()

    first_loss = step()
    times = []
    for _ in range(arguments.steps):
        start = time.perf_counter()
        loss = step()
        times.append(time.perf_counter() - start)
    return {
        "case": arguments.case, "variant": variant(arguments), "views": views, "steps": len(times),
        "workers": torch.get_num_threads(), "views_per_s": round(views / min(times), 2),
        "median_views_per_s": round(views / statistics.median(times), 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "first_loss": first_loss, "loss": loss, "version": torch.__version__,
    }


def variant(arguments):
    return " ".join(["compiled" if arguments.compile else "eager"]
                    + ["channels last"] * arguments.channels_last)


parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("case", choices=CASES)
parser.add_argument("--compile", action="store_true", help="torch.compile; needs a C++ compiler")
parser.add_argument("--channels-last", action="store_true", help="channels in the last place of memory")
parser.add_argument("--steps", type=int, default=5, help="steps after the first")
parser.add_argument("--batch", type=int, help="pictures, instead of the case's own")
parser.add_argument("--size", type=int, help="side of a picture, instead of the case's own")
print(json.dumps(measure(parser.parse_args())), flush=True)
