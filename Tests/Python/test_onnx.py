"""Encoders as ONNX: onnxruntime gives the representations that `embed` gives. Skipped where onnxruntime or numpy is missing."""
import os
import pathlib
import subprocess

import pytest
from jupyter_client.kernelspec import KernelSpecManager

numpy = pytest.importorskip("numpy", reason="numpy is missing: pip install numpy")
onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is missing: pip install onnxruntime")
PROGRAM = KernelSpecManager().get_kernel_spec(os.environ.get("CONTRAST_KERNEL", "contrast")).argv[0]
SIZE = 32
ENCODERS = {
    "resnet18, stem for small images": "resnet18 width=8 size=32 stem=cifar",
    "resnet18, stem of ImageNet": "resnet18 width=8 size=32 stem=imagenet",
    "resnet50": "resnet50 width=4 size=32",
    "cnn": "cnn width=8 size=32",
    "the paper's vit": "vit layers=3 heads=4 size=32 patch=8",
    "the standard vit": "vit style=standard layers=3 heads=4 width=48 size=32 patch=4",
    "layers of pictures": "network size=32 [(convolution 6), norm, relu, (pool max size=2), (residual [(convolution 12 stride=2), norm, "
                          "gelu, (convolution 12)]), (norm layer), (pool mean size=3 stride=2), (dropout 0.2), (convolution 8 size=1), flatten, (linear 16), norm]",
    "layers of tokens": "network size=32 [(patches 8 width=24), positions, (repeat 2 [(attention 3 dropout=0.1)]), (norm layer), "
                        "(residual [(linear 20), gelu]), norm, pool, (linear 16)]",
    "the largest of all places": "network size=32 [(convolution 6), norm, relu, (pool max)]",
}


@pytest.mark.parametrize("encoder", ENCODERS.values(), ids=ENCODERS.keys())
def test_onnxruntime_embeds_alike(tmp_path, encoder):
    rng = numpy.random.default_rng(7)
    images = rng.integers(0, 256, (40, SIZE, SIZE, 3), dtype=numpy.uint8)
    numpy.savez(tmp_path / "images.npz", x_train=images, x_test=images[:12])
    (tmp_path / "cells.contrast").write_text(f"""
        data = load arrays "images.npz"
        m = simclr ({encoder}) head=[8]
        train m on=data.train epochs=2 batch=20
        export m "bytes.onnx"
        export m.encoder "numbers.onnx" pixels=numbers
        export (embed data.test with=m) "h.npy"
        """)
    done = subprocess.run([PROGRAM, "run", "cells.contrast"], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    ours = numpy.load(tmp_path / "h.npy")
    numbers = (images[:12] / numpy.float32(255)).astype(numpy.float32).transpose(0, 3, 1, 2)
    for name, pictures in [("bytes", images[:12]), ("numbers", numbers)]:
        session = onnxruntime.InferenceSession(tmp_path / f"{name}.onnx", providers=["CPUExecutionProvider"])
        [theirs] = session.run(["h"], {"images": pictures})
        assert theirs.shape == ours.shape
        assert numpy.abs(ours - theirs).max() <= 1e-5 * numpy.abs(ours).max(), name
    # An image alone, too: the number of images is open.
    [one] = session.run(["h"], {"images": numbers[:1]})
    assert numpy.abs(ours[:1] - one).max() <= 1e-5 * numpy.abs(ours).max()
    try:
        import onnx
    except ImportError:
        return
    onnx.checker.check_model(str(tmp_path / "bytes.onnx"), full_check=True)


def test_a_model_that_was_never_trained_is_refused(tmp_path):
    (tmp_path / "cells.contrast").write_text('m = simclr (cnn width=2 size=16) head=[4]\nexport m "m.onnx"\n')
    done = subprocess.run([PROGRAM, "run", "cells.contrast"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and "never trained" in done.stdout + done.stderr
    assert not pathlib.Path(tmp_path / "m.onnx").exists()
