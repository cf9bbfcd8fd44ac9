"""The verdict on two videos: aligned in time, registered in the picture, then judged."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.matching.alignment import refine
from hydrus_video_deduplicator.matching.evidence import Evidence, weigh
from hydrus_video_deduplicator.matching.geometry import Placement, common_pictures
from hydrus_video_deduplicator.matching.hough import best_lines, frame_votes
from hydrus_video_deduplicator.matching.registration import lowpass, register
from hydrus_video_deduplicator.matching.seen import length, seconds_seen, seen_by_both
from hydrus_video_deduplicator.matching.timeline import Line, Timeline, between, moments
from hydrus_video_deduplicator.signature import Signature, TooLittle
from hydrus_video_deduplicator.signature.spectrum import blocks

ALIGNED_FRAMES = 6
"""Frames of one moment, spread over the common part, from which the placement is refined: 1,500
points for four numbers. More take longer in proportion and change no score by more than 0.01."""

COARSE = 6.0
"""Half cycles a picture around which detail fades out of the first alignment: before registration
the pictures may be off by 5%."""

COARSE_POINTS = 8
"""Points along each axis at which the pictures are held against each other in it."""

SHARPEST = 10.0
"""Half cycles a picture around which finer detail fades out of the verdict: compression, noise and
blur change it most."""

LEAST_PROMISE = 0.1
"""Votes for the best line, as a share of all the frames in it, below which two videos are not
looked at more closely. True pairs seldom have less than 0.3."""

SAME_LENGTH = 0.03
"""Share by which the durations of two still pictures may differ: there is nothing else in time
that speaks for them."""

SURE, SURE_OF_SPEED = 0.85, 0.97
"""Score from which no other line or placement of the pair is tried, at the same speed and at
another one: a scene in which little moves is alike at many speeds."""

HOPEFUL = 0.45
"""Score from which a pair that was looked at in runs is tried along other lines. At the true one
the runs of both may seldom meet, and at another show one scene at moments a second apart: that is
alike to 0.6. Unrelated videos seldom score 0.3."""

MOSTLY_SEEN = 0.95
"""Share of the common part that could be decoded of both, below which only the longest stretch of
that is said to be common."""

LEAST_FRAMES = 2
"""Frames of one moment without which nothing is said. A clip of 20 s has no more in common with
the key frames of a long video."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two videos, part by part.

    score: 0 to 1.
    a_span, b_span: start and end, in seconds, of the part of each that lies in the other.
    """

    score: float
    evidence: Evidence
    placement: Placement
    line: Line
    a_span: tuple[float, float]
    b_span: tuple[float, float]

    def inverse(self) -> "Comparison":
        """The same seen from B."""
        return replace(
            self,
            placement=self.placement.inverse(),
            line=self.line.inverse(),
            a_span=self.b_span,
            b_span=self.a_span,
        )


def compare(
    a: Signature, b: Signature, placements: Sequence[Placement] = (Placement(),)
) -> Comparison | None:
    """How alike two videos are if A may hold B in one of the placements; None if not at all."""
    if min(len(a.times), len(b.times)) < LEAST_FRAMES or _other_still(a, b):
        return None
    one, other = Timeline.of(a.times), Timeline.of(b.times)
    if _order(a, one) >= _order(b, other):
        return _compare(a, b, (one, other), placements)
    inverse = [placement.inverse() for placement in placements]
    found = _compare(b, a, (other, one), inverse)
    return None if found is None else found.inverse()


def _order(signature: Signature, timeline: Timeline) -> tuple[float, float, bytes]:
    """What decides which video is held against which, whatever their order in the call.

    The one with fewer frames a second comes first: its frames are sought between the other's.
    """
    return timeline.sparseness, signature.duration, signature.levels.tobytes()


def _still(signature: Signature) -> bool:
    return signature.too_little is TooLittle.STILL


def _other_still(a: Signature, b: Signature) -> bool:
    """Whether one is a still picture and the other is not, or lasts longer."""
    if _still(a) and _still(b):
        return abs(a.duration - b.duration) > SAME_LENGTH * max(a.duration, b.duration)
    return _still(a) or _still(b)


def _compare(
    a: Signature,
    b: Signature,
    timelines: tuple[Timeline, Timeline],
    placements: Sequence[Placement],
) -> Comparison | None:
    pair = _Pair(a, b, timelines, blocks(a.coefficients()), blocks(b.coefficients()))
    best: Comparison | None = None
    for found in chain.from_iterable(map(pair.verdicts, placements)):
        if best is None or found.score > best.score:
            best = found
        if best.score >= (SURE if best.line.is_of_one_speed else SURE_OF_SPEED):
            break
    return best


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two videos and their frames as blocks of frequencies, float32 (n, SIDE, SIDE)."""

    a: Signature
    b: Signature
    timelines: tuple[Timeline, Timeline]
    frames_a: NDArray[np.float32]
    frames_b: NDArray[np.float32]

    def lines(self, placement: Placement) -> list[Line]:
        """How the moments of both may lie, the likeliest first, before registration."""
        if _still(self.a):
            return [Line(1.0, 0.0, float(len(self.a.times)))]
        weights = lowpass(COARSE)
        coarse = common_pictures(
            self.frames_a * weights, self.frames_b * weights, placement, COARSE_POINTS
        )
        return best_lines(frame_votes(*coarse), *self.timelines)

    def verdicts(self, placement: Placement) -> Iterator[Comparison]:
        """Along the likeliest line of a placement and, if there is hope, along the others."""
        lines = self.lines(placement)
        in_runs = any(timeline.in_runs for timeline in self.timelines)
        while lines and (found := self.verify(lines, placement)) is not None:
            yield found
            middle = sum(found.a_span) / 2
            others = [line for line in lines if line.is_apart(found.line, middle)]
            is_hopeful = in_runs and found.score >= HOPEFUL and len(others) < len(lines)
            lines = others if is_hopeful else []

    def verify(self, lines: list[Line], placement: Placement) -> Comparison | None:
        """Register at the first of the lines, align anew, and weigh what is then alike.

        None where too few frames lie or vote for it.
        """
        a, b = self.a, self.b
        in_a, in_b = moments(*self.timelines, lines[0])
        if len(in_a) < LEAST_FRAMES or lines[0].votes < LEAST_PROMISE * len(in_a):
            return None
        some = _spread(len(in_a))
        exact = register(self.frames_a[in_a[some]], between(self.frames_b, in_b[some]), placement)
        weights = lowpass(SHARPEST)
        shown_a, shown_b = common_pictures(self.frames_a * weights, self.frames_b * weights, exact)
        line = lines[0] if _still(a) else refine(shown_a, shown_b, self.timelines, lines)
        in_a, in_b = moments(*self.timelines, line)
        if len(in_a) < LEAST_FRAMES:
            return None
        a_span, b_span = _spans(a, b, line)
        seen = seen_by_both(a, b, line, a_span)
        whole = min(_to_agree(a, b), _to_agree(b, a) / line.speed)
        overlap = length(seen) / max(1e-3, whole)
        evidence = weigh(
            shown_a[in_a], between(shown_b, in_b), overlap, exact, _distortion(a, b, exact)
        )
        if length(seen) < MOSTLY_SEEN * (a_span[1] - a_span[0]):
            a_span, b_span = _longest(seen, line)
        return Comparison(evidence.score(), evidence, exact, line, a_span, b_span)


