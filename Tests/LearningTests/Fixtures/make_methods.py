#!/usr/bin/env python3
"""Writes what PyTorch makes of ten steps of each method on a narrow ResNet18: methods.safetensors beside this script.

    pip install torch torchvision safetensors
    python3 make_methods.py

Written from the papers with PyTorch's own layers, in float64 and stored as float32, so that a difference is the tested
program's own. All methods start from the same encoder and see the same four batches of views in turn, each view by itself
(or both together, where the method's paper has it so). Gradient descent with momentum and weight decay, the rate falling
along a cosine. Stored for each method: the start of what stands beside the encoder, the loss of each step, and in the end
the weights beside the encoder, some of the encoder's, and all that is kept (twin, queue, prototypes, centre).
Images are [n, h, w, c], views 0…N−1 the first ones and N…2N−1 the second ones of the same images.
"""
import copy
import math
import pathlib
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import save_file

FOLDER = pathlib.Path(__file__).parent
sys.path.append(str(FOLDER.parent.parent / "NetworksTests/Fixtures"))
from make_fixtures import narrow_resnet18  # noqa: E402

WIDTH, SIZE, IMAGES, BATCHES, STEPS = 3, 16, 10, 4, 10
MOMENTUM, DECAY = 0.9, 1e-2
CROPS, SMALL, CLASSES = 2, 9, [0, 1, 0, 2, 1, 0, 0, 1, 3, 2]
TILE_ANSWERS = [5, 0, 23, 7, 7, 11, 16, 2, 9, 20]
FEATURES = 8 * WIDTH
# Of the encoder and its twin these are compared: the first, one in the middle and the last.
LOOKED_AT = ("conv1.weight", "layer2.0.conv1.weight", "layer3.1.bn1.bias", "layer4.1.bn2.weight",
             "layer1.0.bn1.running_mean", "layer4.1.bn2.running_var")


def head(*widths, end="linear", bias=True, inputs=FEATURES):
    """Linear layers with batch normalisation and ReLU between them."""
    layers = []
    for place, (a, b) in enumerate(zip((inputs,) + widths, widths)):
        last = place + 1 == len(widths)
        layers.append(nn.Linear(a, b, bias=last and end == "linear" and bias))
        if not last:
            layers += [nn.BatchNorm1d(b), nn.ReLU()]
        elif end != "linear":
            layers.append(nn.BatchNorm1d(b, affine=end == "normalised"))
    return nn.Sequential(*layers)


def cosine(p, z):
    return F.cosine_similarity(p, z, dim=1).mean()


class Method(nn.Module):
    """A method: `loss(first, second, step)` of a batch, and `finish(step)` after the update."""
    # As high as does not make chaos of single precision: gradients differ in size.
    rate = 0.003
    steady = ()
    kept = ()
    own_encoder = False
    clip = None

    def __init__(self, encoder):
        super().__init__()
        self.encoder = copy.deepcopy(encoder)

    def before(self, step):
        pass

    def finish(self, step):
        pass

    def z(self, x):
        return self.head(self.encoder(x))


class Twinned(Method):
    """With a slow copy of encoder and head."""
    kept = ("twin", "twin_head")
    momentum, rises = 0.9, True

    def make_twin(self):
        self.twin, self.twin_head = copy.deepcopy(self.encoder), copy.deepcopy(self.head)
        for parameter in [*self.twin.parameters(), *self.twin_head.parameters()]:
            parameter.requires_grad = False

    def target(self, x):
        with torch.no_grad():
            return self.twin_head(self.twin(x))

    def finish(self, step):
        m = 1 - (1 - self.momentum) * (1 + math.cos(math.pi * step / STEPS)) / 2 if self.rises else self.momentum
        with torch.no_grad():
            for mine, other in ((self.twin, self.encoder), (self.twin_head, self.head)):
                for a, b in zip(mine.parameters(), other.parameters()):
                    a.mul_(m).add_(b, alpha=1 - m)


class SimSiam(Method):
    steady = ("predictor",)

    def __init__(self, encoder, stop=True):
        super().__init__(encoder)
        self.head = head(14, 10, end="standardised")
        self.predictor = head(6, 10, inputs=10)
        self.stop = stop

    def loss(self, x, y, step):
        z, w = self.z(x), self.z(y)
        p, q = self.predictor(z), self.predictor(w)
        if self.stop:
            z, w = z.detach(), w.detach()
        return -cosine(p, w) / 2 - cosine(q, z) / 2


