#!/usr/bin/env python3
"""Trains the methods of make_methods.py a second time with the losses and modules of lightly, and compares: the loss of all ten steps, and
every weight, twin, queue, prototype and centre in the end.

    pip install torch lightly safetensors
    python3 check_with_lightly.py

methods.safetensors holds what make_methods.py computed, and the Swift tests hold Contrast to that; this script closes the circle to the library.
Where lightly differs from a paper, the class says what it is given so that both compute the same.
"""
import sys
import warnings

import torch
import torch.nn.functional as F
from lightly.loss import (BarlowTwinsLoss, DCLLoss, DCLWLoss, DINOLoss, NegativeCosineSimilarity, NTXentLoss, SwaVLoss,
                          VICRegLoss)
from lightly.models.modules import NNMemoryBankModule
from lightly.models.utils import update_momentum
from lightly.utils.scheduler import cosine_schedule

import make_methods as papers
from make_methods import CROPS, IMAGES, STEPS

TOLERANCE = 1e-6


class LightlyTwin:
    """The twin follows by lightly's own update. Its schedule ends a step early, so it is told of one more."""

    def finish(self, step):
        m = cosine_schedule(step, STEPS + 1, self.momentum, 1) if self.rises else self.momentum
        for mine, other in self.pairs():
            update_momentum(other, mine, m)

    def pairs(self):
        return (self.twin, self.encoder), (self.twin_head, self.head)


class SimSiam(papers.SimSiam):
    def loss(self, x, y, step):
        criterion = NegativeCosineSimilarity()
        z, w = self.z(x), self.z(y)
        p, q = self.predictor(z), self.predictor(w)
        if self.stop:
            z, w = z.detach(), w.detach()
        return (criterion(p, w) + criterion(q, z)) / 2


class BYOL(LightlyTwin, papers.BYOL):
    """The paper's loss is 2 − 2 cos for each direction."""

    def loss(self, x, y, step):
        criterion = NegativeCosineSimilarity()
        p, q = self.predictor(self.z(x)), self.predictor(self.z(y))
        v, w = self.target(x), self.target(y)
        return 4 + 2 * criterion(p, w) + 2 * criterion(q, v)


class Barlow(papers.Barlow):
    """The paper's λ is 0.0051, lightly's default 0.005."""

    def loss(self, x, y, step):
        return BarlowTwinsLoss(lambda_param=0.0051)(self.z(x), self.z(y))


class VICReg(papers.VICReg):
    """lightly takes half of the sum of both views' variance terms, the authors' code for CIFAR and the paper's equation 6 the sum."""

    def loss(self, x, y, step):
        return VICRegLoss(mu_param=50)(self.z(x), self.z(y))


class Decoupled(papers.Decoupled):
    def loss(self, x, y, step):
        criterion = DCLWLoss(temperature=0.1, sigma=0.5) if self.weighted else DCLLoss(temperature=0.1)
        a, b = self.z(torch.cat([x, y])).chunk(2)
        return criterion(a, b)


class SimCLR(papers.Clipped):
    def loss(self, x, y, step):
        return NTXentLoss(temperature=0.5)(*self.z(torch.cat([x, y])).chunk(2))


class MoCo(LightlyTwin, papers.MoCo):
    """One-sided, as lightly's queue grows with each call. A batch has to divide the queue: lightly drops the rows that do not fit."""

    def __init__(self, encoder, queue=45):
        super().__init__(encoder, symmetric=False)
        self.queue = self.queue[:queue]
        self.criterion = NTXentLoss(temperature=0.2, memory_bank_size=tuple(self.queue.shape))
        fill(self.criterion.memory_bank, self.queue)

    def loss(self, x, y, step):
        return self.criterion(self.z(x), self.target(y))

    def finish(self, step):
        super().finish(step)
        self.queue = self.criterion.memory_bank.bank


class PlainMoCo(papers.MoCo):
    def __init__(self, encoder, queue):
        super().__init__(encoder, symmetric=False)
        self.queue = self.queue[:queue]


class NNCLR(papers.NNCLR):
    """lightly's memory of neighbours; the loss is the paper's, since NTXentLoss has the views of both sides as negatives. A batch has to divide
    the queue here too."""

    def __init__(self, encoder, queue, papers_queue=False):
        super().__init__(encoder)
        self.queue = self.queue[:queue]
        self.memory = None if papers_queue else NNMemoryBankModule(size=tuple(self.queue.shape))
        if self.memory:
            fill(self.memory, self.queue)

    def loss(self, x, y, step):
        if not self.memory:
            return super().loss(x, y, step)
        z, w = self.z(x), self.z(y)
        p, q = self.predictor(z), self.predictor(w)
        # The second view looks before the first view's rows enter, which lightly takes as they are.
        other = self.memory(w.detach(), update=False)
        own = self.memory(F.normalize(z.detach(), dim=1), update=True)
        return sum(F.cross_entropy(near @ F.normalize(rows, dim=1).T / 0.1, torch.arange(IMAGES))
                   for near, rows in ((own, q), (other, p))) / 2

    def finish(self, step):
        if not self.memory:
            return super().finish(step)
        self.queue = self.memory.bank


