#!/usr/bin/env python3
"""Loads the encoder of a model that Contrast saved (`save m "m.safetensors"`) into PyTorch, and embeds pictures with it.

    pip install torch torchvision safetensors
    python docs/load_in_pytorch.py m.safetensors picture.png …

    encoder, prepare = load_encoder("m.safetensors"), load_transform("m.safetensors")
    h = encoder(prepare(picture)[None])

What stands in the file, beside the encoder's tensors and under plain keys of its metadata, is enough to build the network.

resnet18, -34, -50   torchvision's own ResNet, with fewer or more channels where the width is not 64. stem=cifar, for small
                     pictures, begins with a 3×3 convolution and has no max-pool. There is no fc: the representation comes
                     before it.
vit                  the module ViT below. torchvision's VisionTransformer calls its tensors otherwise and adds 1e-6 where these
                     norms add 1e-5; style=paper differs in structure too (patches are tokens as they are, ReLU, no last norm).
cnn                  the module CNN below; torchvision has none like it.
network              what a list of layers says: nn.Sequential, with the modules below where PyTorch has none.
"""
import json
import sys

import torch
import torchvision
from PIL import Image, ImageOps  # torchvision brings it.
from safetensors import safe_open
from torch import nn
from torch.nn import functional as F
from torchvision.transforms import v2

# What stands in the file beside the encoder: the head that only training needs, and what training left.
NOT_THE_ENCODER = ("head.", "history.", "training.", "best.")


def load_encoder(path):
    """The encoder in evaluation mode: pictures [n, 3, size, size], prepared, to representations [n, width]."""
    with safe_open(path, "pt") as file:
        weights = {name: file.get_tensor(name) for name in file.keys() if not name.startswith(NOT_THE_ENCODER)}
    encoder = build(settings(path))
    encoder.load_state_dict(weights)  # Strict: every tensor of both sides must be there, in the same shape.
    return encoder.eval()


def load_transform(path):
    """What Contrast does to a picture [3, height, width] of bytes: the square in its middle, the encoder's size, normalised."""
    known = settings(path)
    if "mean" not in known:
        raise ValueError(f"{path} gives no mean and std, since its model was never trained: normalise by the pictures' own")
    size = int(known["size"])

    def prepare(picture):
        square = v2.functional.center_crop(picture, min(picture.shape[-2:]))
        resized = v2.functional.resize(square, [size, size], antialias=True)
        numbers = v2.functional.to_dtype(resized, torch.float32, scale=True)
        return v2.functional.normalize(numbers, json.loads(known["mean"]), json.loads(known["std"]))

    return prepare


def settings(path):
    """The file's metadata, all of it text: architecture, size, width and so on; mean and std as lists in JSON."""
    with safe_open(path, "pt") as file:
        found = file.metadata() or {}
    if "architecture" not in found:
        raise ValueError(f"{path} does not say what network it holds: open it in Contrast and save it again")
    return found


def build(known):
    if known["architecture"] == "network":
        return Network(json.loads(known["layers"])["layers"], int(known["size"]))
    number = {name: int(known[name]) for name in ("size", "width", "patch", "layers", "heads") if name in known}
    if known["architecture"] in ("resnet18", "resnet34", "resnet50"):
        return resnet(known["architecture"], known["stem"], number["width"])
    if known["architecture"] == "vit":
        return ViT(known["style"], **number, dropout=float(known["dropout"]))
    if known["architecture"] == "cnn":
        return CNN(number["width"])
    raise ValueError(f"this script knows no encoder {known['architecture']}")


def resnet(architecture, stem, width):
    network = getattr(torchvision.models, architecture)()
    if width != 64:  # torchvision's stages begin at 64 channels: here they are made as it makes them, from another number.
        network.inplanes = width
        network.conv1 = nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False)
        network.bn1 = nn.BatchNorm2d(width)
        for stage in range(4):
            name = f"layer{stage + 1}"
            blocks = getattr(network, name)
            made = network._make_layer(type(blocks[0]), width << stage, len(blocks), stride=1 if stage == 0 else 2)
            setattr(network, name, made)
    if stem == "cifar":
        network.conv1 = nn.Conv2d(3, width, 3, padding=1, bias=False)
        network.maxpool = nn.Identity()
    network.fc = nn.Identity()
    return network


