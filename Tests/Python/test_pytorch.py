"""A model saved here goes into PyTorch by docs/load_in_pytorch.py and embeds alike there, and torchvision's weights come here.

Needs the kernel installed where Jupyter finds it, and PyTorch, which nobody else needs to test Contrast (its wheels take 200 MB and
more): without it these tests are skipped, and say so.
"""
import importlib.util
import os
import pathlib
import subprocess
import sys

import pytest
from jupyter_client.kernelspec import KernelSpecManager

missing = "PyTorch is missing: pip install torch torchvision safetensors"
torch = pytest.importorskip("torch", reason=missing)
torchvision = pytest.importorskip("torchvision", reason=missing)
pytest.importorskip("safetensors", reason=missing)
import numpy  # noqa: E402
from PIL import Image  # noqa: E402
from safetensors import safe_open  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402
from torchvision.transforms.v2.functional import pil_to_tensor  # noqa: E402

PROGRAM = KernelSpecManager().get_kernel_spec(os.environ.get("CONTRAST_KERNEL", "contrast")).argv[0]
SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "docs/load_in_pytorch.py"
SIZE = 32


@pytest.fixture(scope="module")
def recipe():
    specification = importlib.util.spec_from_file_location("load_in_pytorch", SCRIPT)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def draw(folder, width, height):
    """A folder of pictures: the paths of its test part, in the order in which they are loaded."""
    chance = numpy.random.default_rng(1)
    for part, name, number in [(p, c, n) for p in ("train", "test") for c in ("cat", "dog") for n in range(6)]:
        coarse = Image.fromarray(chance.integers(0, 256, (8, 8, 3), dtype=numpy.uint8))
        place = folder / part / name
        place.mkdir(parents=True, exist_ok=True)
        coarse.resize((width, height), Image.Resampling.BICUBIC).save(place / f"{number}.png")
    return sorted((folder / "test").glob("*/*.png"))


@pytest.fixture
def pictures(tmp_path):
    """Pictures of the encoders' size, so that both sides see the same pixels."""
    return draw(tmp_path / "photos", SIZE, SIZE)


