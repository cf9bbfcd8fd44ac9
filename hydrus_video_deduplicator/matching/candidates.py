"""Candidates: pairs of videos with frames of like perceptual hash, and how they might lie.

The pipeline: sketches → tables of listed hashes → hits of asked hashes → votes of the hits of a
pair that agree on how the picture is laid → candidates. Every video asks with all listed frames as
they are, and with its placed frames.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.matching.geometry import ORIENTATIONS, Placement
from hydrus_video_deduplicator.matching.index import (
    LARGEST_BUCKET,
    LARGEST_DISTANCE,
    Table,
    bit_samples,
)
from hydrus_video_deduplicator.matching.sketch import (
    FIRST_CROP,
    PLACEMENTS,
    STORED,
    VIEWS,
    Sketches,
    mirrored,
)
from hydrus_video_deduplicator.matching.views import between_active
from hydrus_video_deduplicator.signature import Signature

LEAST_EVIDENCE = 8
"""Votes that make two videos a candidate pair. Lower finds more, and compares more in vain."""

MOST_OF_ONE_MOMENT = 8
"""Votes of one moment, at most. A hit has as many as its distance is below NO_EVIDENCE: one pair of
frames in 6 bits or fewer is enough, or several less like ones."""

NO_EVIDENCE = LARGEST_DISTANCE + 1
"""Distance at which a hit would have no vote."""

MOMENT = 128
"""Milliseconds that count as one moment: frames nearer than that are one witness."""

HYPOTHESES = 3
"""Placements of one pair that are handed on, those with the most votes first."""

BLOCK = 1 << 17
"""Hashes asked at once. Fewer leave the threads waiting for each other, more need memory."""

MOST_VIDEOS = 2_000_000
"""Beyond, pairs no longer fit the bits left for them in a hit."""

# A hit is a number: pair, then how the pair lies, then the moment, then what its votes lack.
_WITHHELD_BITS = 4
_MOMENT_BITS = 8
_WAY_BITS = 9  # who asked, placement, view of A, view of B
_PAIR_SHIFT = _WAY_BITS + _MOMENT_BITS + _WITHHELD_BITS

_WAYS = len(PLACEMENTS) - 1
"""Ways in which a placed frame is asked: all but upright."""

Tables = Iterable[int]
"""The numbers of some tables."""

Hits = NDArray[np.uint64]

Work = Callable[[Callable[[Tables], Hits], Iterable[Tables]], Iterable[Hits]]
"""How the parts of a search are worked on: as `map` does, or by an executor."""

_ORIENTATION = np.array([ORIENTATIONS.index(p.orientation) for p in PLACEMENTS])


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs to compare.

    a, b: int64 (n,), numbers of the videos, a < b.
    ways: int16 (n, HYPOTHESES), how A may hold B, see `placement`; -1 where there is none.
    """

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    ways: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.a)

    def taken(self, places: NDArray[np.intp]) -> "Candidates":
        """Those at some places."""
        return Candidates(self.a[places], self.b[places], self.ways[places])


def find_candidates(
    sketches: Sketches, new: NDArray[np.bool_] | None = None, work: Work = map, parts: int = 1
) -> Candidates:
    """The pairs of which one is `new`, bool (videos,) (None: all are), and that may be alike.

    work: does the tables in so many parts, as `map` or as an executor does.
    """
    if sketches.videos > MOST_VIDEOS:
        raise ValueError(f"more than {MOST_VIDEOS} videos")
    search = _Search(sketches, np.ones(sketches.videos, bool) if new is None else new)
    count = len(search.samples())
    parts = max(1, min(parts, count))
    tables = [range(part, count, parts) for part in range(parts)]
    return _elected(np.concatenate(list(work(search.hits, tables))), sketches.videos)


def placement(way: int, a: Signature, b: Signature) -> Placement:
    """How the active picture of A may hold that of B."""
    way, view_listed = divmod(way, VIEWS)
    way, view_asked = divmod(way, VIEWS)
    number, b_asked = divmod(way, 2)
    asked, listed = (b, a) if b_asked else (a, b)
    laid = between_active(
        PLACEMENTS[number], asked if view_asked else None, listed if view_listed else None
    )
    return laid.inverse() if b_asked else laid


