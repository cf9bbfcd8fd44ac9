"""Which of several copies looks best, and by what. Advice: nothing is decided by it.

The criteria stand in one ordered list. The first by which a copy is clearly ahead decides; where
copies are near a tie, the next one does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

CODEC_EFFICIENCY = {
    "gif": 0.05,
    "mjpeg": 0.2,
    "mpeg1video": 0.4,
    "mpeg2video": 0.5,
    "flv1": 0.5,
    "h263": 0.5,
    "wmv1": 0.5,
    "wmv2": 0.6,
    "msmpeg4v3": 0.6,
    "mpeg4": 0.65,
    "vp6f": 0.7,
    "theora": 0.7,
    "wmv3": 0.8,
    "vc1": 0.85,
    "vp8": 0.9,
    "h264": 1.0,
    "vp9": 1.6,
    "hevc": 1.7,
    "av1": 2.1,
}
"""How good a bit of a codec is, as a multiple of one of H.264, by FFmpeg's name of the codec. Rules
of thumb: each generation of codecs was made to need half the bits of the one before, and gains two
thirds of that in practice. A codec that is not listed is not compared with another one."""


FAR_MORE = 1.5
"""Pixels of a copy that shows less of the picture, as a multiple of those of one that shows more,
from which it may be the better one. A crop that was enlarged to the old size has as many."""


class Flaw(Enum):
    """What was done to a copy without adding anything to it; its words follow `the other one`."""

    ENLARGED = "was enlarged"
    SHARPENED = "was sharpened"
    STILL_END = "stands still at its end"
    INTERPOLATED = "has frames that were doubled or blended"


@dataclass(frozen=True, slots=True)
class Copy:
    """What is asked of a copy; None is not known, and then never decides.

    seconds: how long it is, on a clock that all copies share.
    pixels: of the picture inside bars and borders.
    picture: area of the picture that is shown, on a scale that all copies share.
    bit_rate: bits a second of the video.
    is_examined: whether its pictures were compared with those of the copies that are examined too.
    detail: power of fine detail that was measured then, on a scale that all copies share.
    """

    seconds: float | None = None
    detail: float | None = None
    flaws: frozenset[Flaw] = frozenset()
    is_examined: bool = False
    pixels: float | None = None
    picture: float | None = None
    codec: str | None = None
    bit_rate: float | None = None
    has_sound: bool | None = None
    frame_rate: float | None = None


@dataclass(frozen=True, slots=True)
class Criterion:
    """One question to all copies; more is better.

    near_tie: share of the highest value, 0 to 1, by which another may be less and still be near it.
    """

    name: str
    values: Callable[[Sequence[Copy]], list[float | None]]
    near_tie: float


def _bits_worth(copies: Sequence[Copy]) -> list[float | None]:
    """Bit rates as if all were of one codec."""
    if len({copy.codec for copy in copies}) == 1:
        return [copy.bit_rate for copy in copies]
    worth = (CODEC_EFFICIENCY.get(copy.codec or "") for copy in copies)
    return [
        copy.bit_rate * factor if copy.bit_rate is not None and factor is not None else None
        for copy, factor in zip(copies, worth, strict=True)
    ]


def _picture(copies: Sequence[Copy]) -> list[float | None]:
    """What each shows; not known where one that shows less has far more pixels.

    It may be the better one for all that.
    """
    known = [(copy.picture, copy.pixels or 0.0) for copy in copies if copy.picture is not None]
    if not known:
        return [None] * len(copies)
    _, pixels_of_most = max(known)
    has_finer = max(pixels for _, pixels in known) > FAR_MORE * pixels_of_most
    return [None if has_finer else copy.picture for copy in copies]


def _sound(copies: Sequence[Copy]) -> list[float | None]:
    return [None if copy.has_sound is None else float(copy.has_sound) for copy in copies]


LENGTH = Criterion("length", lambda copies: [copy.seconds for copy in copies], near_tie=0.03)
RESOLUTION = Criterion("resolution", lambda copies: [copy.pixels for copy in copies], near_tie=0.1)
PICTURE = Criterion("picture", _picture, near_tie=0.1)
BIT_RATE = Criterion("bit rate", _bits_worth, near_tie=0.15)
SOUND = Criterion("sound", _sound, near_tie=0.0)
FRAME_RATE = Criterion(
    "frame rate", lambda copies: [copy.frame_rate for copy in copies], near_tie=0.1
)

DETAIL = Criterion("detail", lambda copies: [copy.detail for copy in copies], near_tie=0.03)
FLAWS = Criterion(
    "flaws", lambda copies: [1.0 / (1 + len(copy.flaws)) for copy in copies], near_tie=0.0
)

CRITERIA = (LENGTH, PICTURE, RESOLUTION, BIT_RATE, SOUND, FRAME_RATE)
"""In this order: missing parts cannot be restored, nor lost detail; sound and smoothness tell
copies apart that are alike in all that."""

EXAMINED = (LENGTH, DETAIL, FLAWS, SOUND)
"""The same of two copies whose pictures were compared: pixels and bits then say no more, and frames
a second are too easily made up."""

_ORDER = (LENGTH, PICTURE, DETAIL, FLAWS, RESOLUTION, BIT_RATE, SOUND, FRAME_RATE)
"""In which reasons are named."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What the criteria say.

    best: the place of the copy that looks best; None if none is clearly better than each other.
    reasons: the criteria that decided, each against one or more of the others.
    """

    best: int | None = None
    reasons: tuple[Criterion, ...] = ()

    @property
    def by(self) -> Criterion | None:
        """The first of the reasons: of two copies, the only one."""
        return self.reasons[0] if self.reasons else None


def advise(copies: Sequence[Copy]) -> Advice:
    """Which of the copies looks best: the one that is clearly better than each of the others."""
    best = 0  # if one is better than each other, it is still ahead at the end
    for place in range(1, len(copies)):
        if _better(copies[place], copies[best]):
            best = place
    others = (copy for place, copy in enumerate(copies) if place != best)
    reasons = {_better(copies[best], other) for other in others}
    if not reasons or None in reasons:
        return Advice()
    return Advice(best, tuple(criterion for criterion in _ORDER if criterion in reasons))


def _better(copy: Copy, other: Copy) -> Criterion | None:
    """The first criterion that tells two copies apart, if the first of them is ahead by it.

    A criterion of which a value is not known is passed over.
    """
    for criterion in EXAMINED if copy.is_examined and other.is_examined else CRITERIA:
        mine, its = criterion.values([copy, other])
        if mine is None or its is None:
            continue
        if min(mine, its) < max(mine, its) * (1 - criterion.near_tie):
            return criterion if mine > its else None
    return None
