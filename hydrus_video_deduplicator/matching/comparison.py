"""What a comparison of two videos finds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hydrus_video_deduplicator.match import Part
from hydrus_video_deduplicator.matching.evidence import Evidence
from hydrus_video_deduplicator.matching.geometry import Placement

COST_OF_A_PART, MOST_COST = 0.04, 0.2
"""Score by which a map of one part more must be better than a plainer one, and of many more."""

EXPLAINED = 0.3
"""Score that a map may lack against another that explains nothing of the two, and yet say more."""


def worth(score: float, explained: float, parts: Sequence[Part]) -> float:
    """The score of a map, more for what it explains and less if it is complicated."""
    cost = min(MOST_COST, COST_OF_A_PART * (len(parts) - 1))
    return score + EXPLAINED * explained - cost


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two videos, part by part.

    score: 0 to 1.
    parts: which stretch of each lies where in the other, in order of time of A; at least one.
    explained: share of both that the parts cover, 0 to 1.
    moving: whether the placement changes with time; it is that of the middle then.
    """

    score: float
    evidence: Evidence
    placement: Placement
    parts: tuple[Part, ...]
    explained: float
    moving: bool = False

    @property
    def worth(self) -> float:
        """See `worth`."""
        return worth(self.score, self.explained, self.parts)

    @property
    def longest(self) -> Part:
        """The part that is longest in A."""
        return self.by_length[0]

    @property
    def by_length(self) -> list[Part]:
        """The parts, the one that is longest in A first."""
        return sorted(self.parts, key=lambda part: part.a_span[0] - part.a_span[1])

    def inverse(self) -> "Comparison":
        """The same seen from B."""
        parts = sorted((part.inverse() for part in self.parts), key=lambda part: part.a_span)
        return replace(self, placement=self.placement.inverse(), parts=tuple(parts))


def better(one: Comparison, other: Comparison) -> Comparison:
    """The one that says more of the two, unless its score is much less."""
    if abs(one.score - other.score) > EXPLAINED / 2:
        return max(one, other, key=lambda each: each.score)
    return max(one, other, key=lambda each: each.worth)