class BYOL(Twinned):
    def __init__(self, encoder):
        super().__init__(encoder)
        self.head = head(14, 10)
        self.predictor = head(6, 10, inputs=10)
        self.make_twin()

    def loss(self, x, y, step):
        p, q = self.predictor(self.z(x)), self.predictor(self.z(y))
        v, w = self.target(x), self.target(y)
        return 2 - 2 * cosine(p, w) + 2 - 2 * cosine(q, v)


class Barlow(Method):
    rate = 2e-4

    def __init__(self, encoder):
        super().__init__(encoder)
        self.head = head(14, 10, bias=False)

    def loss(self, x, y, step):
        a, b = ((z - z.mean(0)) / torch.sqrt(z.var(0, unbiased=False) + 1e-5) for z in (self.z(x), self.z(y)))
        c = a.T @ b / IMAGES
        diagonal = torch.diagonal(c)
        return ((diagonal - 1) ** 2).sum() + 0.0051 * ((c ** 2).sum() - (diagonal ** 2).sum())


class VICReg(Barlow):
    def loss(self, x, y, step):
        views = self.z(x), self.z(y)
        loss = 25 * F.mse_loss(*views)
        for z in views:
            loss = loss + 25 * F.relu(1 - torch.sqrt(z.var(0) + 1e-4)).mean()
            cov = torch.cov(z.T)
            loss = loss + ((cov ** 2).sum() - (torch.diagonal(cov) ** 2).sum()) / cov.shape[0]
        return loss


def plain_head(*widths, activation=nn.ReLU):
    """Linear layers with a rectifier between them."""
    layers = []
    for a, b in zip((FEATURES,) + widths, widths):
        layers += [nn.Linear(a, b), activation()]
    return nn.Sequential(*layers[:-1])


class Decoupled(Method):
    def __init__(self, encoder, weighted=False):
        super().__init__(encoder)
        self.head = plain_head(14, 10)
        self.weighted = weighted

    def loss(self, x, y, step):
        z = F.normalize(self.z(torch.cat([x, y])), dim=1)
        a, b = z[:IMAGES], z[IMAGES:]
        total = 0
        for own, other in ((a, b), (b, a)):
            positive = (own * other).sum(1)
            weight = 1
            if self.weighted:
                weight = (2 - IMAGES * F.softmax(positive / 0.5, dim=0)).detach()
            apart = ~torch.eye(IMAGES, dtype=torch.bool)
            rest = torch.cat([(own @ own.T)[apart].view(IMAGES, -1), (own @ other.T)[apart].view(IMAGES, -1)], 1)
            total = total + (-weight * positive / 0.1 + torch.logsumexp(rest / 0.1, 1)).mean()
        return total / 2


class SupCon(Method):
    def __init__(self, encoder):
        super().__init__(encoder)
        self.head = plain_head(14, 10)

    def loss(self, x, y, step):
        z = F.normalize(self.z(torch.cat([x, y])), dim=1)
        labels = torch.tensor(CLASSES * 2)
        self_mask = torch.eye(len(z), dtype=torch.bool)
        s = (z @ z.T / 0.2).masked_fill(self_mask, float("-inf"))
        log = s - torch.logsumexp(s, 1, keepdim=True)
        positive = (labels[:, None] == labels[None]) & ~self_mask
        return -(log.masked_fill(~positive, 0).sum(1) / positive.sum(1)).mean()


class MoCo(Twinned):
    kept = ("twin", "twin_head", "queue")
    momentum, rises = 0.9, False

    def __init__(self, encoder, symmetric=True):
        super().__init__(encoder)
        self.head = plain_head(14, 10)
        self.register_buffer("queue", F.normalize(torch.randn(45, 10), dim=1))
        self.place, self.symmetric = 0, symmetric
        self.make_twin()

    def half(self, q, k):
        q, k = F.normalize(q, dim=1), F.normalize(k, dim=1)
        scores = torch.cat([(q * k).sum(1, keepdim=True), q @ self.queue.T], 1) / 0.2
        return F.cross_entropy(scores, torch.zeros(len(q), dtype=torch.long))

    def loss(self, x, y, step):
        if not self.symmetric:
            self.keys = [self.target(y)]
            return self.half(self.z(x), self.keys[0])
        self.keys = [self.target(x), self.target(y)]
        return (self.half(self.z(x), self.keys[1]) + self.half(self.z(y), self.keys[0])) / 2

    def finish(self, step):
        self.queue = self.queue.clone()
        for row in F.normalize(torch.cat(self.keys), dim=1):
            self.queue[self.place] = row
            self.place = (self.place + 1) % len(self.queue)
        super().finish(step)


