"""Candidates: pairs of videos with frames of like perceptual hash, and how they might lie.

A frame hash holds the signs of its lowest frequencies. Of every video all frames that bring
something new are listed; a few are looked up, each as it is, turned, mirrored and cropped. Hashes
are found by locality-sensitive hashing: two that share all bits of one of several random samples
meet in a table (Indyk and Motwani 1998), also where the least certain bits are flipped (Lv et al.
2007), and stay if their Hamming distance is small.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.matching.geometry import (
    MIRRORED,
    ORIENTATIONS,
    UPRIGHT,
    Axis,
    Placement,
)
from hydrus_video_deduplicator.matching.views import between_active, has_bars, whole_frames
from hydrus_video_deduplicator.signature import Signature, TooLittle
from hydrus_video_deduplicator.signature.spectrum import RADIUS, SIDE, ZONE, basis, blocks, centres

HASH_BITS = 64
"""Bits of a frame hash, one for each of the lowest frequencies."""

LOOKED_UP = 8
"""Frames of each video that are looked up at least, spread over it."""

LOOKED_UP_EVERY = 10.0
"""Seconds of a long video for each frame looked up: a clip of 20 s out of it has two of them."""

MOST_LOOKED_UP = 48
"""Frames of any video that are looked up, at most."""

TABLES = 16
"""Samples of the bits. More find more and take longer, in proportion."""

TABLE_BITS = 18
"""Bits of one sample. Fewer find more and compare more in vain."""

LARGEST_DISTANCE = 15
"""Bits of HASH_BITS in which the hashes of two frames may differ. Two unrelated frames differ in
32 on average, and in 15 or fewer about once in 80,000."""

LARGEST_BUCKET = 512
"""Frames of one table entry that are compared; fuller entries are blank pictures."""

LEAST_DETAIL = 6.0
"""Root of the summed squares of whitened frequencies, in levels, of a frame that is hashed."""

REPEATED = 1
"""Bits in which a frame may differ from the one before it and still be a repetition."""

LISTED_ANYWAY = 8
"""Of repetitions, one in so many is listed, for a picture that drifts."""

HYPOTHESES = 3
"""Placements of one pair that are handed on, those with the most hits first."""

LEAST_HITS = 5
"""Hits of frames that make two videos a candidate pair."""

BLOCK = 256
"""Videos that are looked up at once; memory grows with it."""

VIEWS = 2
"""Kinds of frames of a video: inside its bars (0) and whole (1)."""

_SEED = 20240607


def _crops() -> list[tuple[Axis, Axis]]:
    """Crops looked up: 90% and 80% from the middle and the corners, 80% of one axis."""
    large = [Axis(0.9, offset) for offset in (0.0, 0.1)]
    small = [Axis(0.8, offset) for offset in (0.0, 0.1, 0.2)]
    crops = [(Axis(0.9, 0.05), Axis(0.9, 0.05))]
    crops += [(x, y) for x in large for y in large]
    crops += [(x, y) for x in small for y in small]
    crops += [(x, Axis()) for x in small] + [(Axis(), y) for y in small]
    return crops


PLACEMENTS: tuple[Placement, ...] = (
    *(Placement(orientation) for orientation in ORIENTATIONS),
    *(Placement(orientation, x, y) for orientation in (UPRIGHT, MIRRORED) for x, y in _crops()),
)
"""How a looked-up video may hold another: the eight orientations, and crops of the upright two."""

_LOWEST = np.argsort(RADIUS, kind="stable")[:HASH_BITS]
_PLACES = ZONE[_LOWEST]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Two videos to compare: places of A and B among the keys, and how A may hold B."""

    a: int
    b: int
    placements: tuple[Placement, ...]


def frame_hashes(coefficients: NDArray[np.float32]) -> NDArray[np.uint64]:
    """Hashes, uint64 (n,), of frames given by their whitened frequencies, (n, ZONE.size)."""
    return _packed(coefficients[:, _LOWEST])


def find_candidates(
    signatures: Mapping[str, Signature], new: Collection[str] | None = None
) -> list[Candidate]:
    """The pairs of which one is in `new` (None: all are) and that may be alike.

    A and B of the result are places in the order of `signatures`.
    """
    videos = list(signatures.values())
    is_new = np.array([new is None or key in new for key in signatures], bool)
    hits = _hits(videos, np.flatnonzero(is_new), np.arange(len(videos)))
    if not is_new.all():
        # A new video may also be a crop of an old one.
        hits += _hits(videos, np.flatnonzero(~is_new), np.flatnonzero(is_new))
    return list(_candidates(videos, hits))


