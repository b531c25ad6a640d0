"""The benchmark's own programs at the smallest sizes: that they run and print what scripts/bench reads.

Needs the program `benchmark`, built in release mode; that its step is one of `train`, and what it counts as operations, is in
Tests/BenchmarkTests. PyTorch's side is not run here: nobody needs it to test Contrast.
"""
import importlib.util
import json
import math
import pathlib
import random
import re
import struct
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / ".build/release/benchmark"


def benchmark(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=120)


def lines(*arguments):
    done = benchmark(*arguments)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def compare():
    spec = importlib.util.spec_from_file_location("compare", ROOT / "benchmarks/compare.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_step_measures_a_small_network():
    [line] = lines("step", "resnet32", "--batch", "2", "--size", "8", "--width", "8", "--steps", "2")
    assert line["case"] == "resnet32" and line["views"] == 4 and line["steps"] == 2
    assert line["views_per_s"] >= line["median_views_per_s"] > 0
    assert 5 < line["peak_mb"] < 500
    # ln 3 is what four views that tell nothing apart give; the step trains.
    assert 0.5 < line["first_loss"] < 2 and line["loss"] < line["first_loss"]


def test_operations_are_those_of_a_direct_convolution():
    [line] = lines("step", "resnet32", "--batch", "2", "--steps", "1")
    # ResNet18 with the 3×3 stem at 32 pixels: 555,417,600 multiply-adds of convolutions, 1,769,472 of them in the first,
    # and 1,048,576 of the head.
    operations = 2 * (3 * 555_417_600 - 1_769_472 + 3 * 1_048_576)
    assert line["effective_gflops"] == pytest.approx(operations * line["views_per_s"] / 1e9, rel=0.002)


def test_augment_and_kernels_print_their_rates():
    [line] = lines("augment", "--size", "8", "--pictures", "4")
    assert line["case"] == "augment" and line["views"] == 8 and line["views_per_s"] > 0
    kernels = lines("kernels", "linear")
    assert [line["kernel"] for line in kernels] == ["linear 512→1024 forward", "linear 512→1024 backward"]
    # Of 128 rows: a product forward; backward one for the weights and one for the inputs.
    operations = 2 * 128 * 512 * 1024
    assert [line["gflops"] * line["ms"] * 1e6 for line in kernels] == pytest.approx(
        [operations, 2 * operations], rel=0.002)
    assert all(0 < line["share_of_limit"] for line in kernels)


@pytest.mark.parametrize("arguments, words", [
    (["step", "resnet33"], "resnet32"),
    (["step", "resnet32", "--batch", "1"], "negatives"),
    (["step", "resnet32", "--size", "4"], "size"),
    (["step", "vit224", "--size", "20"], "patches"),
    (["kernels", "nothing"], "convolution"),
    (["augment", "--size", "0"], "--size 32"),
    (["analysis", "pca", "no-such.npy"], "no file"),
    (["analysis", "pca", "README.md"], "NumPy"),
])
def test_what_cannot_be_measured_is_said(arguments, words):
    done = benchmark(*arguments)
    assert done.returncode not in (0, -4, -5, -6, -11) and not done.stdout
    assert words in done.stderr


def test_both_sides_know_the_same_cases(compare):
    ours = re.search(r"values: ([^)]*)\)", benchmark("step", "--help").stdout.replace("\n", " ")).group(1)
    peer = re.search(r"CASES = \{(.*?)\n\}", (ROOT / "benchmarks/peers/step.py").read_text(), re.S).group(1)
    steps = [name for name in compare.CASES if name != "augment"]
    assert re.split(r",\s*", ours) == steps == re.findall(r'^ +"(\w+)":', peer, re.M)


def fake(folder, name, text):
    path = folder / name
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(0o755)
    return path


def test_the_table_pairs_runs_and_names_what_failed(compare, tmp_path, monkeypatch):
    ours = fake(tmp_path, "ours", 'print(\'{"views_per_s": 90, "peak_mb": 100, "effective_share_of_peak": 1.5, '
                                  '"fma_peak_gflops": 118}\')')
    peer = fake(tmp_path, "peer", "import sys\nif '--compile' in sys.argv: sys.exit('no compiler')\n"
                                  'rate = 30 if "--channels-last" in sys.argv else 20\n'
                                  'print(f\'{{"views_per_s": {rate}, "peak_mb": {rate}0, "version": "2"}}\')')
    monkeypatch.setattr(sys, "argv", ["bench", "--ours", str(ours), "--peer", str(peer), "resnet32"])
    monkeypatch.setattr(compare.shutil, "which", lambda name: name)
    case = compare.Case("resnet32", compare.arguments())
    row = case.measure(3)
    assert row["variant"] == "eager channels last" and row["ratios"] == [3.0, 3.0, 3.0]
    assert row["peer_memory"] == 200
    assert len(case.notes) == 2 and all("no compiler" in note for note in case.notes)
    assert "| resnet32 | 90 | 30 | eager channels last | **3.00×** (3.00–3.00) | 100 / 200 | 0.50× | 150% |" in \
        compare.table([row])


def covariance(rows):
    means = [sum(column) / len(rows) for column in zip(*rows)]
    centred = [[x - mean for x, mean in zip(row, means)] for row in rows]
    return [[sum(row[i] * row[j] for row in centred) / len(rows) for j in range(len(means))] for i in range(len(means))]


def eigenvalues(matrix):
    """Of a symmetric matrix, by Jacobi's rotations."""
    a, size = [row[:] for row in matrix], len(matrix)
    for _ in range(30):
        for p in range(size):
            for q in range(p + 1, size):
                angle = 0.5 * math.atan2(2 * a[p][q], a[p][p] - a[q][q])
                c, s = math.cos(angle), math.sin(angle)
                for k in range(size):
                    a[k][p], a[k][q] = c * a[k][p] + s * a[k][q], c * a[k][q] - s * a[k][p]
                for k in range(size):
                    a[p][k], a[q][k] = c * a[p][k] + s * a[q][k], c * a[q][k] - s * a[p][k]
    return [a[k][k] for k in range(size)]


def test_analysis_reads_rows_and_says_how_good_it_is(tmp_path):
    random.seed(1)
    rows = [[random.gauss(0, 1) for _ in range(6)] for _ in range(120)]
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': (120, 6), }".ljust(117) + "\n"
    file = tmp_path / "rows.npy"
    file.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
                     + struct.pack("<720f", *sum(rows, [])))
    # As the file has them.
    rows = [list(struct.unpack("<6f", struct.pack("<6f", *row))) for row in rows]
    [line] = lines("analysis", "pca", file)
    assert line["rows"] == 120 and line["columns"] == 6 and line["seconds"] > 0
    variances = sorted(eigenvalues(covariance(rows)), reverse=True)
    assert line["explained"] == pytest.approx(sum(variances[:3]) / sum(variances), rel=1e-5)
    [line] = lines("analysis", "tsne", file, "--iterations", "100")
    assert 0 < line["divergence"] < 3 and 0.7 < line["trustworthiness"] <= 1
    [line] = lines("analysis", "neighbours", file)
    expected = 0
    for query in rows[:24]:
        near = sorted(range(120), key=lambda other: math.dist(query, rows[other]))[:10]
        expected += sum(row * (1 + place) for place, row in enumerate(near))
    assert line["checksum"] == expected


