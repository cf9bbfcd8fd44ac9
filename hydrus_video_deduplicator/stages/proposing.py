"""What the sketches in the store propose: the pairs of signatures that are to be judged."""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.batches import batches
from hydrus_video_deduplicator.matching import (
    HYPOTHESES,
    MOST_SLICED,
    SKETCHING,
    Candidates,
    Scale,
    Sketches,
    find_candidates,
    find_slices,
    listed_in,
)
from hydrus_video_deduplicator.signature import Signature, file_of
from hydrus_video_deduplicator.store import SketchSizes, Store

OLD_AT_ONCE = 10_000
"""Sketches of a library, 2.3 KB each, that are in memory while a few new ones are held against
them."""

Row = tuple[str, bytes, bytes]
"""The name of a signature, and its sketch as bytes, listed and placed."""


@dataclass(frozen=True, slots=True)
class Proposals:
    """Candidates, by the names of their signatures.

    names: ascending, all new ones among them; the numbers of the candidates are places in it.
    is_new: bool (names,).
    files: intp (names,), the number of the file of each.
    """

    names: Sequence[str]
    is_new: NDArray[np.bool_]
    files: NDArray[np.intp]
    candidates: Candidates

    @classmethod
    def of(cls, names: Sequence[str], new: Set[str], found: Candidates) -> "Proposals":
        """Those of the candidates that are signatures of two files."""
        _, files = np.unique([file_of(name) for name in names], return_inverse=True)
        apart = np.flatnonzero(files[found.a] != files[found.b])
        return cls(names, _are_in(new, names), files, found.taken(apart))


def propose(store: Store, new: Set[str], threads: int) -> Proposals:
    """The pairs that may be alike and have a new signature.

    Neither their order in the store nor how many are in memory at once changes them.
    threads: tables that are searched at once.
    """
    with store.snapshot():  # files are hashed meanwhile
        sizes = store.sketches.sizes(signature.ALGORITHM, SKETCHING)
        rows = store.sketches.all(signature.ALGORITHM, SKETCHING)
        of_new = list(store.sketches.of(signature.ALGORITHM, SKETCHING, new))
        scale = Scale(listed_in(sizes.listed), listed_in(sum(len(row[1]) for row in of_new)))
        if not scale.is_for_few or sizes.sketches <= MOST_SLICED:
            names, found = _among_all(store, rows, sizes, new, threads)
        else:
            old = batches((row for row in rows if row[0] not in new), OLD_AT_ONCE)
            parts = (_beside(of_new, some, new, threads, scale) for some in old)
            names, found = _united([row[0] for row in of_new], parts)
    return Proposals.of(names, new, found)


def _among_all(
    store: Store, rows: Iterable[Row], sizes: SketchSizes, new: Set[str], threads: int
) -> tuple[list[str], Candidates]:
    """The names of all signatures, and what is found with all sketches in memory."""
    names: list[str] = []

    def packed() -> Iterator[tuple[bytes, bytes]]:
        for name, listed, placed in rows:
            names.append(name)
            yield listed, placed

    sketches = Sketches.collected(packed(), sizes.listed, sizes.placed)
    order = np.array(sorted(range(len(names)), key=names.__getitem__), np.intp)
    numbers = np.empty(len(names), np.int32)
    numbers[order] = np.arange(len(names), dtype=np.int32)
    names = [names[place] for place in order]
    is_new = _are_in(new, names)
    found = find_candidates(sketches.renumbered(numbers), is_new, threads)
    return names, found if len(names) > MOST_SLICED else _with_slices(store, names, is_new, found)


def _with_slices(
    store: Store, names: Sequence[str], is_new: NDArray[np.bool_], found: Candidates
) -> Candidates:
    """With those that are narrow slices of each other."""
    packed = store.signatures.of(signature.ALGORITHM, names)
    shapes = np.array([signature.packed_shapes(packed[name]) for name in names]).reshape(-1, 2)
    return found.merged(
        find_slices(shapes, lambda number: Signature.from_bytes(packed[names[number]]), is_new)
    )


def _beside(
    of_new: Sequence[Row], old: Sequence[Row], new: Set[str], threads: int, scale: Scale
) -> tuple[list[str], Candidates]:
    """The names of all new and some old signatures, and what is found among them."""
    rows = sorted([*of_new, *old], key=lambda row: row[0])
    names = [row[0] for row in rows]
    sides = [sum(map(len, side)) for side in zip(*(row[1:] for row in rows), strict=True)]
    sketches = Sketches.collected((row[1:] for row in rows), *sides)
    return names, find_candidates(sketches, _are_in(new, names), threads, scale)


def _united(
    new: Sequence[str], parts: Iterable[tuple[Sequence[str], Candidates]]
) -> tuple[list[str], Candidates]:
    """What some parts of a library give that all have the same new signatures."""
    found: dict[tuple[str, str], NDArray[np.int16]] = {}
    for names, some in parts:
        sides = (map(names.__getitem__, side.tolist()) for side in (some.a, some.b))
        found |= zip(zip(*sides, strict=True), some.ways, strict=True)
    pairs = sorted(found)
    names = sorted({*new, *chain.from_iterable(pairs)})
    number = {name: place for place, name in enumerate(names)}
    a, b = np.array([(number[a], number[b]) for a, b in pairs], np.int64).reshape(-1, 2).T
    ways = np.array([found[pair] for pair in pairs], np.int16).reshape(-1, HYPOTHESES)
    return names, Candidates(a, b, ways)


def _are_in(new: Set[str], names: Sequence[str]) -> NDArray[np.bool_]:
    return np.fromiter((name in new for name in names), bool, len(names))
