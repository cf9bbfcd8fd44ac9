"""The signature and its bytes."""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.frames import Frame
from hydrus_video_deduplicator.signature.panels import MOST_PANELS, panels
from hydrus_video_deduplicator.signature.picture import (
    WHOLE,
    Box,
    active_box,
    crop,
    surround_level,
)
from hydrus_video_deduplicator.signature.spectrum import RADIUS, ZONE, analyse

ALGORITHM = "frames-2"
"""Name of this kind of signature. Signatures with another name are computed again, never
compared."""

OVER_BLACK = "~black"
"""Suffix of a file's name that names its signature over black. The other one is over white; copies
of transparent files may have either."""

PANELS = tuple(f"~panel{number}" for number in range(1, MOST_PANELS + 1))
"""Suffixes that name the signatures of pictures within the file's picture."""

_STRETCH = "~at"
"""Begins the suffix that names the signature of a stretch; its first millisecond follows."""

BYTES_A_MINUTE = 8 * 1024
"""Bytes of the signature of a video of up to a minute, at most."""

MOST_BYTES = 32 * 1024
"""Bytes of the signature of any video, at most."""

FINEST_STEP = 0.5
"""Luma levels (times frequency) that a coefficient is rounded to, at best. Finer is noise."""

COARSER = 2**0.5
"""Factor by which the step grows until the signature fits its bytes."""

BLACK_LUMA = 32
"""Mean level below which a picture without detail is called black."""

LEAST_DETAIL = 2.5
"""Root mean square in levels of a picture's detail below which it is one colour."""

PANEL_DETAIL = 100.0
"""Root of the summed squares of whitened frequencies, in levels, that a tenth of the frames of a
panel has at least. A line or a plain area beside other things is like many others."""

SAME_PLACE = 0.8
"""Share that a panel and the active picture have in common, of both, from which they are one: the
picture inside its bars."""

LEAST_MOTION = 0.22
"""Root mean square in levels by which the pictures differ from their mean; less is a still.
Compression makes a still picture differ by up to 0.16."""

_HEADER = struct.Struct("<ddf4fBBI")

_PANEL = struct.Struct("<4f")
_IS_PANEL, _IS_STRETCH = 0x80, 0x40
"""Added to the reason if the box of a panel follows the header, and for a stretch."""

_SPAN_BYTES = 8

_NO_SHAPES = float("nan"), float("nan")

Span = tuple[float, float]
"""Start and end, in seconds."""


def file_of(name: str) -> str:
    """The file of a signature by the name of the signature, which is that of the file or longer."""
    return name.partition("~")[0]


def stretch_suffix(stretch: "Signature") -> str:
    """Suffix that names the signature of a stretch of a file, see `sign_stretch`."""
    return f"{_STRETCH}{round(1000 * float(stretch.times[0]))}"


def is_of_stretch(name: str) -> bool:
    """Whether a name is that of the signature of a stretch."""
    return _STRETCH in name


class TooLittle(Enum):
    """Why there is too little in a video to judge it."""

    NO_FRAMES = "no frames"
    BLACK = "black"
    ONE_COLOUR = "one colour"
    STILL = "still picture"