@dataclass(frozen=True, slots=True)
class _Hits:
    """Pairs of video A, looked up in one of the `ways`, and video B, with their count of hits."""

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    way: NDArray[np.int64]
    count: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Listed:
    """Hashes of the frames of several videos, uint64 (n,), their video and their view."""

    hashes: NDArray[np.uint64]
    video: NDArray[np.int64]
    view: NDArray[np.int64]


def _hits(
    videos: Sequence[Signature], asking: NDArray[np.intp], listed: NDArray[np.intp]
) -> list[_Hits]:
    """Look up the videos at the places `asking` among those at the places `listed`."""
    frames = _listed(videos, listed)
    index = _Index(frames.hashes)
    found = []
    for start in range(0, len(asking), BLOCK):
        block, video, view = _looked_up(videos, asking[start : start + BLOCK])
        for number, placement in enumerate(PLACEMENTS):
            query, place = index.near(_placed(block, placement))
            a, b = video[query], frames.video[place]
            way = (number * VIEWS + view[query]) * VIEWS + frames.view[place]
            found.append(_counted(a[a != b], b[a != b], way[a != b]))
    return found


def _counted(a: NDArray[np.int64], b: NDArray[np.int64], way: NDArray[np.int64]) -> _Hits:
    """The hits, each combination once."""
    code, count = np.unique((a << 36) | (b << 8) | way, return_counts=True)
    return _Hits(code >> 36, (code >> 8) & 0xFFFFFFF, code & 0xFF, count)


def _listed(videos: Sequence[Signature], places: NDArray[np.intp]) -> _Listed:
    hashes, video, view = [np.empty(0, np.uint64)], [], []
    for place in places:
        for number, coefficients in enumerate(_views(videos[place])):
            own = _news(frame_hashes(coefficients))
            hashes.append(own)
            video.append(np.full(len(own), place, np.int64))
            view.append(np.full(len(own), number, np.int64))
    none = np.empty(0, np.int64)
    return _Listed(np.concatenate(hashes), *(np.concatenate([none, *x]) for x in (video, view)))