class SwAV(papers.SwAV):
    def loss(self, x, y, step, small=None):
        u = list(F.normalize(self.z(torch.cat([x, y])), dim=1).chunk(2))
        if self.crops:
            u += F.normalize(self.z(small), dim=1).chunk(self.crops)
        scores = [self.scores(rows) for rows in u]
        self.new = [rows.detach() for rows in u[:2]]
        queues = list(self.queue.buffers())
        earlier = [self.scores(rows) for rows in queues] if queues and self.arrived >= len(queues[0]) else None
        return SwaVLoss(temperature=0.1, sinkhorn_epsilon=0.05)(scores[:2], scores[2:], earlier).sum()


class DINO(LightlyTwin, papers.DINO):
    def __init__(self, encoder, warm_up=(0.04,)):
        super().__init__(encoder, warm_up)
        self.criterion = DINOLoss(7, warm_up[0], warm_up[-1], len(warm_up))

    def pairs(self):
        return *super().pairs(), (self.twin_prototypes, self.prototypes)

    def loss(self, x, y, step, small=None):
        def scores(z, prototypes):
            return F.normalize(z, dim=1) @ F.normalize(prototypes.weight, dim=1).T
        student = list(scores(self.z(torch.cat([x, y])), self.prototypes).chunk(2))
        student += scores(self.z(small), self.prototypes).chunk(CROPS)
        teacher = list(scores(self.target(torch.cat([x, y])), self.twin_prototypes).chunk(2))
        return self.criterion(teacher, student, epoch=step // papers.BATCHES)

    def finish(self, step):
        super().finish(step)
        self.centre = self.criterion.center.flatten()


def fill(memory, rows):
    """Rows of its own instead of the ones that it drew."""
    memory.bank, memory.bank_ptr = rows.clone(), torch.zeros(1, dtype=torch.long)


PAIRS = {
    "simsiam": (papers.SimSiam, SimSiam),
    "simsiam-free": (lambda e: papers.SimSiam(e, stop=False), lambda e: SimSiam(e, stop=False)),
    "byol": (papers.BYOL, BYOL),
    "barlow": (papers.Barlow, Barlow),
    "vicreg": (papers.VICReg, VICReg),
    "dcl": (papers.Decoupled, Decoupled),
    "dclw": (lambda e: papers.Decoupled(e, weighted=True), lambda e: Decoupled(e, weighted=True)),
    "simclr-clipped": (papers.Clipped, SimCLR),
    "moco, a queue of 40": (lambda e: PlainMoCo(e, 40), lambda e: MoCo(e, 40)),
    "nnclr, a queue of 20": (lambda e: NNCLR(e, 20, papers_queue=True), lambda e: NNCLR(e, 20)),
    "swav": (papers.SwAV, SwAV),
    "swav-plain": (lambda e: papers.SwAV(e, crops=0, queue=0), lambda e: SwAV(e, crops=0, queue=0)),
    "dino": (papers.DINO, DINO),
    "dino-warm": (lambda e: papers.DINO(e, warm_up=(0.04, 0.055, 0.07)), lambda e: DINO(e, warm_up=(0.04, 0.055, 0.07))),
}


def compare(name, encoder, batches, number):
    """The largest difference of the two trainings, as a share of the largest number of each tensor."""
    results = []
    for make in PAIRS[name]:
        torch.manual_seed(number)
        model = make(encoder)
        results.append(papers.train(name.split(",")[0], model, batches))
    ours, theirs = results
    worst = 0
    for key, value in ours.items():
        other = theirs[key].reshape(value.shape)
        if value.dtype.is_floating_point:
            worst = max(worst, ((value - other).abs().max() / value.abs().max().clamp(min=1)).item())
        else:
            assert torch.equal(value, other), key
    return worst


def main():
    warnings.simplefilter("ignore")
    torch.set_default_dtype(torch.float64)
    encoder, batches, _ = papers.start()
    failed = []
    for number, name in enumerate(PAIRS):
        worst = compare(name, encoder, batches, number)
        print(f"{name}: lightly differs by {worst:.1e} at most")
        if not worst <= TOLERANCE:
            failed.append(name)
    sys.exit(f"lightly differs: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
