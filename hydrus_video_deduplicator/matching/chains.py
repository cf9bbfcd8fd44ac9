"""What matches say of a further pair: two copies of one video are copies of each other.

Where A and C both match B, the map from A to C follows. It is only proposed: their own pictures
then say whether it is so. That takes a tenth of the time of a search, and it finds what a search
between two hard copies misses.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from heapq import nlargest
from itertools import pairwise
from typing import Self

from hydrus_video_deduplicator.match import Edit, Match, Part, length, united
from hydrus_video_deduplicator.matching.comparison import Comparison, joined_up, worth
from hydrus_video_deduplicator.matching.geometry import Placement
from hydrus_video_deduplicator.matching.hits import NamedPair
from hydrus_video_deduplicator.matching.overlays import placement_of
from hydrus_video_deduplicator.matching.parts import SHORTEST
from hydrus_video_deduplicator.signature import Signature

MOST_PARTS = 8
"""Parts of a proposed map, at most. More pieces are looked for in the pictures."""

WHOLLY = 0.95
"""Share of a video that must lie in the one between, or the two could have more in common than
follows."""

TWICE = 0.3
"""Seconds of both videos that may be shown twice. If more, the map leads from many moments to many,
and which of them belong together does not follow."""

WAYS_TRIED = 6
"""Videos through which a map is sought, the surest ones first."""

LEAST_LINK = 0.8
"""Score of a match from which others follow. A weaker one may be wrong, and pairs of all copies of
both would follow: of two recordings of one room, 171 were wrong with 0.6, three are with 0.8."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """How A's picture may hold that of B, and which stretch of each may lie where in the other.

    parts: in order of time of A.
    """

    placement: Placement
    parts: tuple[Part, ...]

    @classmethod
    def of(cls, found: Comparison) -> Self:
        """What was found of two videos."""
        return cls(found.placement, found.parts)

    @classmethod
    def of_match(cls, match: Match, a: Signature, b: Signature) -> Self | None:
        """How a match says that two signatures of its files lie; None if it does not say."""
        if match.overlay is None or Edit.MOVING in match.edits:
            return None
        inverted = Edit.INVERTED in match.edits
        return cls(placement_of(a, b, match.overlay, inverted=inverted), match.parts)

    def inverse(self) -> "Proposal":
        """The same seen from B."""
        return Proposal(self.placement.inverse(), _in_order(p.inverse() for p in self.parts))

    def then(self, onward: "Proposal") -> "Proposal":
        """How A may lie in C, where this leads from A to B and `onward` from B to C."""
        found = _in_order(part for p in self.parts for q in onward.parts for part in _through(p, q))
        return Proposal(self.placement.then(onward.placement), joined_up(found))

    @property
    def explained(self) -> float:
        """Seconds of both that it covers."""
        return sum(length(united(spans)) for spans in self._spans())

    @property
    def is_usable(self) -> bool:
        """Whether it says enough, and nothing that contradicts itself."""
        twice = min(length(spans) - length(united(spans)) for spans in self._spans())
        return 0 < len(self.parts) <= MOST_PARTS and twice <= TWICE

    def _spans(self) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
        return [part.a_span for part in self.parts], [part.b_span for part in self.parts]


def _in_order(parts: Iterator[Part]) -> tuple[Part, ...]:
    return tuple(sorted(parts, key=lambda part: part.a_span))


def _through(p: Part, q: Part) -> Iterator[Part]:
    """What A and C have in common where P leads from A to B and Q from B to C."""
    start, end = max(p.b_span[0], q.a_span[0]), min(p.b_span[1], q.a_span[1])
    if end - start >= SHORTEST:
        first_a, last_a = sorted(map(p.inverse().in_b, (start, end)))
        first_c, last_c = sorted(map(q.in_b, (start, end)))
        yield Part((first_a, last_a), (first_c, last_c), p.speed * q.speed)


@dataclass(frozen=True, slots=True)
class _Step:
    """From one video to another. is_whole: whether all of the one lies in the other."""

    proposal: Proposal
    is_whole: bool
    worth: float

    @classmethod
    def of(cls, proposal: Proposal, seconds: float, worth: float) -> Self:
        """From a video that lasts so long."""
        inside = length(united(part.a_span for part in proposal.parts))
        return cls(proposal, inside >= WHOLLY * seconds, worth)


def worth_of(match: Match) -> float:
    """See `worth`."""
    seconds = (match.a_seconds or 0.0) + (match.b_seconds or 0.0)
    spans = [part.a_span for part in match.parts], [part.b_span for part in match.parts]
    explained = sum(length(united(each)) for each in spans) / max(1e-3, seconds)
    return worth(match.score, explained, match.parts)


class Chains:
    """Matches among some videos, through which others are proposed."""

    def __init__(self) -> None:
        self._steps: defaultdict[str, dict[str, _Step]] = defaultdict(dict)

    def add(self, a: str, b: str, found: Comparison, seconds: tuple[float, float]) -> None:
        """Take what was found of two videos that last so long, if others can follow from it."""
        if found.score >= LEAST_LINK and not found.moving:
            self._add(a, b, Proposal.of(found), seconds, found.worth)

    def add_match(self, match: Match, a: Signature, b: Signature) -> None:
        """The same with what a run has found of two files."""
        if match.score >= LEAST_LINK and (there := Proposal.of_match(match, a, b)) is not None:
            self._add(match.a, match.b, there, (a.duration, b.duration), worth_of(match))

    def _add(
        self, a: str, b: str, there: Proposal, seconds: tuple[float, float], worth: float
    ) -> None:
        self._steps[a][b] = _Step.of(there, seconds[0], worth)
        self._steps[b][a] = _Step.of(there.inverse(), seconds[1], worth)

    def knows(self, a: str, b: str) -> bool:
        """Whether others can follow from the match of two videos."""
        return b in self._steps.get(a, {})

    def links(self, pairs: Sequence[NamedPair]) -> list[NamedPair]:
        """Pairs to compare first: each video with a likely original, unless how they lie follows.

        That is the one in which most others lie. Copies that are like each other but not plainly
        like the original, such as some that play backwards, are led to it that way.
        """
        copies = Counter(
            other
            for steps in self._steps.values()
            for other, step in steps.items()
            if step.is_whole
        )
        best: dict[str, tuple[int, str, int]] = {}
        for number, (a, b, _) in enumerate(pairs):
            for key, other in ((a, b), (b, a)):
                best[key] = max(best.get(key, (0, "", 0)), (copies[other], other, number))
        chosen = {
            number
            for key, (count, other, number) in best.items()
            if not self._wholly(key) or (count > copies[key] and self.proposed(key, other) is None)
        }
        return [pairs[number] for number in sorted(chosen)]

    def proposed(self, a: str, b: str) -> Proposal | None:
        """What follows of A and B from two matches or, failing that, from three."""
        usable = (way for way in self._ways(a, b) if way.is_usable)
        return max(usable, key=lambda way: way.explained - SHORTEST * len(way.parts), default=None)

    def _ways(self, a: str, b: str) -> Iterator[Proposal]:
        first, last = self._wholly(a), self._wholly(b)
        over_one = nlargest(
            WAYS_TRIED, ((first[v].worth + last[v].worth, v) for v in first.keys() & last.keys())
        )
        for _, v in over_one:
            yield self._along(a, v, b)
        if not over_one:
            over_two = (
                (first[v].worth + step.worth + last[w].worth, v, w)
                for v in first
                for w, step in self._steps[v].items()
                if w in last
            )
            for _, v, w in nlargest(1, over_two):
                yield self._along(a, v, w, b)

    def _wholly(self, key: str) -> dict[str, _Step]:
        """The steps from a video to others in which all of it lies."""
        return {other: step for other, step in self._steps.get(key, {}).items() if step.is_whole}

    def _along(self, *videos: str) -> Proposal:
        steps = (self._steps[one][other].proposal for one, other in pairwise(videos))
        return reduce(Proposal.then, steps)
