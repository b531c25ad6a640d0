"""Numbers for ReferenceTests: python3 make_analysis.py, with numpy, scikit-learn 1.9 and openTSNE 1.0.

Everything is computed in double precision from the Float32 rows that the files hold, but for scikit-learn's t-SNE.
"""
import json
import pathlib

import numpy as np
from openTSNE import TSNE as OpenTSNE
from openTSNE.affinity import PerplexityBasedNN
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.neighbors import NearestNeighbors

HERE = pathlib.Path(__file__).resolve().parent
random = np.random.default_rng(2)
count, width = 240, 16
scale = (1 + np.arange(width)) ** -0.7
rows = ((random.normal(size=(6, width))[random.integers(6, size=count)] + 0.6 * random.normal(size=(count, width)))
        * scale).astype(np.float32)
x = rows.astype(np.float64)
np.save(HERE / "analysis_rows.npy", rows)

model = PCA(width, svd_solver="full").fit(x)
np.save(HERE / "analysis_components.npy", np.ascontiguousarray(model.components_))
np.save(HERE / "analysis_explained.npy", model.explained_variance_ratio_)

for metric in ("euclidean", "cosine"):
    near = NearestNeighbors(n_neighbors=10, metric=metric, algorithm="brute").fit(x).kneighbors(return_distance=False)
    np.save(HERE / f"analysis_near_{metric}.npy", near.astype(np.int32))

# Affinities, and the gradient and divergence of a map that is no good yet.
perplexity = 12
p = PerplexityBasedNN(x, perplexity=perplexity, method="exact").P.toarray()
np.save(HERE / "analysis_affinities.npy", p.astype(np.float32))
points = (3 * random.normal(size=(count, 2))).astype(np.float32)
np.save(HERE / "analysis_points.npy", points)
y = points.astype(np.float64)
apart = y[:, None] - y[None]
q = 1 / (1 + (apart ** 2).sum(-1))
np.fill_diagonal(q, 0)
gradient = 4 * ((p - q / q.sum()) * q)[:, :, None] * apart
np.save(HERE / "analysis_gradient.npy", gradient.sum(1))
some = p > 0
numbers = {"divergence": (p[some] * np.log(p[some] / (q[some] / q.sum()))).sum()}


def divergence(points):
    y = np.asarray(points, np.float64)
    q = 1 / (1 + ((y[:, None] - y[None]) ** 2).sum(-1))
    np.fill_diagonal(q, 0)
    return (p[some] * np.log(p[some] / (q[some] / q.sum()))).sum()


numbers["scikit-learn"] = divergence(TSNE(2, perplexity=perplexity, random_state=0).fit_transform(x))
numbers["openTSNE"] = divergence(OpenTSNE(perplexity=perplexity, random_state=0).fit(x))
(HERE / "analysis.json").write_text(json.dumps({name: float(value) for name, value in numbers.items()}, indent=1) + "\n")
