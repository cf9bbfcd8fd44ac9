"""Draw the figures of docs/performance.md from what was measured.

    python bench/figures.py [RESULTS] [DOCS]

RESULTS holds hashing.json (`hashing.py --save`), search.json (`search.py --out`) and
peer_search.json (a list of what `peer_search.py` printed). Needs matplotlib (the extra `bench`).
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib.pyplot as plt

OURS, PEER = "hydrus-video-deduplicator", "hydrusvideodeduplicator"
COLOURS = {OURS: "#2c7fb8", PEER: "#c0392b"}

SECONDS = {"clips": 10, "h264_10": 600, "h264_60": 3600}
"""Duration of a file of each folder of H.264 that was measured."""

Line = Sequence[tuple[float, float]]


def main() -> None:
    """Draw both."""
    here = Path(__file__).parent
    results = Path(sys.argv[1]) if len(sys.argv) > 1 else here / "results"
    docs = Path(sys.argv[2]) if len(sys.argv) > 2 else here.parent / "docs"
    draw(
        {program: hashing(results, program) for program in (OURS, PEER)},
        ("duration of a file, s", "CPU s a file"),
        docs / "hashing.svg",
    )
    draw(
        {OURS: search(results), PEER: peer_search(results)},
        ("videos, all new", "CPU s of the search"),
        docs / "search.svg",
    )


def hashing(results: Path, program: str) -> Line:
    """CPU seconds a file against its duration."""
    folders = json.loads((results / "hashing.json").read_text())["hashing"]
    return [
        (seconds, folders[name][program]["cpu"] / folders[name][program]["files"])
        for name, seconds in SECONDS.items()
        if name in folders
    ]


def search(results: Path) -> Line:
    """CPU seconds of our search against the videos, all of them new."""
    searches = json.loads((results / "search.json").read_text())["searches"]
    return [(each["videos"], each["cpu"]) for each in searches if each["new"] == each["videos"]]


def peer_search(results: Path) -> Line:
    """CPU seconds of the peer's search, its tree included."""
    searches = json.loads((results / "peer_search.json").read_text())
    return [(each["files"], each["tree_s"] + each["search_s"]) for each in searches]


def draw(lines: Mapping[str, Line], labels: tuple[str, str], path: Path) -> None:
    """Lines by their names, on logarithmic axes."""
    figure, axes = plt.subplots(figsize=(6, 3.6))
    for name, points in lines.items():
        axes.plot(*zip(*points, strict=True), "o-", color=COLOURS[name], label=name)
    axes.set(xscale="log", yscale="log", xlabel=labels[0], ylabel=labels[1])
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(path)


if __name__ == "__main__":
    main()