@dataclass(frozen=True, slots=True)
class _Asked:
    """Some hashes asked, `ways` of each frame in a row.

    hashes: uint64 (frames * ways,). video: int32 (frames,). stamp: uint32 (frames,).
    first: number of the placement of the first way.
    """

    hashes: NDArray[np.uint64]
    video: NDArray[np.int32]
    stamp: NDArray[np.uint32]
    ways: int
    first: int


@dataclass(frozen=True, slots=True)
class _Search:
    """The hits between the new videos and all, in both directions."""

    sketches: Sketches
    new: NDArray[np.bool_]

    def samples(self) -> list[np.uint64]:
        """The samples of the bits, one for each table."""
        is_new = self.new[self.sketches.listed_of]
        return bit_samples(len(is_new), int(is_new.sum()))

    def hits(self, tables: Tables) -> Hits:
        """Those of the tables of these numbers. Runs in a worker."""
        samples = self.samples()
        return np.concatenate([self._hits_of_last(samples[: table + 1]) for table in tables])

    def _hits_of_last(self, samples: Sequence[np.uint64]) -> Hits:
        """Those that the last of the samples finds and no other, ascending."""
        is_new = self.new[self.sketches.listed_of]
        found = [np.empty(0, np.uint64)]
        listed = np.flatnonzero(is_new)
        table = Table.of(self.sketches.listed["hash"][listed], samples)
        for asked in self._upright():
            found.append(self._coded(asked, *table.near(asked.hashes), listed))
        for asked in self._placed(np.arange(len(self.sketches.placed))):
            found.append(self._coded(asked, *table.near(asked.hashes), listed))
        del table
        found += self._of_new_among_old(samples, np.flatnonzero(~is_new))
        return _once(np.concatenate(found))

    def _of_new_among_old(
        self, samples: Sequence[np.uint64], listed: NDArray[np.intp]
    ) -> Iterator[NDArray[np.uint64]]:
        """Placed frames of the new videos and listed frames of the old ones.

        The smaller side makes the table, the larger one is held against it.
        """
        hashes = self.sketches.listed["hash"]
        placed = np.flatnonzero(self.new[self.sketches.placed_of])
        if len(placed) * _WAYS > len(listed) > 0:
            table = Table.of(hashes[listed], samples)
            for asked in self._placed(placed):
                yield self._coded(asked, *table.near(asked.hashes), listed)
        elif len(listed):
            for asked in self._placed(placed, len(placed)):
                table = Table.of(asked.hashes, samples, LARGEST_BUCKET * _WAYS)
                for start in range(0, len(listed), BLOCK):
                    some = listed[start : start + BLOCK]
                    place, number = table.near(hashes[some])
                    yield self._coded(asked, number, place, some)

    def _coded(
        self,
        asked: _Asked,
        query: NDArray[np.intp],
        place: NDArray[np.intp],
        places: NDArray[np.intp],
    ) -> NDArray[np.uint64]:
        """The hits of asked hashes at `query` with listed ones at `places[place]` as numbers."""
        if not len(query):
            return np.empty(0, np.uint64)
        frame, number = np.divmod(query, asked.ways)
        number += asked.first
        one, other = asked.video[frame], self.sketches.listed_of[places[place]]
        # Two new videos meet upright from both sides: it is counted from the first of them.
        once = np.flatnonzero((one != other) & ((number > 0) | (one < other) | ~self.new[one]))
        number, one, other = number[once], one[once], other[once]
        listed, asked_stamp = self.sketches.listed[places[place[once]]], asked.stamp[frame[once]]
        distance = np.bitwise_count(asked.hashes[query[once]] ^ listed["hash"]).astype(np.int64)
        withheld = np.maximum(0, distance - (NO_EVIDENCE - MOST_OF_ONE_MOMENT))
        swapped = (number == 0) & (one > other)
        stamp = np.where(swapped, listed["stamp"], asked_stamp).astype(np.int64)
        stamp_listed = np.where(swapped, asked_stamp, listed["stamp"])
        b_asked = (one > other) & ~swapped
        way = ((number * 2 + b_asked) * VIEWS + (stamp & 1)) * VIEWS + (stamp_listed & 1)
        moment = (stamp >> 1) // MOMENT & ((1 << _MOMENT_BITS) - 1)
        pair = np.minimum(one, other).astype(np.int64) * self.sketches.videos
        code = (pair + np.maximum(one, other)) << _WAY_BITS | way
        code = (code << _MOMENT_BITS | moment) << _WITHHELD_BITS | withheld
        return _once(code.view(np.uint64))

    def _upright(self) -> Iterator[_Asked]:
        for start in range(0, len(self.sketches.listed), BLOCK):
            block = slice(start, start + BLOCK)
            records, video = self.sketches.listed[block], self.sketches.listed_of[block]
            hashes = np.ascontiguousarray(records["hash"])
            yield _Asked(hashes, video, records["stamp"], ways=1, first=0)

    def _placed(self, places: NDArray[np.intp], at_once: int = 0) -> Iterator[_Asked]:
        step = at_once or BLOCK // _WAYS
        for start in range(0, len(places), step):
            some = places[start : start + step]
            records, video = self.sketches.placed[some], self.sketches.placed_of[some]
            hashes = np.empty((len(some), _WAYS), np.uint64)
            hashes[:, : len(STORED)] = records["hashes"]
            hashes[:, len(STORED) :] = mirrored(records["hashes"][:, FIRST_CROP:])
            yield _Asked(hashes.ravel(), video, records["stamp"], _WAYS, first=1)