def test_the_table_of_analysis_pairs_runs_with_the_fastest_peer(compare, tmp_path, monkeypatch):
    ours = fake(tmp_path, "ours", 'print(\'{"seconds": 1.5, "divergence": 2.4, "trustworthiness": 0.95}\')')
    peer = fake(tmp_path, "peer", "import sys\nslow = 'scikit-learn' in sys.argv\n"
                                  "print('{\"seconds\": %d, \"divergence\": 2.5, \"trustworthiness\": 0.9, '\n"
                                  "      '\"version\": \"openTSNE 1\"}' % (9 if slow else 6))")
    monkeypatch.setattr(sys, "argv", ["bench", "--ours", str(ours), "--peer", str(peer), "tsne"])
    case = compare.analysis_cases.AnalysisCase("tsne", compare.arguments(), compare.last_json, lambda text: None)
    row = case.measure(2)
    assert row["by"] == "openTSNE" and row["ratios"] == [4.0, 4.0]
    assert ("| tsne | 1.5 | 6 | openTSNE | **4.00×** (4.00–4.00) | divergence 2.400, best of theirs 2.500; "
            "trustworthiness 0.950, 0.900 |") in compare.analysis_cases.table([row])


def test_only_the_cases_that_are_asked_for_need_their_libraries(compare):
    assert compare.modules(["pca", "tsne"]) == "numpy sklearn openTSNE"
    assert compare.modules(["resnet32"]) == "numpy torch torchvision"
    peers = (ROOT / "benchmarks/peers/analysis.py").read_text()
    for name in compare.analysis_cases.CASES:
        assert f'"{name}": {name}' in peers


