"""A video as it is judged: what depends on it alone is computed once for all its pairs."""

from collections.abc import Callable
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.matching.drawing import SHARPEST, whole_pictures
from hydrus_video_deduplicator.matching.evidence import levelled, tiled
from hydrus_video_deduplicator.matching.geometry import WHOLE, Orientation, Placement
from hydrus_video_deduplicator.matching.likeness import Outlines
from hydrus_video_deduplicator.matching.slides import at_changes, is_slide_show, seconds_a_picture
from hydrus_video_deduplicator.matching.timeline import Timeline
from hydrus_video_deduplicator.signature import Signature, TooLittle
from hydrus_video_deduplicator.signature.spectrum import blocks

T = TypeVar("T")

VIDEOS_KEPT = 96
"""Videos that are kept while many pairs are judged: all copies of one, as a rule. One takes 0.2 MB,
or up to 1 MB if it is long."""

COARSE = 6.0
"""Half cycles a picture around which detail fades out of the first alignment: before registration
the pictures may be off by 5%."""

COARSE_POINTS = 8
"""Points along each axis at which the pictures are compared in it."""


class Video:
    """A signature, and what is computed from it on demand: 3 KB a frame."""

    def __init__(self, signature: Signature, *, of_slides: bool = False) -> None:
        self.signature = signature
        self.of_slides = of_slides
        """Whether it is a slide show that is looked at only when its pictures change."""
        self._slides: Video | None = None
        self._outlines: dict[tuple[Orientation, bool], Outlines] = {}
        self._shown: dict[tuple[Orientation, bool], NDArray[np.float32]] = {}

    @property
    def is_still(self) -> bool:
        """Whether it is a still picture."""
        return self.signature.too_little is TooLittle.STILL

    @cached_property
    def timeline(self) -> Timeline:
        """When its frames were looked at."""
        return Timeline.of(self.signature.times)

    @cached_property
    def order(self) -> tuple[float, float, bytes]:
        """What decides which video is A and which is B, regardless of their order in the call.

        The one with fewer frames a second is A: its frames are looked for between those of B.
        """
        signature = self.signature
        return self.timeline.sparseness, signature.duration, signature.levels.tobytes()

    @cached_property
    def frames(self) -> NDArray[np.float32]:
        """Its frames as blocks of frequencies, float32 (n, SIDE, SIDE)."""
        return blocks(self.signature.coefficients())

    def outlines(self, placement: Placement = WHOLE) -> Outlines:
        """The outlines of its whole pictures, laid as a placement says."""

        def make() -> Outlines:
            return Outlines(placement.laid(whole_pictures(self.frames, COARSE, COARSE_POINTS)))

        return _kept(self._outlines, placement, make)

    def shown(self, placement: Placement = WHOLE) -> NDArray[np.float32]:
        """Its whole pictures, so laid, levelled, float32 (n, TILES², points)."""

        def make() -> NDArray[np.float32]:
            return levelled(tiled(placement.laid(whole_pictures(self.frames, SHARPEST))))

        return _kept(self._shown, placement, make)

    @cached_property
    def stay(self) -> float:
        """How long a picture of it stays, in seconds, see `seconds_a_picture`."""
        return seconds_a_picture(self.signature)

    def beside(self, other: "Video") -> "Video":
        """As it is compared with another video: if it is a slide show, only its new pictures."""
        if not is_slide_show(self.stay, other.stay):
            return self
        if self._slides is None:
            slides = at_changes(self.signature)
            self._slides = Video(slides, of_slides=slides is not self.signature)
        return self._slides


def _kept(
    known: dict[tuple[Orientation, bool], T], placement: Placement, make: Callable[[], T]
) -> T:
    """What is known of pictures that are laid so; it is made if it is not."""
    key = placement.orientation, placement.inverted
    if key not in known:
        known[key] = make()
    return known[key]
