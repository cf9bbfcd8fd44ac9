"""What a comparison of two videos finds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hydrus_video_deduplicator.match import SAME_SPEED, Part
from hydrus_video_deduplicator.matching.evidence import Evidence
from hydrus_video_deduplicator.matching.geometry import Placement

COST_OF_A_LINE, MOST_COST = 0.04, 0.2
"""Score by which a map of parts on one line more must be better than a plainer one, and of many
more. Parts of one line are interrupted, say by a title, which is no reason to doubt them."""

OFF_THE_LINE = 0.15
"""Seconds by which a part may begin off the line of another and still lie on it: in a map that
follows from others, the video between the two may have begun its cycle there."""

LONGEST_HOLE = 1.0
"""Seconds between two parts of one line up to which they are one part: a flash, or a title."""

EXPLAINED = 0.3
"""Score that a map may lack against another that explains nothing of the two, and yet say more."""

COVERED = 0.9
"""Share of the shorter video that a map at unchanged speed must cover to be right, if its score is
no less, against one at another speed that explains more: a slow scene without its middle is much
like the whole scene played faster."""


def worth(score: float, explained: float, parts: Sequence[Part]) -> float:
    """The score of a map, more for what it explains and less if it is complicated."""
    cost = min(MOST_COST, COST_OF_A_LINE * (_count_lines(parts) - 1))
    return score + EXPLAINED * explained - cost


def _count_lines(parts: Sequence[Part]) -> int:
    """How many lines in time the parts lie on."""
    lines: list[Part] = []
    for part in parts:
        if not any(_is_on_line(part, line) for line in lines):
            lines.append(part)
    return len(lines)


def _is_on_line(part: Part, line: Part) -> bool:
    """Whether a part lies on the line on which another one lies."""
    begins = part.a_span[0]
    is_as_fast = abs(part.speed / line.speed - 1) <= SAME_SPEED
    return is_as_fast and abs(part.in_b(begins) - line.in_b(begins)) <= OFF_THE_LINE


def joined_up(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Parts in order of time of A, those as one that go on as the one before."""
    joined: list[Part] = []
    for part in parts:
        if joined and _goes_on(joined[-1], part):
            joined[-1] = _both(joined[-1], part)
        else:
            joined.append(part)
    return tuple(joined)


def _both(before: Part, part: Part) -> Part:
    starts, ends = zip(before.b_span, part.b_span, strict=True)
    return Part((before.a_span[0], part.a_span[1]), (min(starts), max(ends)), before.speed)


def _goes_on(before: Part, part: Part) -> bool:
    hole = abs(part.a_span[0] - before.a_span[1])
    return hole <= LONGEST_HOLE and _is_on_line(part, before)


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

    @property
    def is_of_one_speed(self) -> bool:
        """Whether both play equally fast."""
        return all(part.is_of_one_speed for part in self.parts)

    def inverse(self) -> "Comparison":
        """The same seen from B."""
        parts = sorted((part.inverse() for part in self.parts), key=lambda part: part.a_span)
        return replace(self, placement=self.placement.inverse(), parts=tuple(parts))


def better(one: Comparison, other: Comparison) -> Comparison:
    """The one that says more of the two, unless its score is much less."""
    if one.is_of_one_speed != other.is_of_one_speed:
        plain, odd = (one, other) if one.is_of_one_speed else (other, one)
        if plain.evidence.covered >= COVERED and plain.score >= odd.score:
            return plain
    if abs(one.score - other.score) > EXPLAINED / 2:
        return max(one, other, key=lambda each: each.score)
    return max(one, other, key=lambda each: each.worth)
