"""Runs our benchmark and the peers' in turn, and prints one table; scripts/bench sets up and calls it.

The standard library alone, so that any python3 runs it.
"""
import argparse
import datetime
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import analysis_cases  # noqa: E402  from beside this file, wherever it is run

HERE = pathlib.Path(__file__).resolve().parent
CASES = ["resnet32", "resnet32x128", "resnet64", "resnet224", "vit224", "augment"]
ALL = CASES + list(analysis_cases.CASES)
MARKS = "<!-- measured by scripts/bench -->", "<!-- end of what scripts/bench measured -->"
CORES = len(os.sched_getaffinity(0))
# What the C library keeps of freed memory, and large pages: a peer's fastest variant is tried with these too.
TUNED = {"THP_MEM_ALLOC_ENABLE": "1", "MALLOC_TRIM_THRESHOLD_": "100000000000", "MALLOC_MMAP_THRESHOLD_": "100000000000"}


class Failed(Exception):
    """A program that gave no result, with its last words."""


def last_json(command, **environment):
    """Runs one process and reads the last line that it prints."""
    environment = {"CONTRAST_WORKERS": str(CORES), "TORCHINDUCTOR_CACHE_DIR": str(HERE.parent / "build/inductor"),
                   **os.environ, **environment}
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, env=environment,
                              cwd=HERE.parent, timeout=1800)
    except subprocess.TimeoutExpired:
        raise Failed("took more than half an hour")
    if done.returncode != 0:
        words = [line for line in done.stderr.splitlines() if line.strip()]
        raise Failed(words[-1].strip() if words else f"ended with status {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


class Case:
    """One row: how ours and the peer's variants are run."""

    def __init__(self, name, arguments):
        self.name = name
        self.ours = [arguments.ours, "augment"] if name == "augment" else [arguments.ours, "step", name]
        self.notes = []
        if name == "augment":
            self.variants = [("PIL", []), ("tensors", ["--tensors"])]
            self.script = [arguments.peer, HERE / "peers/augment.py"]
            self.size = ["--pictures", "100"] if arguments.quick else []
        else:
            self.variants = self.step_variants(arguments)
            self.script = [arguments.peer, HERE / "peers/step.py", name]
            self.size = ["--steps", "1", "--batch", "8"] if arguments.quick else ["--steps", str(arguments.steps)]

    def step_variants(self, arguments):
        formats = [("", [])] if self.name == "vit224" else [("", []), (" channels last", ["--channels-last"])]
        variants = [("eager" + name, words) for name, words in formats]
        if arguments.quick:
            self.notes.append("torch.compile was left out, as --quick does.")
        elif not any(shutil.which(name) for name in (os.environ.get("CXX", "g++"), "g++", "c++")):
            self.notes.append("torch.compile was left out: it needs a C++ compiler, such as g++.")
        else:
            variants += [("compiled" + name, words + ["--compile"]) for name, words in formats]
        return variants

    def run_ours(self):
        return last_json(self.ours + self.size)

    def run_peer(self, variant):
        name, words, environment = variant
        return last_json(self.script + words + self.size, **environment)

    def pick_peer(self):
        """Every variant once, then the fastest with its memory tuned: the winner, and the least memory of any."""
        tried = []

        def attempt(name, words, environment):
            say(f"  {self.name}: PyTorch {name}")
            try:
                result = self.run_peer((name, words, environment))
                tried.append((result["views_per_s"], (name, words, environment), result.get("peak_mb")))
            except Failed as failure:
                self.notes.append(f"{self.name}: PyTorch {name} failed: {failure}")

        for name, words in self.variants:
            attempt(name, words, {})
        if not tried:
            raise Failed("; ".join(self.notes))
        if self.name != "augment":
            name, words, _ = max(tried, key=lambda found: found[0])[1]
            attempt(name + ", tuned memory", words, TUNED)
        memory = [found[2] for found in tried if found[2]]
        return max(tried, key=lambda found: found[0])[1], min(memory, default=None)

    def measure(self, rounds):
        variant, peer_memory = self.pick_peer()
        ours, theirs = [], []
        for number in range(rounds):
            say(f"  {self.name}: round {number + 1} of {rounds}, ours and PyTorch {variant[0]}")
            ours.append(self.run_ours())
            theirs.append(self.run_peer(variant))

        def middle(results, key):
            return statistics.median(result[key] for result in results)

        ratios = [mine["views_per_s"] / other["views_per_s"] for mine, other in zip(ours, theirs)]
        row = {"case": self.name, "ours": middle(ours, "views_per_s"), "peer": middle(theirs, "views_per_s"),
               "variant": variant[0], "ratio": statistics.median(ratios), "ratios": ratios,
               "version": theirs[0]["version"]}
        if "peak_mb" in ours[0]:
            row |= {"memory": middle(ours, "peak_mb"), "peer_memory": peer_memory,
                    "share": middle(ours, "effective_share_of_peak"), "peak": middle(ours, "fma_peak_gflops")}
        return row


def say(text):
    print(text, file=sys.stderr, flush=True)


def table(rows):
    lines = ["| case | ours, views/s | PyTorch, views/s | its fastest variant | ratio (of each pair) | peak memory, MB "
             "| of theirs | effective share of the FMA peak |", "|---|--:|--:|---|--:|--:|--:|--:|"]
    for row in rows:
        spread = f"{min(row['ratios']):.2f}–{max(row['ratios']):.2f}"
        cells = [row["case"], number(row["ours"]), number(row["peer"]), row["variant"],
                 f"**{row['ratio']:.2f}×** ({spread})"]
        if "memory" in row:
            cells += [f"{row['memory']:,.0f} / {row['peer_memory']:,.0f}",
                      f"{row['memory'] / row['peer_memory']:.2f}×", f"{row['share']:.0%}"]
        else:
            cells += ["", "", ""]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def machine(rows, versions=()):
    """Where and when, and what was compared: the versions of the rows, or those given."""
    model = platform.processor()
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    swift = subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout.split(" (")[0].split("\n")[0]
    names = sorted({row["version"] if row["case"] in analysis_cases.CASES else
                    f"{'torchvision' if row['case'] == 'augment' else 'PyTorch'} {row['version']}" for row in rows} | set(versions))
    peaks = [row["peak"] for row in rows if "peak" in row]
    limit = f", multiply-adds measured at {max(peaks):.0f} GFLOP/s" if peaks else ""
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, cwd=HERE).stdout
    return (f"{datetime.date.today()}, {model}, {CORES} core{'s' * (CORES > 1)}, {memory:.0f} GB{limit}. "
            f"Commit {commit.strip() or 'unknown'}, {swift}, {', '.join(names)}, Linux {platform.release()}.")


