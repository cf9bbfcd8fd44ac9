"""What hashing takes: CPU and wall time and memory, of this program and of the peer.

    python bench/hashing.py FOLDER ... [--rounds 3] [--peer PYTHON] [--save RESULTS.json]

Each FOLDER is a library of its own. Both programs run over it in turn, round after round, through
the Client API of a stand-in that holds its files; the figures are medians of the rounds. PYTHON is
that of an environment with hydrusvideodeduplicator, which has no command that only hashes: its
search is counted with it, 1% of the time for some hundred files. Prints a table in Markdown.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import monotonic

from machine import machine

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from fake_hydrus import FakeHydrus

OURS = "hydrus-video-deduplicator"
PEER = "hydrusvideodeduplicator"

MIB = 1024
"""KiB, in which Linux tells the peak memory of a process."""


@dataclass(frozen=True)
class Cost:
    """What a run took.

    cpu, wall: seconds, of all files. peak: MiB of its largest process.
    """

    files: int
    cpu: float
    wall: float
    peak: float


def main() -> None:
    """Measure each folder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer", metavar="PYTHON")
    parser.add_argument("--save", type=Path, metavar="RESULTS.json")
    options = parser.parse_args()
    print("| files | program | CPU s a file | wall s a file | MiB, largest process |")
    print("|---|---|---|---|---|")
    results = {}
    for folder in options.folders:
        files = sorted(path for path in folder.iterdir() if path.is_file())
        results[folder.name] = compare(files, options.peer, options.rounds)
        for line in rows(folder.name, results[folder.name]):
            print(line, flush=True)
    if options.save:
        kept = {
            name: {program: asdict(cost) for program, cost in costs.items()}
            for name, costs in results.items()
        }
        options.save.write_text(json.dumps({"machine": machine(), "hashing": kept}, indent=2))


def compare(files: Sequence[Path], peer: str | None, rounds: int) -> dict[str, Cost]:
    """The median cost of each program, which run in turn."""
    runs: dict[str, list[Cost]] = {OURS: []} | ({PEER: []} if peer else {})
    for _ in range(rounds):
        for program, costs in runs.items():
            costs.append(measure(files, program, peer))
    return {
        program: Cost(
            files=len(files),
            cpu=median(cost.cpu for cost in costs),
            wall=median(cost.wall for cost in costs),
            peak=median(cost.peak for cost in costs),
        )
        for program, costs in runs.items()
    }


def measure(files: Sequence[Path], program: str, peer: str | None) -> Cost:
    """One run over the files, from an empty database."""
    with tempfile.TemporaryDirectory() as data, FakeHydrus(files) as hydrus:
        access = ["--api-url", hydrus.url, "--api-key", hydrus.key]
        if program == OURS:
            command = [
                sys.executable,
                "-m",
                "hydrus_video_deduplicator",
                "hash",
                "--data-dir",
                data,
            ]
        else:
            command = [str(peer), "-m", PEER, "--dedup-database-dir", data]
        started = monotonic()
        process = subprocess.Popen(
            [*command, *access],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{program} ended with exit code {process.returncode}")
    return Cost(len(files), usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / MIB)


def rows(name: str, costs: dict[str, Cost]) -> list[str]:
    """Lines of the table: each program, and ours as a share of the peer."""
    lines = [
        f"| {cost.files} {name} | {program} | {cost.cpu / cost.files:.3f} "
        f"| {cost.wall / cost.files:.3f} | {cost.peak:.0f} |"
        for program, cost in costs.items()
    ]
    if PEER in costs:
        ours, peer = costs[OURS], costs[PEER]
        lines.append(f"| | share | {ours.cpu / peer.cpu:.2f} | {ours.wall / peer.wall:.2f} | |")
    return lines


if __name__ == "__main__":
    main()
