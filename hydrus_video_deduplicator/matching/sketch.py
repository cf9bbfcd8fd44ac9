"""The sketch of a video: perceptual hashes of its frames, all that the search for candidates needs.

A frame hash holds the signs of the 64 lowest frequencies of a frame. A sketch *lists* the frames
that bring something new, as they are; a few frames are *placed* as well: turned, mirrored and
cropped in the ways in which an edited copy may show them.
"""

import math
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.batches import batches
from hydrus_video_deduplicator.matching.geometry import (
    ORIENTATIONS,
    UPRIGHT,
    Axis,
    Placement,
)
from hydrus_video_deduplicator.matching.views import has_bars, whole_frames
from hydrus_video_deduplicator.signature import Signature, TooLittle
from hydrus_video_deduplicator.signature.spectrum import RADIUS, SIDE, ZONE, basis, blocks, centres

VERSION = "hashes-5"
"""Name of this kind of sketch. Sketches with another name are computed again."""

HASH_BITS = 64
"""Bits of a frame hash, one for each of the lowest frequencies."""

PLACED = 5
"""Frames of each video that are placed at least, spread over it. With 4, 0.3% fewer of the edited
copies become candidates, with 8, 0.3% more; the search takes time in proportion."""

PLACED_EVERY = 10.0
"""Seconds of a long video for each frame placed: a clip of 20 s out of it has two of them."""

MOST_PLACED = 48
"""Frames of any video that are placed, at most."""

DETAIL = 40.0
"""Root of the summed squares of whitened frequencies, in levels, of a frame that is hashed. The
signs of dull frames are those of noise or of their few letters, and alike in unrelated videos."""

DETAIL_SHARE = 0.4
"""As `DETAIL`, as a share of what the most detailed frames of the same stretch of a video have."""

STRETCHES, LONGEST_STRETCH = 4, 30.0
"""Stretches of a video, at least, and seconds of each, at most. A dull clip that was joined with
others is then known by its own frames."""

LEAST_DETAIL = 6.0
"""As `DETAIL`, in a video in which fewer than `ENOUGH` frames have so much."""

ENOUGH = 6
"""Frames of a video that are enough to know it by."""

REPEATED = 1
"""Bits in which a frame may differ from the one before it and still be a repetition."""

LISTED_ANYWAY = 8
"""Of repetitions, one in so many is listed, for a picture that drifts."""

COPIED_AT_ONCE = 1_000
"""Sketches put end to end at once. Fewer cost more calls, more need memory."""

VIEWS = 2
"""Kinds of frames of a video: inside its bars (0) and whole (1)."""

_CROP_POINTS = 24
"""Points along each axis by which a crop is analysed; half as many alias the higher frequencies."""


def _crops() -> list[tuple[Axis, Axis]]:
    """Crops looked up: 90% and 80% from the middle and the corners, 80% of one axis."""
    large = [Axis(0.9, offset) for offset in (0.0, 0.1)]
    small = [Axis(0.8, offset) for offset in (0.0, 0.1, 0.2)]
    crops = [(Axis(0.9, 0.05), Axis(0.9, 0.05))]
    crops += [(x, y) for x in large for y in large]
    crops += [(x, y) for x in small for y in small]
    crops += [(x, Axis()) for x in small] + [(Axis(), y) for y in small]
    return crops


LAID: tuple[Placement, ...] = (
    *(Placement(orientation) for orientation in ORIENTATIONS if not orientation.flipped_x),
    Placement(inverted=True),
    *(Placement(UPRIGHT, x, y) for x, y in _crops()),
)
"""The ways in which a frame is placed: upright, in other orientations, inverted, and cropped."""

STORED = LAID[1:]
"""Those whose hashes a sketch holds beside the listed, which are upright."""

PLACEMENTS: tuple[Placement, ...] = tuple(
    placement for laid in LAID for placement in (laid, laid.mirrored())
)
"""How a looked-up video may hold another: number 2n as `LAID[n]`, number 2n + 1 as its mirror
image, whose hash follows from that of the other."""

_LOWEST = np.argsort(RADIUS, kind="stable")[:HASH_BITS]

_PLACES = ZONE[_LOWEST]