def _looked_up(
    videos: Sequence[Signature], places: NDArray[np.intp]
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """Blocks (n, SIDE, SIDE) of a few frames of each video, their video and their view."""
    chosen, video, view = [np.empty((0, ZONE.size), np.float32)], [], []
    for place in places:
        for number, coefficients in enumerate(_views(videos[place], _lookups(videos[place]))):
            chosen.append(coefficients)
            video.append(np.full(len(coefficients), place, np.int64))
            view.append(np.full(len(coefficients), number, np.int64))
    none = np.empty(0, np.int64)
    return (
        blocks(np.concatenate(chosen)),
        np.concatenate([none, *video]),
        np.concatenate([none, *view]),
    )


def _lookups(signature: Signature) -> int:
    """Number of frames of a video that are looked up."""
    return int(min(MOST_LOOKED_UP, max(LOOKED_UP, signature.duration / LOOKED_UP_EVERY)))


def _views(signature: Signature, most: int | None = None) -> Iterator[NDArray[np.float32]]:
    """The frames inside the bars and, if there are bars, the whole ones; `most` of each.

    None of a video that is black or of one colour: it would be like all others of the kind.
    """
    if signature.too_little not in (None, TooLittle.STILL):
        return
    inside = _spread(_telling(signature.coefficients()), most)
    yield inside
    if has_bars(signature):
        yield whole_frames(signature, inside)


def _telling(coefficients: NDArray[np.float32]) -> NDArray[np.float32]:
    """Those frames (n, ZONE.size) with some detail."""
    detail: NDArray[np.float32] = np.sqrt(np.square(coefficients).sum(axis=1))
    return coefficients[detail >= LEAST_DETAIL]


def _spread(frames: NDArray[np.float32], most: int | None) -> NDArray[np.float32]:
    """Up to `most` frames, evenly among them; all if None."""
    if most is None or len(frames) <= most:
        return frames
    return frames[((np.arange(most) + 0.5) * len(frames) / most).astype(np.intp)]


def _news(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The hashes without those that only repeat the frame before."""
    repeated = np.bitwise_count(hashes[1:] ^ hashes[:-1]) <= REPEATED
    kept = np.ones(len(hashes), bool)
    kept[1:] = ~repeated
    kept[::LISTED_ANYWAY] = True
    return np.unique(hashes[kept])


_POINTS = 24


def _placed(block: NDArray[np.float32], placement: Placement) -> NDArray[np.float32]:
    """Lowest frequencies (n, HASH_BITS) of the part of pictures that a placement shows."""
    laid = placement.orientation.apply(block)
    if placement.x != Axis():
        laid = laid @ _cropping(placement.x).T
    if placement.y != Axis():
        laid = (laid.swapaxes(1, 2) @ _cropping(placement.y).T).swapaxes(1, 2)
    return laid.reshape(-1, SIDE * SIDE)[:, _PLACES]


def _cropping(axis: Axis) -> NDArray[np.float32]:
    """The matrix (SIDE, SIDE) that turns frequencies of a picture into those of its part."""
    points, _ = axis.points(_POINTS)
    matrix = basis(centres(_POINTS)).T @ basis(points) / np.float32(_POINTS)
    return matrix.astype(np.float32, copy=False)


def _packed(lowest: NDArray[np.float32]) -> NDArray[np.uint64]:
    """Signs of the lowest frequencies (n, HASH_BITS) as bits, bit i for column i."""
    bits = np.packbits(lowest > 0, axis=1, bitorder="little")
    return np.ascontiguousarray(bits).view("<u8").ravel().astype(np.uint64)


class _Index:
    """Tables of hashes by samples of their bits."""

    def __init__(self, hashes: NDArray[np.uint64]) -> None:
        self._hashes = hashes
        random = np.random.default_rng(_SEED)
        self._samples = [random.permutation(HASH_BITS)[:TABLE_BITS] for _ in range(TABLES)]
        self._order, self._first = [], []
        for sample in self._samples:
            keys = _sampled(hashes, sample)
            self._order.append(np.argsort(keys, kind="stable").astype(np.int32))
            counts = np.bincount(keys, minlength=1 << TABLE_BITS)
            self._first.append(np.append(0, np.cumsum(counts)))

    def near(self, lowest: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Places of queries and of listed hashes that are near each other, each pair once."""
        queries, size = _packed(lowest), np.abs(lowest)
        found = [np.empty(0, np.int64)]
        for sample, order, first in zip(self._samples, self._order, self._first, strict=True):
            keys = _sampled(queries, sample)
            weakest = np.int32(1) << np.argmin(size[:, sample], axis=1).astype(np.int32)
            for asked in (keys, keys ^ weakest):
                begin, count = first[asked], first[asked + 1] - first[asked]
                count[count > LARGEST_BUCKET] = 0
                query = np.repeat(np.arange(len(queries)), count)
                skipped = np.repeat(np.cumsum(count) - count, count)
                place = order[np.repeat(begin, count) + np.arange(len(query)) - skipped]
                near = np.bitwise_count(queries[query] ^ self._hashes[place]) <= LARGEST_DISTANCE
                found.append(query[near] * len(self._hashes) + place[near])
        pairs = np.unique(np.concatenate(found))
        query, place = np.divmod(pairs, max(1, len(self._hashes)))
        return query, place


def _sampled(hashes: NDArray[np.uint64], sample: NDArray[np.intp]) -> NDArray[np.int32]:
    """The sampled bits of each hash, packed into a key."""
    keys = np.zeros(len(hashes), np.int32)
    for position, bit in enumerate(sample):
        keys |= ((hashes >> np.uint64(bit)) & np.uint64(1)).astype(np.int32) << position
    return keys


def _candidates(videos: Sequence[Signature], hits: Sequence[_Hits]) -> Iterator[Candidate]:
    """The pairs with enough hits, once each, with their most frequent placements."""
    none = [np.empty(0, np.int64)]
    a, b, way, count = (
        np.concatenate(none + [getattr(part, name) for part in hits])
        for name in ("a", "b", "way", "count")
    )
    pair = np.minimum(a, b) * len(videos) + np.maximum(a, b)
    order = np.lexsort((way, a > b, -count, pair))
    a, b, way, count, pair = a[order], b[order], way[order], count[order], pair[order]
    starts = np.flatnonzero(np.diff(pair, prepend=-1))
    ends = np.append(starts, len(pair))[1:]
    for start, end in zip(starts, ends, strict=True):
        if count[start:end].sum() < LEAST_HITS:
            continue
        best = range(start, min(end, start + HYPOTHESES))
        placements = dict.fromkeys(_placement(videos, a[i], b[i], way[i]) for i in best)
        first, second = sorted((int(a[start]), int(b[start])))
        yield Candidate(first, second, tuple(placements))


def _placement(videos: Sequence[Signature], a: int, b: int, way: int) -> Placement:
    """How the active picture of the first of both videos may hold that of the second."""
    number, views = divmod(int(way), VIEWS**2)
    view_a, view_b = divmod(views, VIEWS)
    placement = between_active(
        PLACEMENTS[number],
        videos[a] if view_a else None,
        videos[b] if view_b else None,
    )
    return placement if a < b else placement.inverse()