class CNN(nn.Module):
    def __init__(self, width):
        super().__init__()
        widths = [3, width, 2 * width, 4 * width, 8 * width]
        self.conv = nn.ModuleList(
            nn.Conv2d(widths[i], widths[i + 1], 3, stride=1 if i == 0 else 2, padding=1, bias=False) for i in range(4))
        self.bn = nn.ModuleList(nn.BatchNorm2d(width) for width in widths[1:])

    def forward(self, x):
        for conv, bn in zip(self.conv, self.bn):
            x = F.relu(bn(conv(x)))
        return x.mean((2, 3))


class Network(nn.Module):
    """A list of layers, as the file says it."""

    def __init__(self, layers, size):
        super().__init__()
        self.layers, self.shape = sequence(layers, (3, size, size))

    def forward(self, x):
        return self.layers(x)


def flat(layers):
    """The list without lists within it and repetitions."""
    for layer in layers:
        if layer["layer"] in ("group", "repeat"):
            for _ in range(layer.get("times", 1)):
                yield from flat(layer["layers"])
        else:
            yield layer


def sequence(layers, shape):
    """Modules for a list, and the shape of what they give for one picture: (c, h, w), (tokens, c) or (c,)."""
    layers, modules = list(flat(layers)), []
    for place, layer in enumerate(layers):
        following = layers[place + 1] if place + 1 < len(layers) else {}
        is_normalised = following.get("layer") == "norm" and following["kind"] == "batch"
        module, shape = made(layer, shape, bias=not is_normalised)
        modules.append(module)
    return nn.Sequential(*modules), shape