ODD: np.uint64 = np.packbits(_PLACES % SIDE % 2 == 1, bitorder="little").view("<u8")[0]
"""The bits of frequencies that change their sign when the picture is mirrored: the hash of the
mirror image is that of the picture with these bits flipped, but for frequencies of exactly zero."""

LISTED_RECORD = np.dtype([("hash", "<u8"), ("stamp", "<u4")])
PLACED_RECORD = np.dtype([("hashes", "<u8", (len(STORED),)), ("stamp", "<u4")])
"""A stamp holds the time of the frame in milliseconds and, as its lowest bit, its view."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """Hashes of one video.

    listed: LISTED_RECORD (n,).
    placed: PLACED_RECORD (m,).
    """

    listed: NDArray[np.void]
    placed: NDArray[np.void]

    @classmethod
    def of(cls, signature: Signature) -> "Sketch":
        """The sketch of a signature.

        Empty for a video that is black or of one colour: it would be like all others of the kind.
        """
        listed, placed = [np.empty(0, LISTED_RECORD)], [np.empty(0, PLACED_RECORD)]
        for view, (times, frames) in enumerate(_views(signature)):
            stamps = np.round(times * 1000).astype(np.uint32) << np.uint32(1) | np.uint32(view)
            listed.append(_listed(frame_hashes(frames), stamps))
            some = _spread(len(frames), _count_placed(signature))
            placed.append(_placed(frames[some], stamps[some]))
        return cls(np.concatenate(listed), np.concatenate(placed))

    def to_bytes(self) -> tuple[bytes, bytes]:
        """The records listed and placed, for the store."""
        return self.listed.tobytes(), self.placed.tobytes()


@dataclass(frozen=True, slots=True)
class Sketches:
    """Sketches of many videos, end to end.

    hashes, stamps: uint64 and uint32 (n,), of the listed frames.
    placed: as of `Sketch`.
    listed_of, placed_of: int32, as long as those, the number of the video of each frame.
    videos: how many there are.
    """

    hashes: NDArray[np.uint64]
    stamps: NDArray[np.uint32]
    placed: NDArray[np.void]
    listed_of: NDArray[np.int32]
    placed_of: NDArray[np.int32]
    videos: int

    @classmethod
    def joined(cls, sketches: Sequence[Sketch]) -> "Sketches":
        """Of videos numbered in the order given."""
        packed = [sketch.to_bytes() for sketch in sketches]
        return cls.collected(
            packed, *(sum(len(parts[side]) for parts in packed) for side in (0, 1))
        )

    @classmethod
    def collected(
        cls, packed: Iterable[tuple[bytes, bytes]], listed: int, placed: int
    ) -> "Sketches":
        """From what `Sketch.to_bytes` gave for each video, numbered as they come.

        listed, placed: bytes of all such records, so that each is copied only once.
        """
        buffers = [memoryview(bytearray(size)) for size in (listed, placed)]
        lengths = array("q"), array("q")
        ends = [0, 0]
        for some in batches(packed, COPIED_AT_ONCE):
            for side, parts in enumerate(zip(*some, strict=True)):
                joined = b"".join(parts)
                buffers[side][ends[side] : ends[side] + len(joined)] = joined
                ends[side] += len(joined)
                lengths[side].extend(map(len, parts))
        numbers = np.arange(len(lengths[0]), dtype=np.int32)
        listed_of, placed_of = (
            np.repeat(numbers, np.array(length, np.int64) // record.itemsize)
            for length, record in zip(lengths, (LISTED_RECORD, PLACED_RECORD), strict=True)
        )
        records = np.frombuffer(buffers[0], LISTED_RECORD)
        return cls(
            records["hash"].copy(),
            records["stamp"].copy(),
            np.frombuffer(buffers[1], PLACED_RECORD),
            listed_of,
            placed_of,
            len(numbers),
        )

    def of(self, videos: NDArray[np.intp]) -> "Sketches":
        """Those of some videos, which keep their numbers; the others are empty."""
        chosen = np.zeros(self.videos, bool)
        chosen[videos] = True
        listed, placed = (
            np.flatnonzero(chosen[self.listed_of]),
            np.flatnonzero(chosen[self.placed_of]),
        )
        return Sketches(
            self.hashes[listed],
            self.stamps[listed],
            self.placed[placed],
            self.listed_of[listed],
            self.placed_of[placed],
            self.videos,
        )

    def renumbered(self, numbers: NDArray[np.int32]) -> "Sketches":
        """The same with another number, int32 (videos,), for each video."""
        return replace(self, listed_of=numbers[self.listed_of], placed_of=numbers[self.placed_of])


def listed_in(size: int) -> int:
    """How many hashes are listed in so many bytes of `Sketch.to_bytes`."""
    return size // LISTED_RECORD.itemsize


def frame_hashes(coefficients: NDArray[np.float32]) -> NDArray[np.uint64]:
    """Hashes, uint64 (n,), of frames given by their whitened frequencies, (n, ZONE.size)."""
    return _packed(coefficients[:, _LOWEST])


def _views(
    signature: Signature,
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Times and frames with some detail: inside the bars and, if there are bars, whole ones."""
    if signature.too_little not in (None, TooLittle.STILL):
        return
    frames = signature.coefficients()
    detail = np.sqrt(np.square(frames).sum(axis=1))
    stretches = max(STRETCHES, math.ceil(signature.duration / LONGEST_STRETCH))
    telling = detail >= np.maximum(DETAIL, DETAIL_SHARE * _most_detailed(detail, stretches))
    if telling.sum() < ENOUGH:
        telling = detail >= LEAST_DETAIL
    times, frames = signature.times[telling], frames[telling]
    if not len(frames):
        return
    yield times, frames
    if has_bars(signature):
        yield times, whole_frames(signature, frames)


