"""Hits: frames of two videos whose hashes are near each other, and the pairs that they vote for.

Tables of listed hashes → hits of asked hashes → votes of the hits of a pair that agree on how the
picture is laid → candidates. Every video asks with all listed frames as they are, and with its
placed frames.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from threading import Event

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.matching.index import (
    BLOCK,
    LARGEST_BUCKET,
    LARGEST_BUCKET_OF_SMALL,
    LARGEST_DISTANCE,
    Near,
    Scale,
    Table,
    bit_samples,
)
from hydrus_video_deduplicator.matching.sketch import (
    ODD,
    PLACEMENTS,
    STORED,
    VIEWS,
    Sketches,
)

MOST_OF_ONE_MOMENT = 8
"""Votes of one moment, at most. A hit has as many as its distance is below NO_EVIDENCE: one pair of
frames in 6 bits or fewer is enough, or several less like ones."""

NO_EVIDENCE_IN_SMALL, NO_EVIDENCE = LARGEST_DISTANCE + 1, 14
"""Distance at which a hit would have no vote, in a small and in a larger library."""

LARGEST_IN_LARGE = 12
"""Distance of a hit, at most, in a library that is not small. Half of all hits are farther, which
take more than a gigabyte for a million videos; 0.01% of the copies are no candidates without."""

MOMENT = 128
"""Milliseconds that count as one moment: frames nearer than that are one witness."""

HYPOTHESES = 3
"""Placements of one pair that are handed on, those with the most votes first."""

ELECTED_AT_ONCE = 1 << 20
"""Hits whose pairs are elected at once, about. Fewer cost more calls, more need memory."""

MOST_VIDEOS = 2_000_000
"""Beyond, pairs no longer fit the bits left for them in a hit."""

# A hit is a number: pair, then how the pair lies, then the moment, then what its votes lack.
_WITHHELD_BITS = 3
_MOMENT_BITS = 8
_WAY_BITS = 10  # who asked, placement, view of A, view of B
_PAIR_SHIFT = _WAY_BITS + _MOMENT_BITS + _WITHHELD_BITS

Hits = NDArray[np.uint64]

_LAID = [(p.orientation, p.inverted) for p in PLACEMENTS]
_ORIENTATIONS = list(dict.fromkeys(_LAID))
_ORIENTATION = np.array([_ORIENTATIONS.index(laid) for laid in _LAID])


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

    @classmethod
    def joined(cls, parts: Sequence["Candidates"]) -> "Candidates":
        """All of some parts, of which there is at least one."""
        return cls(
            np.concatenate([part.a for part in parts]),
            np.concatenate([part.b for part in parts]),
            np.concatenate([part.ways for part in parts]),
        )

    def merged(self, other: "Candidates") -> "Candidates":
        """All of both; a pair of both has the likeliest way of the other as its last one."""
        ours, theirs = (some.a << 32 | some.b for some in (self, other))
        is_known = np.isin(theirs, ours)
        order = np.argsort(ours)
        at = order[np.searchsorted(ours, theirs[is_known], sorter=order)]
        ways = self.ways.copy()
        last = np.minimum((ways[at] >= 0).sum(axis=1), HYPOTHESES - 1)
        ways[at, last] = other.ways[is_known, 0]
        return Candidates.joined([replace(self, ways=ways), other.taken(np.flatnonzero(~is_known))])

    def taken(self, places: NDArray[np.intp]) -> "Candidates":
        """Those at some places."""
        return Candidates(self.a[places], self.b[places], self.ways[places])


NamedPair = tuple[str, str, Sequence[int]]
"""A candidate by the keys of its videos, the smaller first, and the ways in which they may lie, see
`Candidates`."""


@dataclass(frozen=True, slots=True)
class _Frames:
    """Some frames of some videos, with `ways` hashes of each in a row.

    hashes: uint64 (frames * ways,). video: int32 (frames,). stamp: uint32 (frames,).
    first: number of the first way among `LAID`.
    """

    hashes: NDArray[np.uint64]
    video: NDArray[np.int32]
    stamp: NDArray[np.uint32]
    ways: int
    first: int


CODED_AT_ONCE = 1 << 16
"""Near hashes made hits at once: the steps in between need a hundred bytes for each."""


class Search:
    """The hits between the new videos and all, in both directions. Threads share it."""

    def __init__(self, sketches: Sketches, new: NDArray[np.bool_], scale: Scale) -> None:
        """`new`: bool (videos,). scale: of the library, of which the sketches may be a part."""
        self.samples = bit_samples(scale)
        """One for each table."""
        self._sketches = sketches
        self._new_places = np.flatnonzero(new[sketches.placed_of])
        self._new = _upright(sketches, new)
        # A few new ones stay among the old: to copy all others costs more than to find hits twice.
        self._old = _upright(sketches, ~new | scale.is_for_few)
        self._largest_distance = LARGEST_DISTANCE if scale.is_small else LARGEST_IN_LARGE
        self._no_evidence = NO_EVIDENCE_IN_SMALL if scale.is_small else NO_EVIDENCE
        self._largest_bucket = LARGEST_BUCKET_OF_SMALL if scale.is_small else LARGEST_BUCKET
        self._is_over = Event()

    def stop(self) -> None:
        """Let the threads that look for hits end soon, with whatever they have."""
        self._is_over.set()

    def hits(self, table: int) -> Hits:
        """Those that the table of this number finds and none before it."""
        found = takewhile(lambda _: not self._is_over.is_set(), self._parts(table))
        return _once(np.concatenate([np.empty(0, np.uint64), *found]))

    def _parts(self, number: int) -> Iterator[Hits]:
        samples = self.samples[: number + 1]
        table = Table.of(self._new.hashes, samples, self._largest_bucket)
        for near in table.among():
            yield self._coded(self._new, near, self._new)
        for asked in self._placed(slice(None)):
            for near in table.near(asked.hashes):
                yield self._coded(asked, near, self._new)
        if len(self._old.hashes):
            del table
            yield from self._of_new_among_old(samples)

    def _of_new_among_old(self, samples: Sequence[np.uint64]) -> Iterator[Hits]:
        """All frames of the new videos and the listed ones of the old.

        The smaller side makes the table, the larger one is held against it.
        """
        new, old, places = self._new, self._old, self._new_places
        if len(places) * len(STORED) <= len(old.hashes):
            placed = self._placed(places, max(1, len(places)))
            yield from self._streamed(samples, [new, *placed], self._largest_bucket * len(STORED))
            return
        yield from self._streamed(samples, [new], self._largest_bucket)
        table = Table.of(old.hashes, samples, self._largest_bucket)
        for asked in self._placed(places):
            for near in table.near(asked.hashes):
                yield self._coded(asked, near, old)

    def _streamed(
        self,
        samples: Sequence[np.uint64],
        frames: Sequence[_Frames],
        largest_bucket: int,
    ) -> Iterator[Hits]:
        """The hits of frames that make one table together with old ones that stream past it."""
        old = self._old
        table = Table.of(np.concatenate([some.hashes for some in frames]), samples, largest_bucket)
        for start in range(0, len(old.hashes), BLOCK):
            for near in table.near(old.hashes[start : start + BLOCK]):
                found, first = near.inverse(start), 0
                for some in frames:
                    yield self._coded(some, found.within(first, len(some.hashes)), old)
                    first += len(some.hashes)

    def _coded(self, asked: _Frames, near: Near, listed: _Frames) -> Hits:
        """The hits of asked hashes with listed ones as numbers, ascending."""
        starts = range(0, len(near.one), CODED_AT_ONCE)
        parts = (near.part(slice(start, start + CODED_AT_ONCE)) for start in starts)
        codes = [self._codes(asked, part, listed) for part in parts]
        return _once(np.concatenate([np.empty(0, np.uint64), *codes]))

    def _codes(self, asked: _Frames, near: Near, listed: _Frames) -> Hits:
        differing = asked.hashes[near.one] ^ listed.hashes[near.other]
        distance = np.bitwise_count(np.where(near.mirrored, differing ^ ODD, differing))
        apart = asked.video[near.one // asked.ways] != listed.video[near.other]
        some = np.flatnonzero(apart & (distance <= self._largest_distance))
        near, distance = near.taken(some), distance[some].astype(np.int64)
        frame, laid = np.divmod(near.one, asked.ways)
        laid += asked.first
        one, other = asked.video[frame], listed.video[near.other]
        withheld = np.maximum(0, distance - (self._no_evidence - MOST_OF_ONE_MOMENT))
        # Upright and mirrored, who asked says nothing: such a hit is always told from A.
        swapped = (laid == 0) & (one > other)
        asked_stamp, listed_stamp = asked.stamp[frame], listed.stamp[near.other]
        stamp = np.where(swapped, listed_stamp, asked_stamp).astype(np.int64)
        stamp_other = np.where(swapped, asked_stamp, listed_stamp)
        b_asked = (one > other) & ~swapped
        way = (((laid * 2 + near.mirrored) * 2 + b_asked) * VIEWS + (stamp & 1)) * VIEWS
        way += stamp_other & 1
        moment = (stamp >> 1) // MOMENT & ((1 << _MOMENT_BITS) - 1)
        pair = np.minimum(one, other).astype(np.int64) * self._sketches.videos
        code = (pair + np.maximum(one, other)) << _WAY_BITS | way
        code = (code << _MOMENT_BITS | moment) << _WITHHELD_BITS | withheld
        return _once(code.view(np.uint64))

    def _placed(self, places: NDArray[np.intp] | slice, at_once: int = 0) -> Iterator[_Frames]:
        records, video = self._sketches.placed[places], self._sketches.placed_of[places]
        step = at_once or BLOCK // len(STORED)
        for start in range(0, len(records), step):
            some = records[start : start + step]
            hashes = some["hashes"].ravel()
            yield _Frames(hashes, video[start : start + step], some["stamp"], len(STORED), first=1)


def scale_of(sketches: Sketches, new: NDArray[np.bool_]) -> Scale:
    """The scale of a library of these sketches, of which the `new` are, bool (videos,)."""
    return Scale(len(sketches.hashes), int(new[sketches.listed_of].sum()))


def _upright(sketches: Sketches, chosen: NDArray[np.bool_]) -> _Frames:
    """The listed frames of some videos. Those of all are not copied: they take gigabytes."""
    some = slice(None) if chosen.all() else np.flatnonzero(chosen[sketches.listed_of])
    return _Frames(
        sketches.hashes[some], sketches.listed_of[some], sketches.stamps[some], ways=1, first=0
    )


def elected(hits: Sequence[Hits], videos: int, least: int) -> Candidates:
    """The pairs with `least` votes that agree on the orientation, with their likeliest ways.

    hits: of one or more tables, ascending each.
    """
    # Some pairs at a time: the steps in between need ten times the memory of their hits.
    longest = max(hits, key=len)
    parts = sum(map(len, hits)) // ELECTED_AT_ONCE + 1
    ends = longest[np.arange(1, parts) * len(longest) // parts]
    ends = np.unique(ends >> np.uint64(_PAIR_SHIFT) << np.uint64(_PAIR_SHIFT))
    split = [np.split(some, np.searchsorted(some, ends)) for some in hits]
    joined = map(np.concatenate, zip(*split, strict=True))
    return Candidates.joined([_elected(_once(part), videos, least) for part in joined])


def _elected(hits: Hits, videos: int, least: int) -> Candidates:
    """The same for hits that ascend."""
    moment, first = _runs(hits >> np.uint64(_WITHHELD_BITS))  # the nearest hit of each moment
    votes = MOST_OF_ONE_MOMENT - (hits[first] & np.uint64((1 << _WITHHELD_BITS) - 1)).astype(
        np.int64
    )
    way, first = _runs(moment >> np.uint64(_MOMENT_BITS))
    votes = np.add.reduceat(votes, first) if len(first) else votes
    pair = (way >> np.uint64(_WAY_BITS)).astype(np.int64)
    lies = (way & np.uint64((1 << _WAY_BITS) - 1)).astype(np.int64)
    laid = pair * len(_ORIENTATIONS) * 2 + _ORIENTATION[lies // (2 * VIEWS**2)] * 2
    laid += lies // VIEWS**2 % 2
    return _enough(pair, lies, votes, laid, videos, least=least)


def _enough(
    pair: NDArray[np.int64],
    way: NDArray[np.int64],
    votes: NDArray[np.int64],
    laid: NDArray[np.int64],
    videos: int,
    *,
    least: int,
) -> Candidates:
    _, group = np.unique(laid, return_inverse=True)
    agreeing = np.bincount(group, votes)[group]
    order = np.lexsort((way, -votes, pair))
    pairs, first = _runs(pair[order].view(np.uint64))
    chosen = np.flatnonzero(
        np.maximum.reduceat(agreeing[order], first) >= least if len(first) else np.empty(0, bool)
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
