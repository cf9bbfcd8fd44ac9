"""How long the search takes in made libraries, what it needs, and what it finds.

    python bench/search.py SOURCE WORK --videos 10000 100000 [--new 100] [--out FILE]

SOURCE is the data directory of a run over real clips (see `library.py`); libraries are made in WORK
unless they are there already. Three searches are measured in each: everything new; some files new
among the rest; nothing new. Each is the whole stage, from the store and into it, in a process of
its own. Writes a table to FILE.md and the figures to FILE.json.
"""

import argparse
import json
import multiprocessing
import os
import resource
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from library import EDITS, Plan, make
from machine import machine

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.match import THRESHOLDS, Kind
from hydrus_video_deduplicator.matching import compare
from hydrus_video_deduplicator.matching.sketch import PLACEMENTS
from hydrus_video_deduplicator.signature import Signature
from hydrus_video_deduplicator.stages import searching
from hydrus_video_deduplicator.stages.pools import ProcessPool
from hydrus_video_deduplicator.store import Store

NORMAL = THRESHOLDS["normal"]
SEED = 1

MOST_EXAMINED = 200
"""True pairs that were not found and are compared in full, at most: it takes 0.1 s each."""


def main() -> None:
    """Measure libraries of several sizes."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--videos", type=int, nargs="+", required=True)
    parser.add_argument("--new", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("search"))
    options = parser.parse_args()
    figures: dict[str, Any] = {"machine": machine(), "searches": []}
    for count in options.videos:
        data = options.work / f"library-{count}"
        if not data.exists():
            make(options.source, data, count, SEED, options.jobs)
        for new in (count, options.new, 0):
            figures["searches"].append(_alone(_measured, data, new, options.jobs))
        figures["searches"][-3].update(_alone(judged_by_plan, data, count))
        options.out.with_suffix(".json").write_text(json.dumps(figures, indent=1))
        options.out.with_suffix(".md").write_text(table(figures))
    print(table(figures))


def _alone(function: Callable[..., dict[str, Any]], *arguments: Any) -> dict[str, Any]:
    """What a function returns, in a process of its own: memory is counted from nothing."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def _measured(data: Path, new: int, jobs: int) -> dict[str, Any]:
    """One search, of the first `new` files in the order of their numbers."""
    count = _make_new(data, new)
    load = os.getloadavg()[0]
    with Store.open(data) as store, _peak() as peak:
        begun, used = time.monotonic(), _cpu_seconds()
        with ProcessPool(jobs) as workers:
            list(searching.compare_new(store, workers))
        matches = len(searching.search(store, NORMAL, frozenset(Kind)).matches)
        return {
            "videos": count,
            "new": new,
            "wall": round(time.monotonic() - begun, 1),
            "cpu": round(_cpu_seconds() - used, 1),
            "peak MiB": round(max(peak)),
            "matches": matches,
            "load before": round(load, 1),
        }


def _make_new(data: Path, new: int) -> int:
    """Forget the matches of some files, and that they were compared; how many files there are."""
    with closing(sqlite3.connect(data / "store.sqlite3")) as database, database:
        (count,) = database.execute("SELECT COUNT(*) FROM sketch").fetchone()
        plan = Plan.drawn(SEED, count)
        keys = [(plan.key(number),) for number in range(count - new, count)]
        database.execute("CREATE TEMP TABLE new (sha256 TEXT PRIMARY KEY)")
        database.executemany("INSERT INTO new VALUES (?)", keys)
        database.execute("DELETE FROM match WHERE a IN new OR b IN new")
        database.execute(
            "INSERT OR IGNORE INTO uncompared SELECT sha256, algorithm FROM sketch "
            "WHERE sha256 IN new"
        )
    return int(count)


def judged_by_plan(data: Path, count: int) -> dict[str, Any]:
    """What was found of the copies, and of what a comparison in full finds."""
    plan = Plan.drawn(SEED, count)
    true = plan.true_pairs()
    of = {plan.key(number): int(plan.made_of[number]) for number in range(count)}
    with Store.open(data) as store:
        found = {match.pair for match in store.matches.at_least(signature.ALGORITHM, NORMAL)}
        missed = [pair for pair in true if pair not in found]
        examined = missed[:MOST_EXAMINED]
        lost = sum(_found_in_full(store, *pair) for pair in examined)
    lost = round(lost * len(missed) / max(1, len(examined)))
    hits = len(true) - len(missed)
    by_edit, found_by_edit = Counter(true.values()), Counter(true[p] for p in true if p in found)
    return {
        "copies": len(true),
        "copies found": hits,
        "found of what full comparison finds": round(hits / max(1, hits + lost), 4),
        "unrelated pairs found": sum(of[a] != of[b] for a, b in found),
        "found by edit": {edit: f"{found_by_edit[edit]} of {by_edit[edit]}" for edit in EDITS},
    }


def _found_in_full(store: Store, a: str, b: str) -> bool:
    packed = store.signatures.of(signature.ALGORITHM, (a, b))
    verdict = compare(*(Signature.from_bytes(packed[key]) for key in (a, b)), PLACEMENTS)
    return verdict is not None and verdict.score >= NORMAL


@contextmanager
def _peak() -> Iterator[list[float]]:
    """The memory of this process and its children, MiB, every 50 ms (Linux)."""
    seen = [0.0]
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            seen.append(sum(map(_resident, [os.getpid(), *_children(os.getpid())])))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()


def _children(process: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{process}/task").iterdir():
        try:
            direct = [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
        found += [*direct, *(below for child in direct for below in _children(child))]
    return found


def _resident(process: int) -> float:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * 4096 / 2**20
    except OSError:
        return 0.0


def _cpu_seconds() -> float:
    parts = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(part.ru_utime + part.ru_stime for part in parts)


def table(figures: dict[str, Any]) -> str:
    """The figures as Markdown."""
    lines = [
        "; ".join(f"{name} {value}" for name, value in figures["machine"].items()),
        "",
        "| videos | new | wall s | CPU s | peak MiB | pairs | found of full comparison |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in figures["searches"]:
        share = row.get("found of what full comparison finds", "")
        cells = [row[name] for name in ("videos", "new", "wall", "cpu", "peak MiB", "matches")]
        lines.append("| " + " | ".join(map(str, [*cells, share])) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