class MoCoV3(Twinned):
    rate = 1e-3

    def __init__(self, encoder):
        super().__init__(encoder)
        self.head = head(14, 10, end="standardised")
        self.predictor = head(12, 10, inputs=10, end="standardised")
        self.make_twin()

    def half(self, q, k):
        scores = F.normalize(q, dim=1) @ F.normalize(k, dim=1).T / 0.2
        return 2 * 0.2 * F.cross_entropy(scores, torch.arange(len(q)))

    def loss(self, x, y, step):
        p, q = self.predictor(self.z(x)), self.predictor(self.z(y))
        v, w = self.target(x), self.target(y)
        return self.half(p, w) + self.half(q, v)


class NNCLR(Method):
    rate = 1e-3
    kept = ("queue",)

    def __init__(self, encoder):
        super().__init__(encoder)
        self.head = head(14, 10, end="normalised")
        self.predictor = head(6, 10, inputs=10)
        self.register_buffer("queue", F.normalize(torch.randn(25, 10), dim=1))
        self.place = 0

    def half(self, z, p):
        near = self.queue[(F.normalize(z, dim=1) @ self.queue.T).argmax(1)]
        return F.cross_entropy(near @ F.normalize(p, dim=1).T / 0.1, torch.arange(len(p)))

    def loss(self, x, y, step):
        z, w = self.z(x), self.z(y)
        self.new = F.normalize(z.detach(), dim=1)
        p, q = self.predictor(z), self.predictor(w)
        return (self.half(z, q) + self.half(w, p)) / 2

    def finish(self, step):
        self.queue = self.queue.clone()
        for row in self.new:
            self.queue[self.place] = row
            self.place = (self.place + 1) % len(self.queue)


def sinkhorn(scores, epsilon=0.05):
    q = torch.exp(scores / epsilon).T
    q = q / q.sum()
    for _ in range(3):
        q = q / q.sum(1, keepdim=True) / q.shape[0]
        q = q / q.sum(0, keepdim=True) / q.shape[1]
    return (q * q.shape[1]).T


def swapped(scores, codes, temperature):
    """Mean over pairs (code of a, scores of v ≠ a)."""
    terms = [-(q * F.log_softmax(s / temperature, 1)).sum(1).mean()
             for a, q in enumerate(codes) for v, s in enumerate(scores) if v != a]
    return sum(terms) / len(terms)


class SwAV(Method):
    rate = 1e-3
    kept = ("queue",)

    def __init__(self, encoder, crops=CROPS, queue=20, frozen=4):
        super().__init__(encoder)
        self.head = head(14, 10)
        self.prototypes = nn.Linear(10, 7, bias=False)
        self.crops, self.frozen, self.arrived = crops, frozen, 0
        self.queue = nn.Module()
        for view in range(2 if queue else 0):
            self.queue.register_buffer(str(view), F.normalize(torch.randn(queue, 10), dim=1))

    def scores(self, u):
        return u @ F.normalize(self.prototypes.weight, dim=1).T

    def loss(self, x, y, step, small=None):
        u = list(F.normalize(self.z(torch.cat([x, y])), dim=1).chunk(2))
        if self.crops:
            u += F.normalize(self.z(small), dim=1).chunk(self.crops)
        scores = [self.scores(rows) for rows in u]
        self.new = [rows.detach() for rows in u[:2]]
        with torch.no_grad():
            queues = list(self.queue.buffers())
            if queues and self.arrived >= len(queues[0]):
                codes = [sinkhorn(torch.cat([s, self.scores(rows)]))[:IMAGES] for s, rows in zip(scores, queues)]
            else:
                codes = [sinkhorn(s) for s in scores[:2]]
        return swapped(scores, codes, 0.1)

    def before(self, step):
        if step < self.frozen:
            self.prototypes.weight.grad = None

    def finish(self, step):
        for queue, rows in zip(self.queue.buffers(), self.new):
            for offset, row in enumerate(rows):
                queue[(self.arrived + offset) % len(queue)] = row
        self.arrived += IMAGES