def _elected(hits: NDArray[np.uint64], videos: int) -> Candidates:
    """The pairs with enough votes that agree on the orientation, with their likeliest ways."""
    hits = _once(hits)
    moment, first = _runs(hits >> np.uint64(_WITHHELD_BITS))  # the nearest hit of each moment
    votes = MOST_OF_ONE_MOMENT - (hits[first] & np.uint64((1 << _WITHHELD_BITS) - 1)).astype(
        np.int64
    )
    way, first = _runs(moment >> np.uint64(_MOMENT_BITS))
    votes = np.add.reduceat(votes, first) if len(first) else votes
    pair = (way >> np.uint64(_WAY_BITS)).astype(np.int64)
    lies = (way & np.uint64((1 << _WAY_BITS) - 1)).astype(np.int64)
    laid = pair * len(ORIENTATIONS) * 2 + _ORIENTATION[lies // (2 * VIEWS**2)] * 2
    laid += lies // VIEWS**2 % 2
    return _enough(pair, lies, votes, laid, videos)


def _enough(
    pair: NDArray[np.int64],
    way: NDArray[np.int64],
    votes: NDArray[np.int64],
    laid: NDArray[np.int64],
    videos: int,
) -> Candidates:
    _, group = np.unique(laid, return_inverse=True)
    agreeing = np.bincount(group, votes)[group]
    order = np.lexsort((way, -votes, pair))
    pairs, first = _runs(pair[order].view(np.uint64))
    chosen = np.flatnonzero(
        np.maximum.reduceat(agreeing[order], first) >= LEAST_EVIDENCE
        if len(first)
        else np.empty(0, bool)
    )
    ends = np.append(first, len(order))[1:]
    ways = np.full((len(chosen), HYPOTHESES), -1, np.int16)
    for rank in range(HYPOTHESES):
        there = first[chosen] + rank < ends[chosen]
        ways[there, rank] = way[order[first[chosen][there] + rank]]
    a, b = np.divmod(pairs[chosen].astype(np.int64), max(1, videos))
    return Candidates(a, b, ways)


def _once(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The distinct values, ascending; sorts in place, which is faster than `np.unique`."""
    values.sort()
    return _runs(values)[0]


def _runs(
    ascending: NDArray[np.uint64],
) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
    """The distinct values, and where each begins."""
    begins = np.ones(len(ascending), bool)
    begins[1:] = ascending[1:] != ascending[:-1]
    first = np.flatnonzero(begins)
    return ascending[first], first