def contrast(folder, cells):
    (folder / "cells.contrast").write_text(cells)
    done = subprocess.run([PROGRAM, "run", "cells.contrast"], cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def agree(ours, theirs):
    assert ours.shape == theirs.shape and ours.abs().max() > 0
    assert (ours - theirs).abs().max() <= 1e-4 * ours.abs().max()
    assert torch.nn.functional.cosine_similarity(ours.double(), theirs.double()).min() >= 1 - 1e-4
    # The rows differ by more than that, or any network would do.
    assert (ours - ours.mean(0)).abs().max() > 1e-2 * ours.abs().max()


def read(paths):
    return torch.stack([pil_to_tensor(Image.open(path)) for path in paths])


MODELS = {
    "resnet18": "simclr (resnet18 width=64 size=32)",
    "resnet18 of another width": "simclr (resnet18 width=12 size=32) head=[]",
    "resnet18 with the ImageNet stem": "simclr (resnet18 width=16 size=32 stem=imagenet)",
    "resnet34": "simclr (resnet34 width=8 size=32)",
    "resnet34 with the ImageNet stem": "simclr (resnet34 width=64 size=32 stem=imagenet)",
    "resnet50": "simclr (resnet50 width=6 size=32)",
    "resnet50 with the ImageNet stem": "simclr (resnet50 width=16 size=32 stem=imagenet) head=[8]",
    "cnn": "simclr (cnn width=8 size=32)",
    "the paper's vit": "simclr (vit layers=3 heads=4 size=32 patch=8)",
    "the standard vit": "simclr (vit style=standard layers=3 heads=4 width=48 size=32 patch=4)",
    "layers of pictures": "simclr (network size=32 [(convolution 6), norm, relu, (pool max size=2),"
        " (residual [(convolution 8 stride=2), norm, relu, (convolution 8), norm]), relu, (convolution 8 size=5), (norm layer),"
        " gelu, (pool size=3 stride=2), (residual [(convolution 8), gelu]), flatten, (linear 24), norm, relu, (dropout 10%),"
        " (residual [(linear 16), relu])])",
    "layers of tokens": "simclr (network size=32 start=small [(patches 8 width=24), positions, (repeat 2 [(attention 3"
        " dropout=0.1)]), (norm layer), (residual [(linear 20), gelu]), norm, pool, (linear 16)])",
    "a supervised model": "supervised (resnet18 width=8 size=32)",
}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())
def test_pytorch_embeds_alike(tmp_path, pictures, recipe, model):
    contrast(tmp_path, f"""
        photos = load folder "photos" size={SIZE}
        shapes = load shapes train=60 test=10 size={SIZE}
        m = {model}
        train m on=shapes.train epochs=2 batch=20
        save m "m.safetensors"
        export (embed photos.test with=m) "h.npy"
        """)
    network, prepare = recipe.load_encoder(tmp_path / "m.safetensors"), recipe.load_transform(tmp_path / "m.safetensors")
    norms = [module for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    assert all(norm.running_mean.abs().max() > 0 and norm.num_batches_tracked == 6 for norm in norms)
    with torch.inference_mode():
        theirs = network(prepare(read(pictures)))
    ours = torch.from_numpy(numpy.load(tmp_path / "h.npy"))
    agree(ours, theirs)
    done = subprocess.run([sys.executable, SCRIPT, "m.safetensors", pictures[0]], cwd=tmp_path, capture_output=True, text=True,
                          timeout=120)
    assert done.returncode == 0, done.stderr
    words = done.stdout.split(": ", 1)[1].replace(",", "").split()
    assert words[:2] == [str(ours.shape[1]), "numbers"]
    assert torch.allclose(torch.tensor([float(word) for word in words[2:7]]), ours[0, :5], atol=1e-4 * ours.abs().max() + 5e-5)


def test_pictures_of_other_sizes_are_cut_and_resized_alike(tmp_path, recipe):
    pictures = draw(tmp_path / "photos", 90, 70)
    contrast(tmp_path, f"""
        photos = load folder "photos" size={SIZE}
        m = simclr (cnn width=8 size={SIZE})
        train m on=photos.train epochs=1 batch=6
        save m "m.safetensors"
        export (embed photos.test with=m) "h.npy"
        """)
    network, prepare = recipe.load_encoder(tmp_path / "m.safetensors"), recipe.load_transform(tmp_path / "m.safetensors")
    with torch.inference_mode():
        theirs = network(prepare(read(pictures)))
    ours = torch.from_numpy(numpy.load(tmp_path / "h.npy"))
    # Pixels are rounded to bytes on both sides.
    assert (ours - theirs).abs().max() <= 1e-2 * ours.abs().max()


def test_what_the_file_says_of_itself(tmp_path, recipe):
    contrast(tmp_path, """
        s = load shapes train=20 test=10 size=16
        m = simclr (cnn width=2 size=16) head=[4]
        save m "fresh.safetensors"
        train m on=s.train epochs=1 batch=10
        save m "m.safetensors"
        """)
    with pytest.raises(ValueError, match="never trained"):
        recipe.load_transform(tmp_path / "fresh.safetensors")
    recipe.load_encoder(tmp_path / "fresh.safetensors")
    with safe_open(tmp_path / "m.safetensors", "pt") as file:
        found = file.metadata()
    assert {name: found[name] for name in ("architecture", "width", "size")} == {"architecture": "cnn", "width": "2", "size": "16"}
    save_file(load_file(tmp_path / "m.safetensors"), tmp_path / "without.safetensors")
    with pytest.raises(ValueError, match="save it again"):
        recipe.load_encoder(tmp_path / "without.safetensors")


@pytest.mark.parametrize("name, stem", [("resnet18", "imagenet"), ("resnet34", "imagenet"), ("resnet50", "imagenet"), ("resnet18", "cifar")])
def test_torchvisions_weights_open_here(tmp_path, pictures, name, stem):
    torch.manual_seed(2)
    network = getattr(torchvision.models, name)()
    if stem == "cifar":
        network.conv1, network.maxpool = torch.nn.Conv2d(3, 64, 3, padding=1, bias=False), torch.nn.Identity()
    network(torch.randn(16, 3, SIZE, SIZE))  # Running statistics that are not those of the start.
    save_file(network.state_dict(), tmp_path / "theirs.safetensors")
    contrast(tmp_path, f"""
        photos = load folder "photos" size={SIZE}
        encoder = open "theirs.safetensors" into=({name} size={SIZE} stem={stem})
        m = simclr encoder
        export (embed photos.test with=m) "h.npy"
        """)
    network.fc = torch.nn.Identity()
    x = read(pictures).float() / 255
    x = (x - x.mean((0, 2, 3), keepdim=True)) / x.std((0, 2, 3), correction=0, keepdim=True)  # An untrained model takes the pictures' own.
    with torch.inference_mode():
        theirs = network.eval()(x)
    agree(torch.from_numpy(numpy.load(tmp_path / "h.npy")), theirs)


def test_lightly_trains_as_the_fixtures_do():
    """Ten steps of each method that lightly has: the numbers that the Swift tests hold Contrast to."""
    pytest.importorskip("lightly", reason="lightly is missing: pip install lightly")
    script = pathlib.Path(__file__).resolve().parents[1] / "LearningTests/Fixtures/check_with_lightly.py"
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("lightly differs by") == 14