class DINO(Twinned):
    rate = 1e-3
    kept = ("twin", "twin_head", "twin_prototypes", "centre")

    def __init__(self, encoder, warm_up=(0.04,)):
        super().__init__(encoder)
        # Of each epoch; the last stays.
        self.temperatures = warm_up
        self.head = plain_head(14, 10, activation=nn.GELU)
        self.prototypes = nn.Linear(10, 7, bias=False)
        self.register_buffer("centre", torch.zeros(7))
        self.twin_prototypes = copy.deepcopy(self.prototypes)
        self.twin_prototypes.weight.requires_grad = False
        self.make_twin()

    def loss(self, x, y, step, small=None):
        def scores(z, prototypes):
            return F.normalize(z, dim=1) @ F.normalize(prototypes.weight, dim=1).T
        s = list(scores(self.z(torch.cat([x, y])), self.prototypes).chunk(2))
        s += scores(self.z(small), self.prototypes).chunk(CROPS)
        self.teacher = scores(self.target(torch.cat([x, y])), self.twin_prototypes)
        temperature = self.temperatures[min(step // BATCHES, len(self.temperatures) - 1)]
        codes = [F.softmax((t - self.centre) / temperature, 1) for t in self.teacher.chunk(2)]
        return swapped(s, codes, 0.1)

    def before(self, step):
        if step < 4:
            self.prototypes.weight.grad = None

    def finish(self, step):
        self.centre = 0.9 * self.centre + 0.1 * self.teacher.mean(0)
        m = 1 - (1 - self.momentum) * (1 + math.cos(math.pi * step / STEPS)) / 2
        with torch.no_grad():
            self.twin_prototypes.weight.mul_(m).add_(self.prototypes.weight, alpha=1 - m)
        super().finish(step)


class Rotation(Method):
    def __init__(self, encoder):
        super().__init__(encoder)
        self.head = nn.Sequential(nn.Linear(FEATURES, 4))

    def loss(self, x, y, step):
        views = torch.cat([torch.rot90(x, k, (2, 3)) for k in range(4)])
        return F.cross_entropy(self.z(views), torch.arange(4).repeat_interleave(IMAGES))


class Jigsaw(Method):
    def __init__(self, encoder):
        super().__init__(encoder)
        self.head = head(14, 24, inputs=4 * FEATURES)

    def loss(self, x, y, step, tiles):
        return F.cross_entropy(self.head(torch.cat(self.encoder(tiles).chunk(4), 1)), torch.tensor(TILE_ANSWERS))


class PIRL(Method):
    kept = ("bank",)

    def __init__(self, encoder):
        super().__init__(encoder)
        self.head, self.tile_head = plain_head(10), plain_head(10)
        self.joint = nn.Sequential(nn.Linear(40, 10))
        # Rows of the images of every batch, and as many others, all of which are negatives.
        self.register_buffer("bank", F.normalize(torch.randn(2 * IMAGES, 10), dim=1))

    def half(self, q):
        q = F.normalize(q, dim=1)
        scores = torch.cat([(q * self.bank[:IMAGES]).sum(1, keepdim=True), q @ self.bank[IMAGES:].T], 1) / 0.2
        return F.cross_entropy(scores, torch.zeros(len(q), dtype=torch.long))

    def loss(self, x, y, step, tiles):
        v = self.z(x)
        g = self.joint(torch.cat(self.tile_head(self.encoder(tiles)).chunk(4), 1))
        self.new = F.normalize(v.detach(), dim=1)
        return (self.half(v) + self.half(g)) / 2

    def finish(self, step):
        self.bank = self.bank.clone()
        self.bank[:IMAGES] = F.normalize((self.bank[:IMAGES] + self.new) / 2, dim=1)


class Stream:
    """The tested program's random numbers: FNV-1a of a name and SplitMix64 of indices start xoshiro256++."""
    MASK = 2**64 - 1

    def __init__(self, seed, name, *indices):
        code = 0xcbf29ce484222325
        for byte in name.encode():
            code = (code ^ byte) * 0x100000001b3 & self.MASK
        self.state = seed ^ code
        for index in indices:
            self.state = self.mix() ^ index
        self.state = self.mix()
        self.s = [self.mix() for _ in range(4)]

    def mix(self):
        self.state = self.state + 0x9e3779b97f4a7c15 & self.MASK
        z = self.state
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9 & self.MASK
        z = (z ^ z >> 27) * 0x94d049bb133111eb & self.MASK
        return z ^ z >> 31

    def next(self):
        s = self.s
        total = s[0] + s[3] & self.MASK
        result = (total << 23 | total >> 41) + s[0] & self.MASK
        t = s[1] << 17 & self.MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = (s[3] << 45 | s[3] >> 19) & self.MASK
        return result

    def permutation(self, count):
        order = list(range(count))
        for last in range(count - 1, 0, -1):
            other = self.next() * (last + 1) >> 64
            order[last], order[other] = order[other], order[last]
        return order


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        normed = self.norm1(x)
        x = x + self.attention(normed, normed, normed, need_weights=False)[0]
        return x + self.mlp(self.norm2(x))


class ViT(nn.Module):
    """Four by four patches of four pixels."""
    def __init__(self, width=12, heads=2):
        super().__init__()
        self.patch = nn.Linear(48, width)
        self.token = nn.Parameter(torch.randn(1, 1, width) / 5)
        self.position = nn.Parameter(torch.randn(1, 17, width) / 5)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(2))
        self.norm = nn.LayerNorm(width)

    def forward(self, x, visible):
        patches = self.patch(x) + self.position[:, 1:]
        patches = torch.gather(patches, 1, visible[:, :, None].expand(-1, -1, patches.shape[2]))
        x = torch.cat([(self.token + self.position[:, :1]).expand(len(x), -1, -1), patches], 1)
        for block in self.blocks:
            x = block(x)
        return self.norm(x)


class Decoder(nn.Module):
    def __init__(self, width=8, heads=2):
        super().__init__()
        self.embed = nn.Linear(12, width)
        self.mask = nn.Parameter(torch.randn(1, 1, width) / 5)
        self.blocks = nn.ModuleList([Block(width, heads)])
        self.norm, self.predict = nn.LayerNorm(width), nn.Linear(width, 48)
        # Sines and cosines of the column, then of the row.
        angles = torch.arange(4.0)[:, None] / 10_000 ** (torch.arange(width // 4) / (width // 4))
        axis = torch.cat([angles.sin(), angles.cos()], 1)
        self.positions = torch.cat([torch.zeros(1, width)] + [
            torch.cat([axis[place % 4], axis[place // 4]])[None] for place in range(16)])

    def forward(self, x, visible):
        x = self.embed(x)
        full = self.mask.expand(len(x), 16, -1).clone()
        full = full.scatter(1, visible[:, :, None].expand(-1, -1, x.shape[2]), x[:, 1:])
        x = torch.cat([x[:, :1], full], 1) + self.positions
        for block in self.blocks:
            x = block(x)
        return self.predict(self.norm(x))[:, 1:]


class MAE(Method):
    rate, own_encoder = 0.02, True

    def __init__(self, encoder):
        nn.Module.__init__(self)
        self.encoder, self.decoder = ViT(), Decoder()

    def loss(self, x, y, step):
        stream = Stream(0, "layer", step, 0, 0)
        visible = torch.tensor([sorted(stream.permutation(16)[:4]) for _ in range(IMAGES)])
        patches = F.unfold(x, 4, stride=4).transpose(1, 2)
        hidden = torch.ones(IMAGES, 16).scatter(1, visible, 0.0)
        found = self.decoder(self.encoder(patches, visible), visible)
        target = (patches - patches.mean(2, keepdim=True)) / (patches.var(2, keepdim=True) + 1e-6).sqrt()
        return (((found - target) ** 2).mean(2) * hidden).sum() / hidden.sum()


class Clipped(Method):
    rate, clip = 0.01, 0.5

    def __init__(self, encoder):
        super().__init__(encoder)
        self.head = plain_head(14, 10)

    def loss(self, x, y, step):
        z = F.normalize(self.z(torch.cat([x, y])), dim=1)
        s = (z @ z.T / 0.5).masked_fill(torch.eye(len(z), dtype=torch.bool), float("-inf"))
        return F.cross_entropy(s, (torch.arange(len(z)) + IMAGES) % len(z))


METHODS = {
    "simsiam": SimSiam,
    "simsiam-free": lambda encoder: SimSiam(encoder, stop=False),
    "byol": BYOL,
    "barlow": Barlow,
    "vicreg": VICReg,
    "dcl": Decoupled,
    "dclw": lambda encoder: Decoupled(encoder, weighted=True),
    "supcon": SupCon,
    "moco": MoCo,
    "moco-one-sided": lambda encoder: MoCo(encoder, symmetric=False),
    "mocov3": MoCoV3,
    "nnclr": NNCLR,
    "swav": SwAV,
    "swav-plain": lambda encoder: SwAV(encoder, crops=0, queue=0),
    "dino": DINO,
    "rotation": Rotation,
    "jigsaw": Jigsaw,
    "pirl": PIRL,
    "mae": MAE,
    "dino-warm": lambda encoder: DINO(encoder, warm_up=(0.04, 0.055, 0.07)),
    "simclr-clipped": Clipped,
}


def is_kept(name, model):
    return name.split(".")[0] in model.kept


def train(name, model, batches):
    state = {k: v for k, v in model.state_dict().items()}
    out = {f"{name}.start.{k}": v.clone() for k, v in state.items()
           if not k.startswith("encoder.") and not is_kept(k, model)}
    out |= {f"{name}.start.{k}": v.clone() for k, v in state.items()
            if is_kept(k, model) and not k.startswith("twin")}
    if model.own_encoder:
        out |= {f"{name}.start.{k[8:]}": v.clone() for k, v in state.items() if k.startswith("encoder.")}
    groups = []
    for k, p in model.named_parameters():
        if p.requires_grad:
            groups.append({"params": [p], "weight_decay": DECAY if p.dim() == 2 or p.dim() == 4 else 0,
                           "steady": k.split(".")[0] in model.steady})
    optimizer = torch.optim.SGD(groups, model.rate, momentum=MOMENTUM)
    values = []
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = model.rate * (1 if group["steady"] else (1 + math.cos(math.pi * step / STEPS)) / 2)
        optimizer.zero_grad()
        x, y, small, tiles = batches[step % BATCHES]
        more = {"swav": [small], "dino": [small], "dino-warm": [small], "swav-plain": [small], "jigsaw": [tiles], "pirl": [tiles]}
        loss = model.loss(x, y, step, *more.get(name, []))
        loss.backward()
        model.before(step)
        if model.clip:
            norm = nn.utils.clip_grad_norm_(model.parameters(), model.clip)
            assert norm > model.clip, norm
        optimizer.step()
        model.finish(step)
        values.append(loss.item())
    out[f"{name}.losses"], out[f"{name}.rate"] = torch.tensor(values), torch.tensor(model.rate)
    for k, v in model.state_dict().items():
        part, _, rest = k.partition(".")
        if part not in ("encoder", "twin"):
            out[f"{name}.after.{k}"] = v.clone()
        elif rest in LOOKED_AT or model.own_encoder:
            out[f"{name}.after.{rest if part == 'encoder' else k}"] = v.clone()
    print(name, [round(value, 4) for value in values])
    return out


def start():
    """The encoder that all start from, its batches, and what is stored of both."""
    torch.manual_seed(3)
    encoder = narrow_resnet18("cifar", WIDTH)
    with torch.no_grad():
        for value in encoder.state_dict().values():
            value.copy_(value.float())
    out = {f"start.{k}": v.clone() for k, v in encoder.state_dict().items()}
    batches = []
    for batch in range(BATCHES):
        # Views of one image are alike.
        images = torch.randn(IMAGES, 3, SIZE, SIZE)
        views = [(images + 0.7 * torch.randn_like(images)).float().double() for _ in range(2)]
        small = F.interpolate(torch.cat([views[0], views[1]]), SMALL, mode="bilinear").float().double()
        # The quarters of the second views, in an order of each image; its number is arbitrary.
        quarters = [views[1][:, :, r:r + 8, c:c + 8] for r in (0, 8) for c in (0, 8)]
        tiles = torch.cat([torch.stack([quarters[(place + image) % 4][image] for image in range(IMAGES)])
                           for place in range(4)])
        batches.append([*views, small, tiles])
        out[f"tiles.{batch}"] = tiles.permute(0, 2, 3, 1)
        out[f"views.{batch}"] = torch.cat(views).permute(0, 2, 3, 1)
        out[f"small.{batch}"] = small.permute(0, 2, 3, 1)
    return encoder, batches, out


def main():
    torch.set_default_dtype(torch.float64)
    encoder, batches, out = start()
    for number, (name, make) in enumerate(METHODS.items()):
        torch.manual_seed(number)
        model = make(encoder)
        with torch.no_grad():
            for value in model.state_dict().values():
                value.copy_(value.float())
        out |= train(name, model, batches)
    out = {k: (v if v.dtype == torch.int64 else v.float()).contiguous() for k, v in out.items()}
    save_file(out, FOLDER / "methods.safetensors", {"torch": torch.__version__, "made by": "make_methods.py"})


if __name__ == "__main__":
    main()
