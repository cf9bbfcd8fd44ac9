"""Candidates confirmed: both sketches of a pair are compared in full.

The tables find only some of the hashes that are near each other. Once a pair is proposed, all are
counted, for a fiftieth of what a comparison of the signatures takes; most pairs that came up by
chance are dropped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.matching.hits import (
    MOST_OF_ONE_MOMENT,
    NO_EVIDENCE,
    NO_EVIDENCE_IN_SMALL,
    Candidates,
)
from hydrus_video_deduplicator.matching.sketch import HASH_BITS, ODD, Sketches
from hydrus_video_deduplicator.matching.ways import Way


@dataclass(frozen=True)
class Enough:
    """What confirms a pair. Higher leaves fewer unrelated ones, and loses copies.

    votes: of one way. of_a_frame: votes for each frame of the one with fewer that confirm it as
        well: a short clip has but few.
    no_evidence: distance at which a frame has no vote.
    """

    votes: float
    of_a_frame: float
    no_evidence: int

    def confirm(self, distances: NDArray[np.uint8], moments: float) -> bool:
        """Whether enough frames of either video, (n, m), are near the other's.

        The less either says counts: all frames of a scene may be a little like one dull picture.
        moments: at how many both were looked at if one lies in the other, at least 1.
        """
        if int(distances.min()) <= CERTAIN:
            return True
        most = min(self.of_a_frame * min(distances.shape), MOST_OF_ONE_MOMENT * moments)
        enough = min(self.votes, most)
        nearest = (distances.min(axis=side) for side in (1, 0))
        return all(self._cast.take(near).sum() >= enough for near in nearest)

    @cached_property
    def _cast(self) -> NDArray[np.int64]:
        """Votes of a frame, by its distance in bits from the nearest one of the other video."""
        return np.clip(self.no_evidence - np.arange(HASH_BITS + 1), 0, MOST_OF_ONE_MOMENT)


IN_SMALL = Enough(votes=12, of_a_frame=2.0, no_evidence=NO_EVIDENCE_IN_SMALL)
"""In a small library: three in four unrelated pairs go, and one in 1,500 copies."""

IN_LARGE = Enough(votes=16, of_a_frame=3.0, no_evidence=NO_EVIDENCE)
"""In a larger one: two moments in 6 bits or fewer, or several less alike."""

CERTAIN = 2
"""Bits in which a single frame may differ from one of the other video and confirm the pair alone:
hardly any two unrelated pictures are so near."""

CONFIRMED_AT_ONCE = 100_000
"""Candidates confirmed at once. As Python's numbers they need a fifth of a kilobyte each."""


def confirmed(candidates: Candidates, sketches: Sketches, enough: Enough) -> Candidates:
    """Those of the candidates that have votes enough in one of their ways."""
    hashes = _Hashes.of(sketches)
    places = np.arange(len(candidates))
    starts = range(0, max(1, len(candidates)), CONFIRMED_AT_ONCE)
    parts = (candidates.taken(places[start : start + CONFIRMED_AT_ONCE]) for start in starts)
    return Candidates.joined([hashes.confirmed(part, enough) for part in parts])


@dataclass(frozen=True, slots=True)
class _Parts:
    """Where the records of each video begin and end; they lie together."""

    begin: Sequence[int]
    end: Sequence[int]

    @classmethod
    def of(cls, videos_of: NDArray[np.int32], videos: int) -> "_Parts":
        """From the number of the video of each record."""
        changes = np.flatnonzero(videos_of[1:] != videos_of[:-1]) + 1
        first = np.append(0, changes)[: len(videos_of)]
        begin, end = np.zeros(videos, np.int64), np.zeros(videos, np.int64)
        begin[videos_of[first]] = first
        end[videos_of[first]] = np.append(first, len(videos_of))[1:]
        return cls(begin.tolist(), end.tolist())

    def __getitem__(self, video: int) -> slice:
        return slice(self.begin[video], self.end[video])


@dataclass(frozen=True, slots=True)
class _Hashes:
    """The hashes of many videos, and where those of each begin and end.

    listed: uint64 (n,). placed: uint64 (m, ways stored). seconds: of each video, from its first
        listed frame to the last.
    """

    listed: NDArray[np.uint64]
    placed: NDArray[np.uint64]
    seconds: Sequence[float]
    listed_of: _Parts
    placed_of: _Parts

    @classmethod
    def of(cls, sketches: Sketches) -> "_Hashes":
        """Those of the sketches."""
        return cls(
            sketches.hashes,
            sketches.placed["hashes"],
            _seconds(sketches),
            _Parts.of(sketches.listed_of, sketches.videos),
            _Parts.of(sketches.placed_of, sketches.videos),
        )

    def confirmed(self, candidates: Candidates, enough: Enough) -> Candidates:
        """Those of the candidates that have votes enough in one of their ways."""
        columns = (candidates.a.tolist(), candidates.b.tolist(), candidates.ways.tolist())
        kept = [
            row
            for row, (a, b, ways) in enumerate(zip(*columns, strict=True))
            if self._is_confirmed(a, b, ways, enough)
        ]
        return candidates.taken(np.array(kept, np.intp))

    def _is_confirmed(self, a: int, b: int, ways: Sequence[int], enough: Enough) -> bool:
        moments = self.moments(a, b)
        distances = (self.distances(a, b, Way.of(way)) for way in ways if way >= 0)
        return any(enough.confirm(each, moments) for each in distances)

    def moments(self, a: int, b: int) -> float:
        """At how many moments both videos were looked at if the shorter one lies in the longer."""
        short, long = sorted((a, b), key=self.seconds.__getitem__)
        frames = self.listed_of.end[long] - self.listed_of.begin[long]
        return max(1.0, frames * self.seconds[short] / max(self.seconds[long], 1e-3))

    def distances(self, a: int, b: int, way: Way) -> NDArray[np.uint8]:
        """Bits in which the frames of one video, laid in a way, differ from the other's, (n, m)."""
        laid, is_mirrored = divmod(way.placement, 2)
        one, other = (b, a) if way.b_asked else (a, b)
        asked = (
            self.placed[self.placed_of[one], laid - 1] if laid else self.listed[self.listed_of[one]]
        )
        if is_mirrored:
            asked = asked ^ ODD
        listed = self.listed[self.listed_of[other]]
        distances: NDArray[np.uint8] = np.bitwise_count(asked[:, None] ^ listed)
        return distances


def _seconds(sketches: Sketches) -> list[float]:
    """From the first to the last listed frame of each video."""
    times, seconds = sketches.stamps >> np.uint32(1), np.zeros(sketches.videos)
    if len(times):
        first = np.flatnonzero(np.diff(sketches.listed_of, prepend=-1))
        spans = np.maximum.reduceat(times, first) - np.minimum.reduceat(times, first)
        seconds[sketches.listed_of[first]] = spans / 1000
    found: list[float] = seconds.tolist()
    return found
