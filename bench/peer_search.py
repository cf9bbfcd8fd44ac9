"""How long hydrusvideodeduplicator searches a library, without any hashing.

    PEER/bin/python bench/peer_search.py HASHES.sqlite SIZE [--seed N]

Run it with the Python that hydrusvideodeduplicator is installed for. HASHES.sqlite is the database
of a run of it over real clips (videohashes.sqlite). The made library has SIZE files: nine in ten
are a real clip's frame hashes, all exclusive-or'ed with 256 random bits (they change from frame to
frame as real ones do, and are unlike all others); one in ten is a copy of another file with a
tenth of its bits flipped. Prints a line of JSON.
"""

import argparse
import json
import random
import resource
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

from hydrusvideodeduplicator.db.DedupeDB import DedupeDb
from hydrusvideodeduplicator.dedup import HydrusVideoDeduplicator

FRAME_BYTES = 32
"""Bytes of the hash of a frame: 256 bits."""

COPIES = 0.1
"""Share of the files that are a copy of another."""

FLIPPED = 0.1
"""Share of the bits that differ in a copy; the program calls frames alike that differ in 31."""


class Client:
    """Stands in for its Hydrus client; counts the pairs that are posted."""

    def __init__(self) -> None:
        self.pairs: set[frozenset[str]] = set()
        self.client = SimpleNamespace(set_file_relationships=self._post)

    def _post(self, relationships: list[dict[str, object]]) -> None:
        for pair in relationships:
            self.pairs.add(frozenset((str(pair["hash_a"]), str(pair["hash_b"]))))


def main() -> None:
    """Measure one size: it keeps state between searches, so each needs a process of its own."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("hashes", type=Path, metavar="HASHES.sqlite")
    parser.add_argument("size", type=int, metavar="SIZE")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with sqlite3.connect(options.hashes) as database:
        rows = database.execute("SELECT phash FROM shape_perceptual_hashes ORDER BY phash_id")
        real = [phash for (phash,) in rows if phash]
    print(json.dumps(measure(library(real, options.size, options.seed))))


def library(real: list[bytes], size: int, seed: int) -> list[bytes]:
    """The frame hashes of each file of a made library."""
    chance = random.Random(seed)
    made: list[bytes] = []
    while len(made) < size:
        if made and chance.random() < COPIES:
            made.append(changed(chance.choice(made), lambda: mask(chance, FLIPPED)))
        else:
            unlike = mask(chance, 0.5)
            made.append(changed(chance.choice(real), lambda unlike=unlike: unlike))
    return made


def mask(chance: random.Random, share: float) -> bytes:
    """256 bits, each set with that chance."""
    bits = sum((chance.random() < share) << bit for bit in range(8 * FRAME_BYTES))
    return bits.to_bytes(FRAME_BYTES, "little")


def changed(phash: bytes, next_mask: Callable[[], bytes]) -> bytes:
    """The hashes, each exclusive-or'ed with a mask."""
    frames = (phash[at : at + FRAME_BYTES] for at in range(0, len(phash), FRAME_BYTES))
    return b"".join(exclusive_or(frame, next_mask()) for frame in frames)


def exclusive_or(one: bytes, other: bytes) -> bytes:
    """Byte by byte."""
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def measure(files: list[bytes]) -> dict[str, float]:
    """Seconds to build its search tree and to search it."""
    with tempfile.TemporaryDirectory() as folder:
        database = DedupeDb(Path(folder), "videohashes.sqlite")
        database.init_connection()
        database.begin_transaction()
        with database.conn:
            database.create_tables()
        database.begin_transaction()
        with database.conn:
            for number, phash in enumerate(files):
                database.add_to_phashed_files_queue(f"{number:064x}", phash)
        client = Client()
        program = HydrusVideoDeduplicator(database, client)
        started = time.process_time()
        database.begin_transaction()
        with database.conn:
            program.process_phashed_file_queue()
        built = time.process_time()
        database.begin_transaction()
        with database.conn:
            program.find_potential_duplicates()
        ended = time.process_time()
        database.close()
    return {
        "files": len(files),
        "pairs": len(client.pairs),
        "tree_s": round(built - started, 2),
        "search_s": round(ended - built, 2),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


if __name__ == "__main__":
    main()
