"""SimCLR's views by torchvision's second transforms, on one core: augment.py [--tensors]

Prints one JSON line. Pictures are PIL's, or with --tensors bytes in tensors; views end as bytes, without the
normalisation that ours end with.
"""
import argparse
import json
import time

import numpy
import PIL.Image
import torch
import torchvision
from torchvision.transforms import v2

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("--tensors", action="store_true", help="pictures are tensors instead of PIL images")
parser.add_argument("--size", type=int, default=32, help="side of a picture in pixels")
parser.add_argument("--pictures", type=int, default=500, help="pictures; two views of each are made")
arguments = parser.parse_args()

torch.set_num_threads(1)
size = arguments.size
noise = numpy.random.default_rng(1).integers(0, 256, (arguments.pictures, size, size, 3), numpy.uint8)
augmentation = v2.Compose([
    v2.RandomResizedCrop(size, scale=(0.2, 1)),
    v2.RandomHorizontalFlip(),
    v2.RandomApply([v2.ColorJitter(0.4, 0.4, 0.4, 0.1)], p=0.8),
    v2.RandomGrayscale(0.1),
])
if arguments.tensors:
    pictures = list(torch.from_numpy(noise).permute(0, 3, 1, 2).contiguous())
else:
    pictures = [PIL.Image.fromarray(picture) for picture in noise]
    augmentation = v2.Compose([augmentation, v2.PILToTensor()])

best = 0.0
for _ in range(4):
    start = time.perf_counter()
    for picture in pictures:
        augmentation(picture), augmentation(picture)
    best = max(best, 2 * len(pictures) / (time.perf_counter() - start))
print(json.dumps({
    "case": "augment", "variant": "tensors" if arguments.tensors else "PIL", "size": size,
    "views": 2 * len(pictures), "views_per_s": round(best, 1), "version": torchvision.__version__,
}), flush=True)