def write(text, path=HERE / "README.md", marks=MARKS):
    """Puts `text` between the marks of the page."""
    page = path.read_text()
    before, rest = page.split(marks[0])
    _, after = rest.split(marks[1])
    path.write_text(f"{before}{marks[0]}\n\n{text}\n\n{marks[1]}{after}")


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measures our training step and PyTorch's side by "
                                     "side, and writes the table into benchmarks/README.md.")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(ALL)}; all where none is named")
    parser.add_argument("--quick", action="store_true", help="a smoke run of a minute or two, which writes nothing")
    parser.add_argument("--rounds", type=int, default=3, help="pairs of runs of each case (3)")
    parser.add_argument("--steps", type=int, default=5, help="steps of a run, after a first that does not count (5)")
    parser.add_argument("--modules", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--ours", default=".build/release/benchmark", help=argparse.SUPPRESS)
    parser.add_argument("--peer", default=sys.executable, help=argparse.SUPPRESS)
    found = parser.parse_args()
    for name in found.cases:
        if name not in ALL:
            parser.error(f"There is no case {name}. Write one of {', '.join(ALL)}.")
    if found.rounds < 1 or found.steps < 1:
        parser.error("--rounds and --steps are at least 1.")
    return found


def modules(names):
    """What the peers of these cases are imported as."""
    wanted = [] if all(name in analysis_cases.CASES for name in names) else ["torch", "torchvision"]
    return " ".join(["numpy"] + wanted + ["sklearn", "openTSNE"] * any(name in analysis_cases.CASES for name in names))


def report(rows, whole, make_table, marks, quick):
    """Prints one table, and writes it where every case of it was measured."""
    if not rows:
        return
    text = f"{make_table(rows)}\n\n{machine(rows)}"
    print(text + "\n")
    # A part of the cases would leave a table of which the rest is missing.
    if quick or len(rows) < len(whole):
        say(f"benchmarks/README.md keeps its table of {', '.join(whole)}: only a run of all of them is written there.")
    else:
        write(text, marks=marks)


def main():
    found = arguments()
    names = found.cases or (["resnet32", "augment", "pca"] if found.quick else ALL)
    if found.modules:
        print(modules(names))
    if found.check or found.modules:
        return 0
    rows, notes = [], []
    for name in names:
        is_analysis = name in analysis_cases.CASES
        case = analysis_cases.AnalysisCase(name, found, last_json, say) if is_analysis else Case(name, found)
        try:
            rows.append(case.measure(1 if found.quick else found.rounds))
        except Failed as failure:
            notes.append(f"{name} could not be measured: {failure}")
        notes += [note for note in case.notes if note not in notes]
    if not rows:
        say("bench: nothing could be measured.\n" + "\n".join(notes))
        return 1
    report([row for row in rows if row["case"] in CASES], CASES, table, MARKS, found.quick)
    report([row for row in rows if row["case"] not in CASES], list(analysis_cases.CASES), analysis_cases.table,
           analysis_cases.MARKS, found.quick)
    for note in notes:
        print(note)
    return 0 if len(rows) == len(names) else 1


if __name__ == "__main__":
    sys.exit(main())
