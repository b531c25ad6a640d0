"""One analysis by scikit-learn or openTSNE: analysis.py CASE FILE.npy [--by LIBRARY]. Prints one JSON line.

Cases: `pca` to 512 components and back to rows, `tsne` to two dimensions, `neighbours` 10 of the first 10,000 rows in all.
Settings are each library's own, on all cores.
"""
import argparse
import json
import os
import time

CORES = len(os.sched_getaffinity(0))
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = str(CORES)

import numpy  # noqa: E402  after the number of threads is set
import sklearn  # noqa: E402


def pca(x, by):
    from sklearn.decomposition import PCA
    count = min(512, min(x.shape) // 2)
    model = PCA(count, random_state=0)
    start = time.perf_counter()
    model.fit_transform(x)
    return time.perf_counter() - start, {"explained": float(model.explained_variance_ratio_.sum())}


def tsne(x, by):
    from sklearn.manifold import trustworthiness
    if by == "scikit-learn":
        from sklearn.manifold import TSNE
        model = TSNE(2, random_state=0, n_jobs=CORES)
        start = time.perf_counter()
        points = model.fit_transform(x)
        seconds, divergence = time.perf_counter() - start, float(model.kl_divergence_)
    else:
        import openTSNE
        method = "fft" if by.endswith("FFT") else "bh"
        start = time.perf_counter()
        points = openTSNE.TSNE(n_jobs=CORES, random_state=0, negative_gradient_method=method).fit(x)
        seconds, divergence = time.perf_counter() - start, float(points.kl_divergence)
    points = numpy.asarray(points)
    return seconds, {"divergence": divergence, "trustworthiness": float(trustworthiness(x, points, n_neighbors=5))}


def neighbours(x, by):
    from sklearn.neighbors import NearestNeighbors
    queries = x[:min(len(x) // 5, 10_000)]
    start = time.perf_counter()
    found = NearestNeighbors(n_neighbors=10, algorithm="brute", n_jobs=CORES).fit(x).kneighbors(queries, return_distance=False)
    seconds = time.perf_counter() - start
    return seconds, {"checksum": int((found.astype(numpy.int64) * (1 + numpy.arange(10))).sum())}


LIBRARIES = {"pca": ["scikit-learn"], "tsne": ["scikit-learn", "openTSNE", "openTSNE FFT"], "neighbours": ["scikit-learn"]}
CASES = {"pca": pca, "tsne": tsne, "neighbours": neighbours}


def version(by):
    if by == "scikit-learn":
        return f"scikit-learn {sklearn.__version__}"
    import openTSNE
    return f"openTSNE {openTSNE.__version__}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("case", choices=CASES)
    parser.add_argument("file")
    parser.add_argument("--by", default="scikit-learn", help="the library")
    arguments = parser.parse_args()
    if arguments.by not in LIBRARIES[arguments.case]:
        parser.error(f"--by is one of {', '.join(LIBRARIES[arguments.case])} for {arguments.case}")
    seconds, quality = CASES[arguments.case](numpy.load(arguments.file), arguments.by)
    print(json.dumps({"case": arguments.case, "by": arguments.by, "seconds": round(seconds, 4), **quality,
                      "version": version(arguments.by)}), flush=True)