def _most_detailed(detail: NDArray[np.float32], stretches: int) -> NDArray[np.float64]:
    """For each frame what the most detailed ones of its stretch have, (n,)."""
    parts = [part for part in np.array_split(detail, stretches) if len(part)]
    return np.concatenate([np.full(len(part), np.percentile(part, 90)) for part in parts])


def _listed(hashes: NDArray[np.uint64], stamps: NDArray[np.uint32]) -> NDArray[np.void]:
    """The hashes without those that only repeat the frame before."""
    kept = np.ones(len(hashes), bool)
    kept[1:] = np.bitwise_count(hashes[1:] ^ hashes[:-1]) > REPEATED
    kept[::LISTED_ANYWAY] = True
    records = np.empty(int(kept.sum()), LISTED_RECORD)
    records["hash"], records["stamp"] = hashes[kept], stamps[kept]
    return records


def _count_placed(signature: Signature) -> int:
    return int(min(MOST_PLACED, max(PLACED, signature.duration / PLACED_EVERY)))


def _spread(count: int, most: int) -> NDArray[np.intp]:
    """Up to `most` places, evenly among `count`."""
    if count <= most:
        return np.arange(count)
    return ((np.arange(most) + 0.5) * count / most).astype(np.intp)


def _placed(frames: NDArray[np.float32], stamps: NDArray[np.uint32]) -> NDArray[np.void]:
    records = np.empty(len(frames), PLACED_RECORD)
    shown = blocks(frames)
    for number, placement in enumerate(STORED):
        if placement.x == placement.y == Axis():
            laid = placement.lay(shown).reshape(-1, SIDE * SIDE)[:, _PLACES]
        else:
            laid = frames @ _cropping(placement)
        records["hashes"][:, number] = _packed(laid)
    records["stamp"] = stamps
    return records


@cache
def _cropping(crop: Placement) -> NDArray[np.float32]:
    """The matrix (ZONE.size, HASH_BITS) from a picture's frequencies to those of its part."""
    return np.kron(_along(crop.y), _along(crop.x))[np.ix_(_PLACES, ZONE)].T.copy()


def _along(axis: Axis) -> NDArray[np.float32]:
    """The matrix (SIDE, SIDE) that turns frequencies along an axis into those of a part of it."""
    if axis == Axis():
        return np.eye(SIDE, dtype=np.float32)
    points, _ = axis.points(_CROP_POINTS)
    matrix = basis(centres(_CROP_POINTS)).T @ basis(points) / np.float32(_CROP_POINTS)
    return matrix.astype(np.float32, copy=False)


def _packed(lowest: NDArray[np.float32]) -> NDArray[np.uint64]:
    """Signs of the lowest frequencies (n, HASH_BITS) as bits, bit i for column i."""
    bits = np.packbits(lowest > 0, axis=1, bitorder="little")
    return np.ascontiguousarray(bits).view("<u8").ravel().astype(np.uint64)
