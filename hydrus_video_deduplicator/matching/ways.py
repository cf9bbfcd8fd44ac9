"""The ways in which the pictures of two videos may lie, as the search for candidates names them."""

import math
from typing import NamedTuple

from hydrus_video_deduplicator.matching.geometry import Axis, Placement
from hydrus_video_deduplicator.matching.sketch import PLACEMENTS, VIEWS
from hydrus_video_deduplicator.matching.views import between_active
from hydrus_video_deduplicator.signature import Signature

STEP = 0.28
"""Share of its width by which an upright slice of a picture is moved on, at most, until it is
found."""

SHAPE_STEP = 0.05
"""Share by which narrow videos may differ in shape and still be cut out of a wide one together."""


class Way(NamedTuple):
    """How A may hold B.

    placement: number among `PLACEMENTS` and, behind them, of a slice: 2n at position n, 2n + 1
        likewise and mirrored. b_asked: 1 if B, so laid, holds A; else 0.
    view_asked, view_listed: of the one that is laid, and of the other, see `VIEWS`.
    """

    placement: int
    b_asked: int
    view_asked: int
    view_listed: int

    @classmethod
    def of(cls, number: int) -> "Way":
        """The way of a number, as the hits code it."""
        number, view_listed = divmod(number, VIEWS)
        number, view_asked = divmod(number, VIEWS)
        return cls(*divmod(number, 2), view_asked, view_listed)

    @classmethod
    def of_slice(cls, number: int, *, b_asked: bool, views: tuple[int, int]) -> "Way":
        """That one is a slice of the other: of A, or of B where `b_asked`. views: of both."""
        return cls(len(PLACEMENTS) + number, int(b_asked), *views)

    @property
    def number(self) -> int:
        """What `of` takes."""
        placed = self.placement * 2 + self.b_asked
        return (placed * VIEWS + self.view_asked) * VIEWS + self.view_listed


def rounded(share: float) -> float:
    """A share of the width as steps of `SHAPE_STEP` name it."""
    return math.exp(round(math.log(share) / SHAPE_STEP) * SHAPE_STEP)


def slices_of(share: float) -> list[Axis]:
    """Where slices may lie that take a share of the width: from left to right, with the middle."""
    alike = rounded(share)
    steps = 2 * math.ceil((1 - alike) / (2 * STEP * alike))
    return [Axis(share, step / steps * (1 - share)) for step in range(steps + 1)]


def placement(number: int, a: Signature, b: Signature) -> Placement:
    """How the active picture of A may hold that of B, in the way of a number."""
    way = Way.of(number)
    asked, listed = (b, a) if way.b_asked else (a, b)
    share = listed.shapes[way.view_listed] / asked.shapes[way.view_asked]
    laid = between_active(
        _laid(way.placement, share),
        asked if way.view_asked else None,
        listed if way.view_listed else None,
    )
    return laid.inverse() if way.b_asked else laid


def _laid(number: int, share: float) -> Placement:
    """The placement of a number. share: of the width that a slice takes."""
    if number < len(PLACEMENTS):
        return PLACEMENTS[number]
    position, is_mirrored = divmod(number - len(PLACEMENTS), 2)
    cut = Placement(x=slices_of(share)[position])
    return cut.mirrored() if is_mirrored else cut