@dataclass(frozen=True, slots=True)
class Signature:
    """What the frames of one video look like.

    duration: seconds.
    aspect: width over height of the active picture, in pixels.
    frame: the part of the video's picture that counts as its frame: all of it, or a panel.
    active: the part of the frame inside bars and borders.
    surround: mean level of the bars and borders, 0 where there are none.
    times: float32 (n,), seconds, ascending.
    luma: uint8 (n,), mean level of the active picture.
    levels: int8 (n, 135), whitened low frequencies (see `spectrum.analyse`) in units of `step`.
    too_little: why the video cannot be judged, or None.
    unread: the stretches (start, end), in seconds, that could not be decoded; one after the end is
        missing from a file that was cut off.
    is_stretch: whether only the time from the first frame to the last was looked at, see
        `sign_stretch`.
    """

    duration: float
    aspect: float
    active: Box
    surround: int
    step: float
    times: NDArray[np.float32] = field(repr=False)
    luma: NDArray[np.uint8] = field(repr=False)
    levels: NDArray[np.int8] = field(repr=False)
    too_little: TooLittle | None = None
    unread: tuple[Span, ...] = ()
    frame: Box = WHOLE
    is_stretch: bool = False

    @property
    def readable(self) -> float:
        """Share of the video that could be decoded, 0 to 1."""
        missing = sum(end - start for start, end in self.unread)
        whole = max([self.duration, *(end for _, end in self.unread)])
        return 1 - missing / whole if whole else 1.0

    @property
    def is_panel(self) -> bool:
        """Whether it is of a part of the video's picture."""
        return self.frame != WHOLE

    @property
    def place(self) -> Box:
        """The active picture as a part of the whole picture of the video."""
        return self.active.within(self.frame)

    @property
    def shapes(self) -> tuple[float, float]:
        """Width over height, in pixels, of the active picture and of the frame.

        NaN of a panel, whose shape is not that of a video.
        """
        return _NO_SHAPES if self.is_panel else _shapes(self.aspect, self.active)

    def coefficients(self) -> NDArray[np.float32]:
        """The whitened low frequencies in luma levels, float32 (n, 135)."""
        return self.levels.astype(np.float32) * np.float32(self.step)

    def to_bytes(self) -> bytes:
        """The signature for the store: a header and the zlib-packed frames."""
        reason = 0 if self.too_little is None else 1 + list(TooLittle).index(self.too_little)
        header = _HEADER.pack(
            self.duration,
            self.aspect,
            self.step,
            *self.active,
            self.surround,
            reason | _IS_PANEL * self.is_panel | _IS_STRETCH * self.is_stretch,
            len(self.times),
        )
        panel = _PANEL.pack(*self.frame) if self.is_panel else b""
        frames = _frames_as_bytes(self.times, self.luma, self.levels)
        unread = np.round(np.array(self.unread).ravel() * 1000).astype("<u4")
        return header + panel + zlib.compress(frames + unread.tobytes(), 9)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Signature":
        """The signature that `to_bytes` gave. Raises ValueError if the bytes are not one."""
        try:
            duration, aspect, step, *box, surround, reason, count = _HEADER.unpack_from(data)
            packed = data[_HEADER.size :]
            frame = WHOLE
            if reason & _IS_PANEL:
                frame = Box(*_PANEL.unpack_from(packed))
                packed = packed[_PANEL.size :]
            is_stretch = bool(reason & _IS_STRETCH)
            reason &= ~(_IS_PANEL | _IS_STRETCH)
            body = np.frombuffer(zlib.decompress(packed), np.uint8)
            rest = body.size - count * (4 + 1 + ZONE.size)
            if rest < 0 or rest % _SPAN_BYTES:
                raise ValueError("the signature does not have the number of frames that it states")
            too_little = list(TooLittle)[reason - 1] if reason else None
        except (struct.error, zlib.error, IndexError) as error:
            raise ValueError(f"not a signature: {error}") from error
        milliseconds = np.cumsum(body[: 4 * count].view("<u4"), dtype=np.uint32)
        changes = body[5 * count : body.size - rest].reshape(ZONE.size, count)
        levels = np.cumsum(changes, axis=1, dtype=np.uint8).view(np.int8).T
        unread = (body[body.size - rest :].copy().view("<u4") / 1000).reshape(-1, 2)
        return cls(
            duration=duration,
            aspect=aspect,
            active=Box(*box),
            surround=surround,
            step=step,
            times=(milliseconds / 1000).astype(np.float32),
            luma=body[4 * count : 5 * count].copy(),
            levels=np.ascontiguousarray(levels),
            too_little=too_little,
            unread=tuple((float(start), float(end)) for start, end in unread),
            frame=frame,
            is_stretch=is_stretch,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Signature) and self.to_bytes() == other.to_bytes()

    def __hash__(self) -> int:
        return hash(self.to_bytes())


def packed_shapes(data: bytes) -> tuple[float, float]:
    """`Signature.shapes` from the bytes of a signature, which are not unpacked."""
    _, aspect, _, *box, _, reason, _ = _HEADER.unpack_from(data)
    return _NO_SHAPES if reason & _IS_PANEL else _shapes(aspect, Box(*box))


def _shapes(aspect: float, active: Box) -> tuple[float, float]:
    left, top, right, bottom = active
    return aspect, aspect * (bottom - top) / (right - left)


def sign(
    frames: Sequence[Frame], duration: float | None = None, unread: Sequence[Span] = ()
) -> Signature:
    """The signature of a video from its grey frames, in order of time.

    duration: seconds; without it, the time of the last frame and one interval more.
    unread: the stretches that could not be decoded.
    """
    times, pictures = _stacked(frames)
    return replace(sign_pictures(times, pictures, duration), unread=tuple(unread))


def sign_stretch(frames: Sequence[Frame], whole: Signature) -> Signature:
    """The signature of a stretch of a video from its grey frames.

    Their times are those in the whole video. whole: what `sign` made of it.
    """
    times, pictures = _stacked(frames)
    signed = sign_pictures(times, pictures, float(times[-1] - times[0]))
    return replace(signed, duration=whole.duration, unread=whole.unread, is_stretch=True)


def sign_panels(frames: Sequence[Frame], whole: Signature) -> list[Signature]:
    """The signatures of the pictures within the picture, see `panels`, that show enough.

    whole: what `sign` made of the frames.
    """
    times, pictures = _stacked(frames)
    signed = (
        replace(
            sign_pictures(times, crop(pictures, box), whole.duration),
            unread=whole.unread,
            frame=Box(*(float(np.float32(side)) for side in box)),
        )
        for box in panels(pictures)
    )
    return [s for s in signed if _is_telling(s) and not _is_alike(s.place, whole.active)]


