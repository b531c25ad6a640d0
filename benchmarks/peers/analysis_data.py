"""The rows that both sides of an analysis case read: analysis_data.py CASE FILE.npy [--quick]

CIFAR-10's test pictures where CONTRAST_CIFAR10 names the folder that holds cifar-10-batches-bin, else a seeded mixture
with a spectrum as steep as that of pictures. Needs numpy; for `tsne`, of pictures, scikit-learn too.
"""
import argparse
import json
import os
import pathlib

import numpy

# Rows, columns; the last case searches 10,000 of its rows in all of them.
SHAPES = {"pca": (5000, 3072), "tsne": (5000, 50), "neighbours": (50_000, 512)}
QUICK = {"pca": (300, 200), "tsne": (300, 20), "neighbours": (2000, 64)}


def mixture(rows, columns):
    """Ten groups, and columns whose spread falls as that of pictures' components does."""
    random = numpy.random.default_rng(1)
    scale = (1 + numpy.arange(columns)) ** -0.9
    groups = random.integers(10, size=rows)
    return ((random.normal(size=(10, columns))[groups] + random.normal(size=(rows, columns))) * scale).astype(numpy.float32)


def turned(x):
    """The same under an orthogonal map, so that components do not lie along axes."""
    q, _ = numpy.linalg.qr(numpy.random.default_rng(2).normal(size=(x.shape[1],) * 2))
    return (x @ q.astype(numpy.float32)).astype(numpy.float32)


def pixels(rows):
    folder = os.environ.get("CONTRAST_CIFAR10")
    if not folder:
        return None
    batch = numpy.fromfile(pathlib.Path(folder) / "cifar-10-batches-bin/test_batch.bin", numpy.uint8)
    return batch.reshape(-1, 3073)[:rows, 1:].astype(numpy.float32) / 255


def make(case, quick):
    rows, columns = (QUICK if quick else SHAPES)[case]
    pictures = None if quick or case == "neighbours" else pixels(rows)
    if pictures is None:
        return turned(mixture(rows, columns)) if case == "pca" else mixture(rows, columns)
    if case == "pca":
        return pictures
    from sklearn.decomposition import PCA
    return PCA(columns, random_state=0).fit_transform(pictures).astype(numpy.float32)


parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("case", choices=SHAPES)
parser.add_argument("file")
parser.add_argument("--quick", action="store_true", help="few rows")
if __name__ == "__main__":
    found = parser.parse_args()
    rows = make(found.case, found.quick)
    numpy.save(found.file, numpy.ascontiguousarray(rows))
    print(json.dumps({"shape": rows.shape}))
