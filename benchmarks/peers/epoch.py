"""An epoch of SimCLR with lightly's own modules: epoch.py NETWORK TRAIN.bin TEST.bin [--loaders N] [--channels-last] [--compile]

Prints one JSON line with the keys of `benchmark epoch`. Network, head, loss, strengths of the augmentations, Adam and batch are those of
`benchmark epoch`; views come from lightly's transform in a DataLoader. Accuracy is that of 10 nearest neighbours, weighted by similarity.
"""
import argparse
import json
import os
import resource
import time

import lightly
import numpy
import torch
import torch.nn.functional as F
import torchvision
from lightly.loss import NTXentLoss
from lightly.models.modules.heads import ProjectionHead
from lightly.transforms import SimCLRTransform
from PIL import Image
from torch import nn

MEAN, DEVIATION = [0.4914, 0.4822, 0.4465], [0.2470, 0.2435, 0.2616]


def resnet(width):
    """torchvision's ResNet18 with the 3×3 stem, its four stages as wide as `width` says."""
    class Narrow(torchvision.models.ResNet):
        def _make_layer(self, block, planes, blocks, stride=1, dilate=False):
            return super()._make_layer(block, planes * width // 64, blocks, stride, dilate)

        def __init__(self):
            super().__init__(torchvision.models.resnet.BasicBlock, [2, 2, 2, 2])

    class Slim(Narrow):
        # The stem is as wide as the first stage, and the first stage has no shortcut of its own.
        def _make_layer(self, block, planes, blocks, stride=1, dilate=False):
            if planes == 64:
                self.inplanes = width
            return super()._make_layer(block, planes, blocks, stride, dilate)

    network = Slim()
    network.conv1 = nn.Conv2d(3, width, kernel_size=3, padding=1, bias=False)
    network.bn1, network.maxpool, network.fc = nn.BatchNorm2d(width), nn.Identity(), nn.Identity()
    return network, 8 * width


def cnn(width):
    layers, inputs = [], 3
    for stage in range(4):
        outputs = width << stage
        layers += [nn.Conv2d(inputs, outputs, 3, stride=1 if stage == 0 else 2, padding=1, bias=False),
                   nn.BatchNorm2d(outputs), nn.ReLU()]
        inputs = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten()), inputs


NETWORKS = {"resnet18": lambda: resnet(64), "resnet18x16": lambda: resnet(16), "cnn": lambda: cnn(16)}


class Records(torch.utils.data.Dataset):
    """Pictures of a file of CIFAR-10's records: a label, and the red, green and blue plane."""

    def __init__(self, path, transform):
        records = numpy.fromfile(path, numpy.uint8).reshape(-1, 3073)
        self.labels = torch.from_numpy(records[:, 0].astype(numpy.int64))
        self.pixels = records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1).copy()
        self.transform = transform

    def __len__(self):
        return len(self.pixels)

    def __getitem__(self, index):
        return self.transform(Image.fromarray(self.pixels[index]))


def representations(encoder, data, layout):
    encoder.eval()
    pixels = torch.from_numpy(data.pixels).permute(0, 3, 1, 2).float() / 255
    pixels = (pixels - torch.tensor(MEAN)[:, None, None]) / torch.tensor(DEVIATION)[:, None, None]
    with torch.inference_mode():
        rows = [encoder(part.contiguous(memory_format=layout)) for part in pixels.split(256)]
    encoder.train()
    return F.normalize(torch.cat(rows))


def nearest_accuracy(encoder, train, test, layout):
    base, queries = (representations(encoder, data, layout) for data in (train, test))
    near, places = (queries @ base.T).topk(min(10, len(base)))
    votes = torch.zeros(len(queries), 10).scatter_add_(1, train.labels[places], near + 1)
    return (votes.argmax(1) == test.labels).float().mean().item()


def measure(found):
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    torch.manual_seed(1)
    layout = torch.channels_last if found.channels_last else torch.contiguous_format
    encoder, width = NETWORKS[found.network]()
    head = ProjectionHead([(width, 128, None, nn.ReLU()), (128, 64, None, None)])
    network = nn.Sequential(encoder, head).to(memory_format=layout)
    run = torch.compile(network) if found.compile else network
    adam = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)
    loss_of = NTXentLoss(temperature=0.5)
    transform = SimCLRTransform(input_size=32, cj_strength=0.5, min_scale=0.2, random_gray_scale=0.1, gaussian_blur=0.0,
                                normalize={"mean": MEAN, "std": DEVIATION})
    train, test = Records(found.train, transform), Records(found.test, transform)
    loader = torch.utils.data.DataLoader(train, batch_size=found.batch, shuffle=True, drop_last=True, num_workers=found.loaders,
                                         persistent_workers=found.loaders > 0)
    if found.compile or found.steps:
        # A first step, which compiles, is not counted.
        take(run, loss_of, adam, next(iter(loader)), layout)
    seconds, losses, accuracies, images = [], [], [nearest_accuracy(encoder, train, test, layout)], 0
    for _ in range(found.epochs):
        start, total = time.perf_counter(), 0.0
        for number, views in enumerate(loader, 1):
            total += take(run, loss_of, adam, views, layout)
            images += len(views[0])
            if number == found.steps:
                break
        seconds.append(time.perf_counter() - start)
        losses.append(total / number)
        if not found.steps:
            accuracies.append(nearest_accuracy(encoder, train, test, layout))
    # Loaders are processes of their own; the largest of them counts for each.
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"case": found.network, "images": len(train), "epochs": found.epochs, "epoch_seconds": seconds, "losses": losses,
            "images_per_s": images / sum(seconds), "knn": accuracies, "peak_mb": memory,
            "version": f"lightly {lightly.__version__}, PyTorch {torch.__version__}"}


def take(run, loss_of, adam, views, layout):
    first, second = (view.contiguous(memory_format=layout) for view in views[:2])
    z = run(torch.cat([first, second]))
    loss = loss_of(*z.chunk(2))
    adam.zero_grad()
    loss.backward()
    adam.step()
    return loss.item()


parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("network", choices=NETWORKS)
parser.add_argument("train")
parser.add_argument("test")
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--batch", type=int, default=128, help="pictures of a step")
parser.add_argument("--loaders", type=int, default=0, help="processes that make views")
parser.add_argument("--steps", type=int, default=0, help="steps of an epoch, to compare variants; all where 0")
parser.add_argument("--channels-last", action="store_true")
parser.add_argument("--compile", action="store_true")
if __name__ == "__main__":
    print(json.dumps(measure(parser.parse_args())), flush=True)