def _distortion(a: Signature, b: Signature, placement: Placement) -> float:
    """How much more one axis is scaled than the other: as shares of the pictures or in pixels.

    Nobody scales the axes by different factors but to fill another frame: then they are of one
    scale as shares, of the active pictures or of the whole frames. Whatever else is cut out of a
    picture is of one scale in pixels.
    """
    shares = np.log(placement.x.scale / placement.y.scale)
    turned = -1 if placement.orientation.transposed else 1
    pixels = shares + turned * np.log(a.aspect) - np.log(b.aspect)
    frames = shares + turned * np.log(_active_shape(a)) - np.log(_active_shape(b))
    return float(min(abs(shares), abs(pixels), abs(frames)))


def _active_shape(signature: Signature) -> float:
    """Width over height of the active picture, both as shares of the frame."""
    left, top, right, bottom = signature.active
    return (right - left) / (bottom - top)


def _spans(
    a: Signature, b: Signature, line: Line
) -> tuple[tuple[float, float], tuple[float, float]]:
    """The parts of A and B that lie in each other along a line."""
    start = max(0.0, -line.offset / line.speed)
    end = max(start, min(a.duration, (b.duration - line.offset) / line.speed))
    b_start, b_end = (line.speed * moment + line.offset for moment in (start, end))
    return (start, end), (max(0.0, b_start), min(b.duration, b_end))


def _to_agree(video: Signature, other: Signature) -> float:
    """Seconds of a video that should lie in the other: of a broken copy, those that could be read.

    Of two broken ones, nobody knows whether they are copies where neither could be read.
    """
    return video.duration if other.unread else seconds_seen(video)


def _longest(
    seen: Sequence[tuple[float, float]], line: Line
) -> tuple[tuple[float, float], tuple[float, float]]:
    """The longest stretch of A that was seen of both, and where it lies in B."""
    start, end = max(seen, key=lambda span: span[1] - span[0], default=(0.0, 0.0))
    return (start, end), (line.speed * start + line.offset, line.speed * end + line.offset)


def _spread(count: int) -> NDArray[np.intp]:
    """Up to ALIGNED_FRAMES places, evenly among `count`."""
    wanted = min(ALIGNED_FRAMES, count)
    return ((np.arange(wanted) + 0.5) / wanted * count).astype(np.intp)