def test_writing_the_table_leaves_the_rest_of_the_page(compare, tmp_path):
    page = tmp_path / "README.md"
    page.write_text(f"before\n{compare.MARKS[0]}\nold\n{compare.MARKS[1]}\nafter\n")
    compare.write("new", page)
    compare.write("newer", page)
    assert page.read_text() == f"before\n{compare.MARKS[0]}\n\nnewer\n\n{compare.MARKS[1]}\nafter\n"
    for marks in (compare.MARKS, compare.analysis_cases.MARKS):
        assert all((ROOT / "benchmarks/README.md").read_text().count(mark) == 1 for mark in marks)


def test_a_case_that_does_not_exist_is_said_before_any_set_up():
    done = subprocess.run([ROOT / "scripts/bench", "resnet33"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 2 and "resnet32x128" in done.stderr and "building" not in done.stdout


@pytest.fixture
def epoch(compare, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    spec = importlib.util.spec_from_file_location("epoch", ROOT / "benchmarks/epoch.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_epoch_trains_and_judges(epoch, tmp_path, monkeypatch):
    monkeypatch.delenv("CONTRAST_CIFAR10", raising=False)
    assert epoch.write_data(tmp_path, 200, 100) == "drawn pictures"
    files = tmp_path / "train.bin", tmp_path / "test.bin"
    assert [path.stat().st_size for path in files] == [200 * 3073, 100 * 3073]
    [line] = lines("epoch", "cnn", *files, "--epochs", "2", "--batch", "32")
    # The last 8 images of 200 fill no batch.
    assert line["images_per_s"] == pytest.approx(384 / sum(line["epoch_seconds"]), rel=0.01)
    assert len(line["losses"]) == len(line["epoch_seconds"]) == 2 and len(line["knn"]) == 3
    # Drawn classes differ in colour and slope, so that their neighbours tell them.
    assert all(0.3 < share <= 1 for share in line["knn"])
    assert line["losses"][1] < line["losses"][0] < math.log(63) + 0.5


@pytest.mark.parametrize("words, said", [
    (["cnn", "no.bin", "no.bin"], "no file"), (["cnn", "README.md", "README.md"], "no records"),
    (["cnn", "{train}", "{train}", "--batch", "41"], "--batch 40"), (["mlp", "{train}", "{train}"], "resnet18x16"),
])
def test_what_cannot_be_trained_is_said(epoch, tmp_path, monkeypatch, words, said):
    monkeypatch.delenv("CONTRAST_CIFAR10", raising=False)
    epoch.write_data(tmp_path, 40, 20)
    done = benchmark("epoch", *(word.replace("{train}", str(tmp_path / "train.bin")) for word in words))
    assert done.returncode not in (0, -4, -5, -6, -11) and not done.stdout and said in done.stderr


def test_time_to_the_same_accuracy_is_that_of_the_less_accurate(epoch):
    ours = {"images_per_s": 300, "epoch_seconds": [2, 2, 2], "knn": [0.1, 0.3, 0.5, 0.6], "peak_mb": 100}
    theirs = {"images_per_s": 100, "epoch_seconds": [9, 9, 9], "knn": [0.1, 0.2, 0.5, 0.4], "peak_mb": 900, "version": "l"}
    row = epoch.row("cnn", [ours], [theirs])
    # Theirs reaches 50 % after two epochs, 18 s; ours after 4 s.
    assert row["ratio"] == 3 and row["time"] == 4.5 and row["knn"] == (0.6, 0.4)
    row |= {"variant": epoch.variant(("--loaders", "1", "--channels-last")), "images": 5120, "epochs": 3}
    assert "| cnn | 5,120 × 3 | 300 | 100 | 1 loader, channels last | **3.00×** (3.00–3.00) | 4.50× | 60.0%, 40.0%, 10.0% " in \
        epoch.table([row])


def test_both_sides_know_the_same_networks(epoch):
    ours = re.search(r"values: ([^)]*)\)", benchmark("epoch", "--help").stdout.replace("\n", " ")).group(1)
    peer = re.search(r"NETWORKS = \{(.*?)\}", (ROOT / "benchmarks/peers/epoch.py").read_text()).group(1)
    assert re.split(r",\s*", ours) == list(epoch.CASES) == re.findall(r'"(\w+)":', peer)
