"""The cases of analysis beside scikit-learn and openTSNE, and their table; compare.py calls it."""
import pathlib
import statistics
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CASES = {"pca": ["scikit-learn"], "tsne": ["scikit-learn", "openTSNE", "openTSNE FFT"], "neighbours": ["scikit-learn"]}
MARKS = "<!-- analysis measured by scripts/bench -->", "<!-- end of the analysis that scripts/bench measured -->"


class AnalysisCase:
    """One row: seconds on the same file of rows for both, and how good the results are."""

    def __init__(self, name, arguments, run, say):
        self.name, self.arguments, self.run, self.say = name, arguments, run, say
        self.notes = []

    def measure(self, rounds):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "rows.npy"
            self.run([self.arguments.peer, HERE / "peers/analysis_data.py", self.name, file]
                     + ["--quick"] * self.arguments.quick)
            first = {by: self.peer(by, file) for by in CASES[self.name]}
            by = min(first, key=lambda name: first[name]["seconds"])
            ours, theirs = [], []
            for number in range(rounds):
                self.say(f"  {self.name}: round {number + 1} of {rounds}, ours and {by}")
                ours.append(self.run([self.arguments.ours, "analysis", self.name, file]))
                theirs.append(self.peer(by, file))
        ratios = [other["seconds"] / mine["seconds"] for mine, other in zip(ours, theirs)]
        return {"case": self.name, "ours": statistics.median(result["seconds"] for result in ours),
                "peer": statistics.median(result["seconds"] for result in theirs), "by": by,
                "ratio": statistics.median(ratios), "ratios": ratios, "quality": quality(ours[0], first),
                "version": theirs[0]["version"]}

    def peer(self, by, file):
        return self.run([self.arguments.peer, HERE / "peers/analysis.py", self.name, file, "--by", by])


def quality(ours, peers):
    """Ours beside the best of the peers', in words."""
    if "divergence" in ours:
        best = min(result["divergence"] for result in peers.values())
        trust = max(result["trustworthiness"] for result in peers.values())
        return (f"divergence {ours['divergence']:.3f}, best of theirs {best:.3f}; "
                f"trustworthiness {ours['trustworthiness']:.3f}, {trust:.3f}")
    if "explained" in ours:
        best = max(result["explained"] for result in peers.values())
        return f"variance explained {ours['explained']:.4%}, theirs {best:.4%}"
    same = all(result["checksum"] == ours["checksum"] for result in peers.values())
    return "the same indices" if same else "other indices"


def table(rows):
    lines = ["| case | ours, s | theirs, s | the fastest of them | ratio (of each pair) | quality |",
             "|---|--:|--:|---|--:|---|"]
    for row in rows:
        spread = f"{min(row['ratios']):.2f}–{max(row['ratios']):.2f}"
        lines.append(f"| {row['case']} | {row['ours']:.3g} | {row['peer']:.3g} | {row['by']} "
                     f"| **{row['ratio']:.2f}×** ({spread}) | {row['quality']} |")
    return "\n".join(lines)
