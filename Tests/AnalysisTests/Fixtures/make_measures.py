"""Numbers for MeasuresTests: python3 make_measures.py, with numpy and scikit-learn 1.9.

Rows are a mixture of groups of which some lie close together; the map is two of their columns, with noise. Everything is
computed in double precision from the Float32 numbers that the files hold.
"""
import json
import pathlib

import numpy as np
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

HERE = pathlib.Path(__file__).resolve().parent
random = np.random.default_rng(1)
count, width = 300, 21
centres = random.normal(size=(7, width)) * 1.5
rows = (centres[random.integers(7, size=count)] + random.normal(size=(count, width))).astype(np.float32)
others = (rows + 0.8 * random.normal(size=rows.shape)).astype(np.float32)
plane = (40 * rows[:, :2] + 12 * random.normal(size=(count, 2))).astype(np.float32)
for name, array in (("rows", rows), ("others", others), ("map", plane)):
    np.save(HERE / f"measures_{name}.npy", array)


def unit(x):
    x = x.astype(np.float64)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def squares(x):
    return ((x[:, None] - x[None]) ** 2).sum(-1)


def near(x, k, metric):
    return NearestNeighbors(n_neighbors=k, metric=metric, algorithm="brute").fit(x).kneighbors(return_distance=False)


def recall(k, metric):
    pairs = zip(near(rows.astype(np.float64), k, metric), near(plane.astype(np.float64), k, "euclidean"))
    return sum(len(set(a) & set(b)) for a, b in pairs) / (count * k)


values = np.linalg.svd(rows.astype(np.float64), compute_uv=False)
shares = values / values.sum() + 1e-7
views = np.concatenate([unit(rows), unit(others)])
similar = views @ views.T
np.fill_diagonal(similar, -np.inf)
positive = similar[np.arange(2 * count), (np.arange(2 * count) + count) % (2 * count)]
ranks = 1 + (similar > positive[:, None]).sum(1)
numbers = {
    "alignment": ((unit(rows) - unit(others)) ** 2).sum(1).mean(),
    "uniformity": np.log(np.exp(-2 * squares(unit(rows))[np.triu_indices(count, 1)]).mean()),
    "spread": unit(rows).std(axis=0).mean() * width**0.5,
    "effective rank": np.exp(-(shares * np.log(shares)).sum()),
    "top1": (ranks <= 1).mean(), "top5": (ranks <= 5).mean(), "mean rank": ranks.mean(),
    **{f"recall {metric} {k}": recall(k, metric) for metric in ("euclidean", "cosine") for k in (3, 10, 40)},
    **{f"trustworthiness {k}": trustworthiness(rows.astype(np.float64), plane.astype(np.float64), n_neighbors=k)
       for k in (1, 5, 10, 60)},
}
(HERE / "measures.json").write_text(json.dumps({name: float(value) for name, value in numbers.items()}, indent=1) + "\n")
