"""The verdict on two videos: aligned in time, registered in the picture, then judged."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.match import Part, Span
from hydrus_video_deduplicator.matching.alignment import refine
from hydrus_video_deduplicator.matching.evidence import (
    Evidence,
    levelled,
    likeness_of_pairs,
    weigh,
)
from hydrus_video_deduplicator.matching.geometry import Placement, common_pictures
from hydrus_video_deduplicator.matching.hough import (
    best_lines,
    frame_likeness,
    frame_votes,
    unusual_lines,
)
from hydrus_video_deduplicator.matching.parts import Shown, Stretch, find_parts
from hydrus_video_deduplicator.matching.registration import register
from hydrus_video_deduplicator.matching.seen import length, seconds_seen, seen_by_both, united
from hydrus_video_deduplicator.matching.slides import at_changes
from hydrus_video_deduplicator.matching.timeline import (
    LONGEST_GAP,
    Line,
    Timeline,
    between,
    common,
    is_of_one_speed,
    moments,
)
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

NOTHING_LEFT = 0.5
"""Seconds of either video that may lie outside the common part, up to which no other part is looked
for."""

COST_OF_A_PART, MOST_COST = 0.04, 0.2
"""Score by which a map of one part more must be better than a plainer one, and of many more."""

EXPLAINED = 0.3
"""Score that a map may lack against another that explains nothing of the two, and yet say more."""

ALIKE_BUT_MOVED = 0.6
"""Correlation of the pictures from which a pair may be the same seen through a moving frame, and of
those of each step once they are registered."""

FRAMES_OF_A_STEP, FEWEST_STEPS, MOST_STEPS = 5, 3, 10
"""Frames that are registered together where the placement changes with time, and how often."""

LEAST_MOVE = 0.02
"""Share of the picture by which a placement must change on the way for that to be a zoom or pan."""

ALIKE = 0.4
"""Likeness of most frames of one video to some frame of the other, without which none are."""

LEAST_FRAMES = 2
"""Frames of one moment without which nothing is said. A clip of 20 s has no more in common with
the key frames of a long video."""


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
        """The score, more for what is explained and less for a complicated map."""
        cost = min(MOST_COST, COST_OF_A_PART * (len(self.parts) - 1))
        return self.score + EXPLAINED * self.explained - cost

    @property
    def longest(self) -> Part:
        """The part that is longest in A."""
        return max(self.parts, key=lambda part: part.a_span[1] - part.a_span[0])

    def inverse(self) -> "Comparison":
        """The same seen from B."""
        parts = sorted((part.inverse() for part in self.parts), key=lambda part: part.a_span)
        return replace(self, placement=self.placement.inverse(), parts=tuple(parts))


def compare(
    a: Signature, b: Signature, placements: Sequence[Placement] = (Placement(),)
) -> Comparison | None:
    """How alike two videos are if A may hold B in one of the placements; None if not at all."""
    if min(len(a.times), len(b.times)) < LEAST_FRAMES or _other_still(a, b):
        return None
    a, b = at_changes(a, b), at_changes(b, a)
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
        best = found if best is None else _better(best, found)
        if best.score >= (SURE if is_of_one_speed(best.longest.speed) else SURE_OF_SPEED):
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

    def votes(self, placement: Placement) -> NDArray[np.float32]:
        """How much each frame of A speaks for lying at each of B, before registration, (n, m)."""
        coarse = common_pictures(self.frames_a, self.frames_b, placement, COARSE, COARSE_POINTS)
        return frame_votes(frame_likeness(*coarse))

    def verdicts(self, placement: Placement) -> Iterator[Comparison]:
        """Along the likeliest line of a placement and, if there is hope, along the others."""
        if _still(self.a):
            yield from self.of_stills(placement)
            return
        votes = self.votes(placement)
        is_sure = False
        for found in self.along(best_lines(votes, *self.timelines), votes, placement):
            is_sure |= found.score >= SURE and len(found.parts) == 1
            yield found
        if not is_sure and _are_alike(votes):
            yield from self.along(unusual_lines(votes, *self.timelines), votes, placement)

    def along(
        self, lines: list[Line], votes: NDArray[np.float32], placement: Placement
    ) -> Iterator[Comparison]:
        """The verdict along the first of the lines and, if there is hope, along the others."""
        in_runs = any(timeline.in_runs for timeline in self.timelines)
        while lines and (found := self.verify(lines, votes, placement)) is not None:
            yield found
            middle = sum(found.longest.a_span) / 2
            others = [
                line
                for line in lines
                if abs(line.at(middle) - found.longest.in_b(middle)) > LONGEST_GAP
            ]
            is_hopeful = in_runs and found.score >= HOPEFUL and len(others) < len(lines)
            lines = others if is_hopeful else []

    def of_stills(self, placement: Placement) -> Iterator[Comparison]:
        """Of two still pictures: nothing in time is to be found."""
        line = Line(1.0, 0.0, float(len(self.a.times)))
        in_a, in_b = moments(*self.timelines, line)
        if len(in_a) >= LEAST_FRAMES:
            exact = self.registered(in_a, in_b, placement)
            yield self.weighed(self.shown(exact), line, exact)

    def verify(
        self, lines: list[Line], votes: NDArray[np.float32], placement: Placement
    ) -> Comparison | None:
        """Register at the first of the lines, align anew, and weigh what is then alike.

        None where too few frames lie or vote for it.
        """
        in_a, in_b = moments(*self.timelines, lines[0])
        if len(in_a) < LEAST_FRAMES or lines[0].votes < LEAST_PROMISE * len(in_a):
            return None
        exact = self.registered(*_voting(votes, in_a, in_b), placement)
        shown = self.shown(exact)
        line = refine(shown.a, shown.b, self.timelines, lines)
        if len(moments(*self.timelines, line)[0]) < LEAST_FRAMES:
            return None
        whole = self.weighed(shown, line, exact)
        if whole.score >= SURE and self.is_all(whole):
            return whole
        starts = [line]
        if whole.score < SURE:  # the line may be a compromise between those of several parts
            starts.append(min(lines, key=_oddness))
        best = whole
        for start in starts:
            if parts := find_parts(shown, start):
                best = _better(best, self.joined(shown, parts, exact))
        if best.score < SURE and best.evidence.appearance >= ALIKE_BUT_MOVED:
            for start in starts:
                found = self.moving(start, exact)
                best = found if found and found.score > best.score else best
        return best

    def moving(self, line: Line, exact: Placement) -> Comparison | None:
        """What speaks for the two if the place of the picture changes on the way: a zoom or a pan.

        The frames along a line are registered some at a time. None where they are too few, or the
        place stays the same.
        """
        in_a, in_b = moments(*self.timelines, line)
        count = min(MOST_STEPS, len(in_a) // FRAMES_OF_A_STEP)
        if count < FEWEST_STEPS:
            return None
        steps = np.array_split(np.arange(len(in_a)), count)
        ends = [self.registered(in_a[some], in_b[some], exact) for some in (steps[0], steps[-1])]
        if _moved(ends) < LEAST_MOVE:
            return None
        pictures, placements = [], []
        for some in steps:
            a, b = self.frames_a[in_a[some]], between(self.frames_b, in_b[some])
            exact = register(a, b, exact)
            one, other = map(levelled, common_pictures(a, b, exact, SHARPEST))
            if likeness_of_pairs(one, other).mean() < ALIKE_BUT_MOVED:
                return None
            placements.append(exact)
            pictures.append((one, other))
        one, other = (levelled(np.concatenate(side)) for side in zip(*pictures, strict=True))
        found = self.weighed_pictures(one, other, line, placements[len(placements) // 2])
        return replace(found, moving=True)

    def registered(
        self, in_a: NDArray[np.intp], in_b: NDArray[np.float32], placement: Placement
    ) -> Placement:
        """The exact placement, from some of the frames of A at their places in B."""
        some = _spread(len(in_a))
        return register(self.frames_a[in_a[some]], between(self.frames_b, in_b[some]), placement)

    def shown(self, placement: Placement) -> Shown:
        """What both show in a placement."""
        pictures = common_pictures(self.frames_a, self.frames_b, placement, SHARPEST)
        a, b = map(levelled, pictures)
        durations, unread = zip(*((s.duration, s.unread) for s in (self.a, self.b)), strict=True)
        return Shown(a, b, self.timelines, durations, unread)

    def weighed(self, shown: Shown, line: Line, exact: Placement) -> Comparison:
        """What speaks for two videos that lie on one line."""
        in_a, in_b = moments(*self.timelines, line)
        return self.weighed_pictures(shown.a[in_a], between(shown.b, in_b), line, exact)

    def weighed_pictures(
        self,
        one: NDArray[np.float32],
        other: NDArray[np.float32],
        line: Line,
        exact: Placement,
    ) -> Comparison:
        """What speaks for two videos, from the pictures (n, side, side) along one line."""
        a, b = self.a, self.b
        a_span = common(a.duration, b.duration, line)
        seen = seen_by_both(a, b, line, a_span)
        whole = min(_to_agree(a, b), _to_agree(b, a) / abs(line.speed))
        overlap = length(seen) / max(1e-3, whole)
        evidence = weigh(one, other, overlap, exact, _distortion(a, b, exact))
        if length(seen) < MOSTLY_SEEN * (a_span[1] - a_span[0]):
            a_span = max(seen, key=lambda span: span[1] - span[0], default=(0.0, 0.0))
        part = self.part(line, a_span)
        explained = self.explained([part.a_span], [part.b_span])
        return Comparison(evidence.score(), evidence, exact, (part,), explained)

    def joined(self, shown: Shown, parts: Sequence[Stretch], exact: Placement) -> Comparison:
        """What speaks for two videos that have some parts in common."""
        a, b = self.a, self.b
        pictures = [(shown.a[p.frames], between(shown.b, p.places)) for p in parts]
        one, other = (np.concatenate(side) for side in zip(*pictures, strict=True))
        seen = [span for p in parts for span in seen_by_both(a, b, p.line, p.a_span)]
        of_a = length(united(seen)) / max(1e-3, _to_agree(a, b))
        in_b = [p.line.span(span) for p in parts for span in seen_by_both(a, b, p.line, p.a_span)]
        of_b = length(united(in_b)) / max(1e-3, _to_agree(b, a))
        evidence = weigh(one, other, max(of_a, of_b), exact, _distortion(a, b, exact))
        return Comparison(
            evidence.score(),
            evidence,
            exact,
            tuple(Part(p.a_span, p.b_span, p.line.speed) for p in parts),
            self.explained([p.a_span for p in parts], [p.b_span for p in parts]),
        )

    def explained(self, in_a: list[Span], in_b: list[Span]) -> float:
        """Share of both videos that some spans of each cover."""
        seconds = length(united(in_a)) + length(united(in_b))
        return seconds / max(1e-3, self.a.duration + self.b.duration)

    def part(self, line: Line, a_span: tuple[float, float]) -> Part:
        """The part along a line."""
        start, end = line.span(a_span)
        return Part(a_span, (max(0.0, start), min(self.b.duration, end)), line.speed)

    def is_all(self, found: Comparison) -> bool:
        """Whether hardly anything of either is left to be explained."""
        spans = (found.parts[0].a_span, self.a.duration), (found.parts[0].b_span, self.b.duration)
        left = max(whole - (span[1] - span[0]) for span, whole in spans)
        return left <= NOTHING_LEFT


def _moved(placements: Sequence[Placement]) -> float:
    """By how much the borders of the common picture move, as a share of the picture."""
    borders = [
        (p.x.offset, p.x.offset + p.x.scale, p.y.offset, p.y.offset + p.y.scale) for p in placements
    ]
    return float(np.ptp(borders, axis=0).max())


def _oddness(line: Line) -> float:
    """How far the speed of a line is from unchanged."""
    return abs(math.log(abs(line.speed)))


def _better(one: Comparison, other: Comparison) -> Comparison:
    """The one that says more of the two, unless its score is much less."""
    if abs(one.score - other.score) > EXPLAINED / 2:
        return max(one, other, key=lambda each: each.score)
    return max(one, other, key=lambda each: each.worth)


def _are_alike(votes: NDArray[np.float32]) -> bool:
    """Whether most frames of one video look like some frame of the other."""
    return any(float(np.median(votes.max(axis=axis))) >= ALIKE for axis in (0, 1))


def _voting(
    votes: NDArray[np.float32], in_a: NDArray[np.intp], in_b: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Those of the frames of A that vote for their places in B, or all."""
    below = in_b.astype(np.intp)
    above = np.minimum(below + 1, votes.shape[1] - 1)
    some = np.flatnonzero(np.maximum(votes[in_a, below], votes[in_a, above]) > 0)
    return (in_a, in_b) if len(some) < LEAST_FRAMES else (in_a[some], in_b[some])


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


def _to_agree(video: Signature, other: Signature) -> float:
    """Seconds of a video that should lie in the other: of a broken copy, those that could be read.

    Of two broken ones, nobody knows whether they are copies where neither could be read.
    """
    return video.duration if other.unread else seconds_seen(video)


def _spread(count: int) -> NDArray[np.intp]:
    """Up to ALIGNED_FRAMES places, evenly among `count`."""
    wanted = min(ALIGNED_FRAMES, count)
    return ((np.arange(wanted) + 0.5) / wanted * count).astype(np.intp)
