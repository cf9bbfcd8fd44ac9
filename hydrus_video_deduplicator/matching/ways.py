"""The ways in which the pictures of two videos may lie, as the search for candidates names them."""

from typing import NamedTuple

from hydrus_video_deduplicator.matching.geometry import Placement
from hydrus_video_deduplicator.matching.sketch import PLACEMENTS, VIEWS, fitted, shape
from hydrus_video_deduplicator.matching.views import between_active
from hydrus_video_deduplicator.signature import Signature


class Way(NamedTuple):
    """How A may hold B.

    placement: number among `PLACEMENTS`. b_asked: 1 if B, so laid, holds A; else 0.
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


def placement(number: int, a: Signature, b: Signature) -> Placement:
    """How the active picture of A may hold that of B, in the way of a number."""
    way = Way.of(number)
    asked, listed = (b, a) if way.b_asked else (a, b)
    laid = between_active(
        fitted(PLACEMENTS[way.placement], shape(asked, way.view_asked)),
        asked if way.view_asked else None,
        listed if way.view_listed else None,
    )
    return laid.inverse() if way.b_asked else laid
