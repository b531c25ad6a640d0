#!/usr/bin/env python3
"""Writes what PyTorch makes of two small vision transformers with head and NT-Xent: vit.safetensors beside this script.

    pip install torch safetensors
    python3 make_vit_fixtures.py

Both styles of the tested program, without dropout. Everything is computed in float64 and stored as float32, so that a
difference is the tested program's own. Per style: the weights at the start, the output and all gradients of the first
step, and the losses of ten steps of Adam on one batch. Images are stored as [n, h, w, c].
"""
import pathlib

import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import save_file

SIZE, PATCH, HEADS, LAYERS, PAIRS, TEMPERATURE, STEPS = 12, 4, 3, 2, 5, 0.5, 10


class Block(nn.Module):
    def __init__(self, width, hidden, bend):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, HEADS, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(width, hidden), bend, nn.Linear(hidden, width))

    def forward(self, x):
        normed = self.norm1(x)
        x = x + self.attention(normed, normed, normed, need_weights=False)[0]
        return x + self.mlp(self.norm2(x))


class ViT(nn.Module):
    def __init__(self, style):
        super().__init__()
        numbers = 3 * PATCH * PATCH
        paper = style == "paper"
        width = numbers if paper else 24
        hidden = width if paper else 4 * width
        self.patch = nn.Identity() if paper else nn.Linear(numbers, width)
        self.token = nn.Parameter(torch.rand(1, 1, width))
        self.position = nn.Parameter(torch.rand(1, (SIZE // PATCH) ** 2 + 1, width))
        self.blocks = nn.ModuleList(
            Block(width, hidden, nn.ReLU() if paper else nn.GELU()) for _ in range(LAYERS))
        self.norm = nn.Identity() if paper else nn.LayerNorm(width)
        self.head = nn.Sequential(nn.Linear(width, 20), nn.ReLU(), nn.Linear(20, 10))

    def forward(self, x):
        patches = self.patch(F.unfold(x, PATCH, stride=PATCH).transpose(1, 2))
        x = torch.cat([self.token.expand(len(x), -1, -1), patches], 1) + self.position
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x[:, 0]))


def nt_xent(z):
    z = F.normalize(z, dim=1)
    s = z @ z.T / TEMPERATURE
    s = s.masked_fill(torch.eye(len(z), dtype=torch.bool), float("-inf"))
    n = len(z) // 2
    return F.cross_entropy(s, torch.cat([torch.arange(n, 2 * n), torch.arange(n)]))


def main():
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(3)
    out = {}
    for style in ["paper", "standard"]:
        model = ViT(style)
        with torch.no_grad():
            for name, value in model.named_parameters():
                if value.dim() == 1:  # norms and biases that are not all alike
                    value.add_(torch.rand_like(value) * 0.4 - 0.2)
                value.copy_(value.float())  # the tested program starts from float32: so does this one
        out |= {f"{style}.start.{name}": value.detach().clone() for name, value in model.named_parameters()}
        x = torch.randn(2 * PAIRS, 3, SIZE, SIZE).float().double()
        out[f"{style}.images"] = x.permute(0, 2, 3, 1)
        optimizer, losses = torch.optim.Adam(model.parameters(), 1e-3), []
        for step in range(STEPS):
            optimizer.zero_grad()
            z = model(x)
            loss = nt_xent(z)
            loss.backward()
            if step == 0:
                out[f"{style}.output"] = z.detach().clone()
                out |= {f"{style}.gradient.{name}": value.grad.clone() for name, value in model.named_parameters()}
            optimizer.step()
            losses.append(loss.item())
        out[f"{style}.losses"] = torch.tensor(losses)
    out = {name: value.float().contiguous() for name, value in out.items()}
    save_file(out, pathlib.Path(__file__).parent / "vit.safetensors", {"torch": torch.__version__})


main()
