"""Trains by SimCLR on pictures of 32 pixels, here and with lightly, in turn, and prints one table; scripts/bench epoch sets up and calls it.

The standard library alone, so that any python3 runs it.
"""
import argparse
import os
import pathlib
import random
import statistics
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import compare  # noqa: E402  from beside this file, wherever it is run

HERE = pathlib.Path(__file__).resolve().parent
# Network: images to train on, epochs. PyTorch's side of each takes a few minutes on two cores.
CASES = {"resnet18": (1280, 2), "resnet18x16": (5120, 4), "cnn": (5120, 6)}
MARKS = "<!-- measured by scripts/bench epoch -->", "<!-- end of what scripts/bench epoch measured -->"
RECORD = 3073


def records(count, seed):
    """Pictures of ten classes as CIFAR-10 has them: bars of a colour and a slope for each class, on noise."""
    draw, data = random.Random(seed), bytearray()
    for number in range(count):
        label = number % 10
        data.append(label)
        colour = [60 + 90 * (label >> bit & 1) + draw.randrange(60) for bit in range(3)]
        slope, phase = (label % 5 - 2, 1 + label // 5), draw.randrange(8)
        for channel in range(3):
            for y in range(32):
                noise = draw.randbytes(32)
                data += bytes(min(255, (colour[channel] if (slope[0] * x + slope[1] * y + phase) // 4 % 2 else 40)
                                  + noise[x] // 6) for x in range(32))
    return bytes(data)


def write_data(folder, count, judged):
    """The files that both sides read: CIFAR-10's where CONTRAST_CIFAR10 names its folder, else drawn pictures. Returns whose they are."""
    train, test, source = folder / "train.bin", folder / "test.bin", os.environ.get("CONTRAST_CIFAR10")
    if source:
        batches = pathlib.Path(source) / "cifar-10-batches-bin"
        train.write_bytes((batches / "data_batch_1.bin").read_bytes()[:RECORD * count])
        test.write_bytes((batches / "test_batch.bin").read_bytes()[:RECORD * judged])
        return "CIFAR-10"
    train.write_bytes(records(count, 1))
    test.write_bytes(records(judged, 2))
    return "drawn pictures"


class Case:
    """One row: the peer's fastest variant, and trainings in turn."""

    def __init__(self, name, arguments):
        self.name, self.arguments, self.notes = name, arguments, []

    def peer(self, words, files, *more):
        return compare.last_json([self.arguments.peer, HERE / "peers/epoch.py", self.name, *files, *words, *more])

    def pick_peer(self, files, batch):
        """A few steps of every variant; the words of the fastest."""
        tried = {}

        def attempt(*words):
            compare.say(f"  {self.name}: lightly {' '.join(words) or 'as it is'}")
            try:
                tried[words] = self.peer(words, files, "--epochs", "1", "--steps", "6", *batch)["images_per_s"]
            except compare.Failed as failure:
                self.notes.append(f"{self.name}: lightly {' '.join(words)} failed: {failure}")

        for layout in [()] if self.arguments.quick else [(), ("--channels-last",)]:
            for loaders in ["0"] if self.arguments.quick else ["0", "1", "2"]:
                attempt("--loaders", loaders, *layout)
        if tried and not self.arguments.quick:
            attempt(*max(tried, key=tried.get), "--compile")
        if not tried:
            raise compare.Failed("; ".join(self.notes))
        return max(tried, key=tried.get)

    def measure(self, rounds):
        count, epochs = (64, 1) if self.arguments.quick else CASES[self.name]
        size = ["--epochs", epochs] + ["--batch", 16] * self.arguments.quick
        with tempfile.TemporaryDirectory() as folder:
            files = [pathlib.Path(folder) / name for name in ("train.bin", "test.bin")]
            source = write_data(pathlib.Path(folder), count, 20 if self.arguments.quick else 1000)
            words = self.pick_peer(files, ["--batch", "16"] * self.arguments.quick)
            ours, theirs = [], []
            for number in range(rounds):
                compare.say(f"  {self.name}: round {number + 1} of {rounds}, ours and lightly {' '.join(words)}")
                ours.append(compare.last_json([self.arguments.ours, "epoch", self.name, *files, *size]))
                theirs.append(self.peer(words, files, *map(str, size)))
        return row(self.name, ours, theirs) | {"variant": variant(words), "data": source, "images": count, "epochs": epochs}


def variant(words):
    """Settings of the peer in words."""
    loaders = words[words.index("--loaders") + 1]
    return ", ".join([f"{loaders} loader{'s' * (loaders != '1')}"]
                     + ["channels last"] * ("--channels-last" in words) + ["compiled"] * ("--compile" in words))


def time_to(result, accuracy):
    """Seconds of training after which an epoch ended with this accuracy; None where none did."""
    spent = 0.0
    for seconds, reached in zip(result["epoch_seconds"], result["knn"][1:]):
        spent += seconds
        if reached >= accuracy:
            return spent
    return None


def row(name, ours, theirs):
    """What the runs in turn come to. Both are asked for the accuracy that the less accurate of a pair reached at its best."""
    times = []
    for mine, other in zip(ours, theirs):
        goal = min(max(mine["knn"][1:]), max(other["knn"][1:]))
        times.append(time_to(other, goal) / time_to(mine, goal))
    ratios = [mine["images_per_s"] / other["images_per_s"] for mine, other in zip(ours, theirs)]

    def middle(results, key):
        return statistics.median(result[key] for result in results)

    return {"case": name, "ours": middle(ours, "images_per_s"), "peer": middle(theirs, "images_per_s"),
            "ratio": statistics.median(ratios), "ratios": ratios, "time": statistics.median(times),
            "knn": (statistics.median(r["knn"][-1] for r in ours), statistics.median(r["knn"][-1] for r in theirs)),
            "start": ours[0]["knn"][0], "memory": middle(ours, "peak_mb"), "peer_memory": middle(theirs, "peak_mb"),
            "version": theirs[0]["version"]}


def table(rows):
    lines = ["| network | images × epochs | ours, images/s | lightly, images/s | its fastest variant | ratio (of each pair) "
             "| time to the same accuracy | accuracy, 10 nearest: ours, theirs, untrained | peak memory, MB |",
             "|---|--:|--:|--:|---|--:|--:|--:|--:|"]
    for found in rows:
        spread = f"{min(found['ratios']):.2f}–{max(found['ratios']):.2f}"
        lines.append(
            f"| {found['case']} | {found['images']:,} × {found['epochs']} | {compare.number(found['ours'])} "
            f"| {compare.number(found['peer'])} | {found['variant']} | **{found['ratio']:.2f}×** ({spread}) | {found['time']:.2f}× "
            f"| {found['knn'][0]:.1%}, {found['knn'][1]:.1%}, {found['start']:.1%} "
            f"| {found['memory']:,.0f} / {found['peer_memory']:,.0f} |")
    return "\n".join(lines)


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench epoch", description="Trains by SimCLR, here and with lightly in turn, and writes "
                                     "the table into benchmarks/README.md.")
    parser.add_argument("cases", nargs="*", metavar="NETWORK", help=f"of {', '.join(CASES)}; all where none is named")
    parser.add_argument("--quick", action="store_true", help="a smoke run, which writes nothing")
    parser.add_argument("--rounds", type=int, default=3, help="pairs of trainings of each network (3)")
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--ours", default=".build/release/benchmark", help=argparse.SUPPRESS)
    parser.add_argument("--peer", default=sys.executable, help=argparse.SUPPRESS)
    found = parser.parse_args()
    for name in found.cases:
        if name not in CASES:
            parser.error(f"There is no network {name}. Write one of {', '.join(CASES)}.")
    if found.rounds < 1:
        parser.error("--rounds is at least 1.")
    return found


def main():
    found = arguments()
    if found.check:
        return 0
    rows, notes = [], []
    names = found.cases or list(CASES)
    for name in names:
        case = Case(name, found)
        try:
            rows.append(case.measure(1 if found.quick else found.rounds))
        except compare.Failed as failure:
            notes.append(f"{name} could not be measured: {failure}")
        notes += case.notes
    if rows:
        data = f"Trained on {rows[0]['data']}, judged on 1,000 others. "
        text = f"{table(rows)}\n\n{data}{compare.machine([], [row['version'] for row in rows])}"
        print(text + "\n")
        if not found.quick and len(rows) == len(CASES):
            compare.write(text, marks=MARKS)
        else:
            compare.say(f"benchmarks/README.md keeps its table: only a run of {', '.join(CASES)} together is written there.")
    for note in notes:
        print(note)
    return 0 if len(rows) == len(names) else 1


if __name__ == "__main__":
    sys.exit(main())