def made(layer, shape, bias):
    kind, width = layer["layer"], shape[0] if len(shape) == 3 else shape[-1]
    if kind == "convolution":
        side, stride, outputs = layer["size"], layer["stride"], layer["channels"]
        module = nn.Conv2d(width, outputs, side, stride=stride, padding=side // 2, bias=bias)
        return module, (outputs,) + tuple((length - 1) // stride + 1 for length in shape[1:])
    if kind == "norm" and layer["kind"] == "layer":
        return (ChannelNorm(width) if len(shape) == 3 else nn.LayerNorm(width)), shape
    if kind == "norm":
        return (nn.BatchNorm2d(width) if len(shape) == 3 else TokenNorm(width)), shape
    if kind == "relu":
        return nn.ReLU(), shape
    if kind == "gelu":
        return nn.GELU(), shape
    if kind == "dropout":
        return nn.Dropout(float(layer["share"])), shape
    if kind == "pool" and "size" in layer:
        side, stride = layer["size"], layer["stride"]
        padding = side // 2 if side % 2 else 0
        module = (
            nn.MaxPool2d(side, stride, padding) if layer["kind"] == "max"
            else nn.AvgPool2d(side, stride, padding, count_include_pad=False))
        return module, shape[:1] + tuple((length + 2 * padding - side) // stride + 1 for length in shape[1:])
    if kind == "pool":
        return Pool(layer["kind"], len(shape) == 3), (width,)
    if kind == "linear":
        return nn.Linear(width, layer["outputs"]), shape[:-1] + (layer["outputs"],)
    if kind == "flatten":
        count = 1
        for length in shape:
            count *= length
        return Flat(), (count,)
    if kind == "residual":
        module = Residual(layer["layers"], shape)
        return module, module.shape
    if kind == "patches":
        side = layer["side"]
        count, numbers = (shape[1] // side) * (shape[2] // side), 3 * side * side
        outputs = layer["width"] or numbers
        return Patches(side, outputs if layer["width"] else None), (count, outputs)
    if kind == "positions":
        return Positions(shape[0] + 1, width), (shape[0] + 1, width)
    hidden = layer["hidden"] or 4 * width
    bend = nn.ReLU() if layer["bend"] == "relu" else nn.GELU()
    return Block(width, layer["heads"], float(layer["dropout"]), hidden, bend), shape


class Residual(nn.Module):
    def __init__(self, layers, shape):
        super().__init__()
        self.main, self.shape = sequence(layers, shape)
        self.shortcut = nn.Identity()
        stride = strides(layers)
        if len(shape) == 3 and (stride > 1 or shape[0] != self.shape[0]):
            self.shortcut = nn.Sequential(
                nn.Conv2d(shape[0], self.shape[0], 1, stride=stride, bias=False), nn.BatchNorm2d(self.shape[0]))
        elif len(shape) < 3 and shape[-1] != self.shape[-1]:
            self.shortcut = nn.Linear(shape[-1], self.shape[-1])

    def forward(self, x):
        return self.main(x) + self.shortcut(x)


def strides(layers):
    product = 1
    for layer in flat(layers):
        product *= strides(layer["layers"]) if layer["layer"] == "residual" else layer.get("stride", 1)
    return product


class ChannelNorm(nn.LayerNorm):
    """A layer norm over the channels of each place."""

    def forward(self, x):
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


class TokenNorm(nn.BatchNorm1d):
    """Batch normalisation of rows, or of all tokens."""

    def forward(self, x):
        return super().forward(x.flatten(0, -2)).view(x.shape)


class Pool(nn.Module):
    def __init__(self, kind, is_picture):
        super().__init__()
        self.kind, self.axes = kind, (2, 3) if is_picture else (1,)

    def forward(self, x):
        if self.kind == "class":
            return x[:, 0]
        return x.mean(self.axes) if self.kind == "mean" else x.amax(self.axes)


class Flat(nn.Module):
    """All numbers in a row, the channels of a place together."""

    def forward(self, x):
        return (x.movedim(1, -1) if x.dim() == 4 else x).flatten(1)


class Patches(nn.Module):
    def __init__(self, side, outputs):
        super().__init__()
        self.side, self.outputs = side, outputs
        if outputs:
            self.weight = nn.Parameter(torch.zeros(outputs, 3 * side * side))
            self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x):
        patches = F.unfold(x, self.side, stride=self.side).transpose(1, 2)  # A row each: its reds, its greens, its blues.
        return F.linear(patches, self.weight, self.bias) if self.outputs else patches


class Positions(nn.Module):
    def __init__(self, count, width):
        super().__init__()
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.position = nn.Parameter(torch.zeros(1, count, width))

    def forward(self, x):
        return torch.cat([self.token.expand(len(x), -1, -1), x], dim=1) + self.position


class ViT(nn.Module):
    def __init__(self, style, size, patch, width, layers, heads, dropout):
        super().__init__()
        is_paper = style == "paper"
        self.side = patch
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.position = nn.Parameter(torch.zeros(1, (size // patch) ** 2 + 1, width))
        self.patch = nn.Identity() if is_paper else nn.Linear(3 * patch * patch, width)
        hidden, bend = (width, nn.ReLU) if is_paper else (4 * width, nn.GELU)
        self.blocks = nn.ModuleList(Block(width, heads, dropout, hidden, bend()) for _ in range(layers))
        self.norm = nn.Identity() if is_paper else nn.LayerNorm(width)

    def forward(self, x):
        patches = F.unfold(x, self.side, stride=self.side).transpose(1, 2)  # A row each: its reds, its greens, its blues.
        tokens = torch.cat([self.token.expand(len(x), -1, -1), self.patch(patches)], dim=1) + self.position
        for block in self.blocks:
            tokens = block(tokens)
        return self.norm(tokens[:, 0])


class Block(nn.Module):
    def __init__(self, width, heads, dropout, hidden, bend):
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads, dropout=dropout, batch_first=True)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, hidden), bend, nn.Linear(hidden, width), nn.Dropout(dropout))

    def forward(self, x):
        y = self.norm1(x)
        x = x + self.attention(y, y, y, need_weights=False)[0]
        return x + self.mlp(self.norm2(x))


def main(path, *pictures):
    encoder, prepare = load_encoder(path), load_transform(path)
    for name in pictures:
        picture = v2.functional.pil_to_tensor(ImageOps.exif_transpose(Image.open(name)).convert("RGB"))
        with torch.inference_mode():
            h = encoder(prepare(picture)[None])[0]
        print(f"{name}: {len(h)} numbers, {' '.join(f'{number:.4f}' for number in h[:5].tolist())} …")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: python load_in_pytorch.py m.safetensors picture.png …")
    main(*sys.argv[1:])
