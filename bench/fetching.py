"""How much of a file is fetched over HTTP to hash it, if its path is not available.

    python bench/fetching.py FILE ... [--save RESULTS.json]

Each FILE is hashed once, through the Client API of a stand-in whose key may not see local paths, so
that it is read by ranges. Prints a table in Markdown.
"""

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from machine import machine

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from fake_hydrus import SEARCH, FakeHydrus

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.frames import read_frames
from hydrus_video_deduplicator.library.hydrus import Endpoint, HydrusSource


@dataclass(frozen=True)
class Fetched:
    """What was asked for of a file. size, fetched: bytes. seconds: how long the video lasts."""

    file: str
    seconds: float
    size: int
    fetched: int
    requests: int


def main() -> None:
    """Measure each file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--save", type=Path, metavar="RESULTS.json")
    options = parser.parse_args()
    print("| file | minutes | MB | MB fetched | share | requests |\n|---|---|---|---|---|---|")
    results = []
    for path in options.files:
        found = fetch(path)
        results.append(asdict(found))
        print(
            f"| {found.file} | {found.seconds / 60:.0f} | {found.size / 1e6:,.0f}"
            f" | {found.fetched / 1e6:,.1f} | {found.fetched / found.size:.1%}"
            f" | {found.requests:,} |",
            flush=True,
        )
    if options.save:
        options.save.write_text(json.dumps({"machine": machine(), "fetching": results}, indent=2))


def fetch(path: Path) -> Fetched:
    """Hash a file over HTTP."""
    with FakeHydrus([path], permissions=[SEARCH]) as hydrus:
        (sha256,) = hydrus.files
        with HydrusSource(Endpoint(hydrus.url, hydrus.key), sha256).open() as file:
            footage = read_frames(file, signature.schedule)
        ranges = [asked.removeprefix("bytes=").split("-") for asked in hydrus.ranges]
    fetched = sum(int(last) - int(first) + 1 for first, last in ranges)
    size = path.stat().st_size
    return Fetched(path.name, footage.duration, size, fetched, len(ranges))


if __name__ == "__main__":
    main()