def _is_telling(panel: Signature) -> bool:
    return panel.too_little is None and _detail(panel) >= PANEL_DETAIL


def _is_alike(one: Box, other: Box) -> bool:
    shared = one.shared(other)
    return shared >= SAME_PLACE * (one.area + other.area - shared)


def _detail(signature: Signature) -> float:
    """What a tenth of the frames has, see `PANEL_DETAIL`."""
    detail = np.sqrt(np.square(signature.coefficients()).sum(axis=1))
    return float(np.percentile(detail, 90))


def sign_pictures(
    times: NDArray[np.float64], pictures: NDArray[np.uint8], duration: float | None = None
) -> Signature:
    """As `sign`, from the luma of the frames, uint8 (n, height, width), and their times."""
    if duration is None:
        duration = float(times[-1] + np.diff(times).mean()) if len(times) > 1 else 0.0
    box = active_box(pictures) if len(pictures) else WHOLE
    inside = crop(pictures, box).astype(np.float32)
    means, coefficients = analyse(inside)
    milliseconds = np.round(times * 1000).astype(np.uint32)
    luma = np.clip(np.round(means), 0, 255).astype(np.uint8)
    step, levels = _quantise(milliseconds, luma, coefficients, _budget(duration))
    _, height, width = inside.shape
    left, top, right, bottom = (float(np.float32(side)) for side in box)
    return Signature(
        duration=duration,
        aspect=width / height,
        active=Box(left, top, right, bottom),
        surround=surround_level(pictures, box),
        step=step,
        times=(milliseconds / 1000).astype(np.float32),
        luma=luma,
        levels=levels,
        too_little=_too_little(luma, coefficients),
    )


def _stacked(frames: Sequence[Frame]) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """The times (n,) and the pictures (n, height, width) of the frames of one size."""
    frames = _of_one_size(frames)
    times = np.array([frame.time for frame in frames], np.float64)
    pictures = np.stack([f.image for f in frames]) if frames else np.empty((0, 1, 1), np.uint8)
    return times, pictures


def _of_one_size(frames: Sequence[Frame]) -> list[Frame]:
    """The frames of the most common size: a stream may change it midway."""
    shapes = [frame.image.shape for frame in frames]
    common = max(set(shapes), key=shapes.count, default=None)
    return [frame for frame in frames if frame.image.shape == common]


def _budget(duration: float) -> int:
    """Bytes that the packed frames of a video of `duration` seconds may take."""
    minutes = max(1.0, duration / 60)
    return int(min(MOST_BYTES, BYTES_A_MINUTE * minutes)) - _HEADER.size


def _quantise(
    milliseconds: NDArray[np.uint32],
    luma: NDArray[np.uint8],
    coefficients: NDArray[np.float32],
    budget: int,
) -> tuple[float, NDArray[np.int8]]:
    """The finest step at which the packed frames fit `budget` bytes, and the rounded levels."""
    loudest = float(np.abs(coefficients).max(initial=0))
    step = float(np.float32(max(FINEST_STEP, loudest / 127)))
    while True:
        levels = np.round(coefficients / step).astype(np.int8)
        frames = _frames_as_bytes(milliseconds / 1000, luma, levels)
        if _fits(frames, budget) or not levels.any():
            return step, levels
        step = float(np.float32(step * COARSER))


def _fits(frames: bytes, budget: int) -> bool:
    """Whether the bytes fit the budget when they are packed.

    Those of a short clip do in any case: zlib adds at most a thousandth and 13 bytes.
    """
    return len(frames) * 1.001 + 13 <= budget or len(zlib.compress(frames, 9)) <= budget


def _frames_as_bytes(
    times: NDArray[np.floating], luma: NDArray[np.uint8], levels: NDArray[np.int8]
) -> bytes:
    """Times (ms), means and levels, one coefficient after the other, as changes in time."""
    milliseconds = np.round(times.astype(np.float64) * 1000).astype("<u4")
    changes = np.diff(levels.view(np.uint8), axis=0, prepend=np.uint8(0))
    waits = np.diff(milliseconds, prepend=np.uint32(0)).astype("<u4")
    return waits.tobytes() + luma.tobytes() + changes.T.tobytes()


def _too_little(luma: NDArray[np.uint8], coefficients: NDArray[np.float32]) -> TooLittle | None:
    """Why frames with these means and whitened coefficients say too little, or None."""
    if not len(luma):
        return TooLittle.NO_FRAMES
    plain = coefficients / RADIUS
    if np.sqrt(np.square(plain).sum(axis=1)).max() < LEAST_DETAIL:
        return TooLittle.BLACK if luma.max() < BLACK_LUMA else TooLittle.ONE_COLOUR
    motion = plain - plain.mean(axis=0)
    if np.sqrt(np.square(motion).sum(axis=1).mean()) < LEAST_MOTION:
        return TooLittle.STILL
    return None
