#!/usr/bin/env bash
# NumPy 2.3.5 and 1.26.4: which functions a pickle of the same array of bytes asks for depends on protocol, version and memory layout.
#
# Expected: one pair, the constructor and the type, so that a reader which allows just these reads every dataset of CIFAR's kind.
# Seen: four sets. Protocol 2 from Python 3 asks for _codecs.encode besides, since it has no bytes; protocol 5 for numeric._frombuffer
# in place of multiarray._reconstruct, but only where the array is contiguous; and 2.x says numpy._core where 1.x says numpy.core, so a list made
# with one version refuses the other's files. Contrast's reader knows those of protocols 2 (of Python 2, as CIFAR has them) to 5.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for version in 1.26.4 2.3.5; do
  python3 -m venv "$folder/$version"
  "$folder/$version/bin/pip" install --quiet --disable-pip-version-check "numpy==$version"
  "$folder/$version/bin/python" - <<'PYTHON'
import io
import pickle
import numpy as np


class Asking(pickle.Unpickler):
    """Notes what a pickle asks for."""

    def find_class(self, module, name):
        self.names.add(f"{module}.{name}")
        return super().find_class(module, name)


def asked(array, protocol):
    reader = Asking(io.BytesIO(pickle.dumps(array, protocol=protocol)))
    reader.names = set()
    assert (reader.load() == array).all()
    return sorted(reader.names - {"numpy.dtype", "numpy.ndarray"})


array = np.arange(12, dtype=np.uint8).reshape(3, 4)
core = "numpy._core" if np.__version__ >= "2" else "numpy.core"
print(f"NumPy {np.__version__}, beside numpy.ndarray and numpy.dtype")
expected = {
    ("contiguous", 2): ["_codecs.encode", f"{core}.multiarray._reconstruct"],
    ("contiguous", 4): [f"{core}.multiarray._reconstruct"],
    ("contiguous", 5): [f"{core}.numeric._frombuffer"],
    ("every second column", 5): [f"{core}.multiarray._reconstruct"],
}
for (layout, protocol), names in expected.items():
    seen = asked(array if layout == "contiguous" else array[:, ::2], protocol)
    print(f"  protocol {protocol}, {layout}: {', '.join(seen)}")
    assert seen == names, "the behaviour has changed"
PYTHON
done
