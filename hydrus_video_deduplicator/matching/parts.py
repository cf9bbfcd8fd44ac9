"""The parts that two videos have in common: stretches along one line in time or several.

A copy may be cut, joined, looped or played backwards. Then each stretch of it lies on a line of its
own. Again and again, the line with most votes is taken, what agrees along it becomes a part, and
what is explained no longer votes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.match import Span
from hydrus_video_deduplicator.matching.alignment import refine
from hydrus_video_deduplicator.matching.evidence import (
    AGREEING,
    Evidence,
    Weighing,
    frame_likeness,
    weigh,
)
from hydrus_video_deduplicator.matching.hough import frame_votes, further_line
from hydrus_video_deduplicator.matching.likeness import Products
from hydrus_video_deduplicator.matching.seen import holes
from hydrus_video_deduplicator.matching.timeline import Line, Timeline, between, common, moments

MOST_PARTS = 24
"""Parts that are looked for: a loop of a second may be repeated twenty times."""

SHORTEST = 0.5
"""Seconds of a part, at least."""

FEWEST = 3
"""Frames of a part, at least."""

LONGEST_BREAK = 0.4
"""Seconds for which the pictures may disagree within a part."""

CONVINCING = 0.6
"""Likeness, 0 to 1, in appearance and motion, from which a part speaks for itself. Below, pieces
that are alike by chance could add up to a copy."""

CONVINCING_AGAIN, AS_CONVINCING = 0.85, 0.02
"""The same for a part that repeats what others show, as a loop is like itself; or how much less it
may be than theirs, if they convince less themselves."""

NEAR_BEST = 0.75
"""Likeness of a frame to the one on the line, as a share of that to the most alike one anywhere,
from which it belongs to the line. A slow scene is alike at moments seconds apart."""

LEAST_MOVEMENT = 0.1
"""Movement, see `Evidence.movement`, without which a part is a single picture. The likest picture
of the other video fits anywhere: no more lines of such parts are taken than of parts that move."""

IN_VAIN = 2
"""Lines tried in vain after which nothing more is looked for."""

LEAST_OF_A_LINE = 2.0
"""Votes of a further line, at least. Of those that led to a part, 1 in 200 has less, and a third to
a half of those tried in vain."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of A that lies on a line in B.

    frames: intp (k,), frames of A, ascending. places: float32 (k,), where they lie in B.
    a_span, b_span: start and end of it in each, in seconds, the start first.
    movement: see `Evidence.movement`.
    likeness: the lesser of those in appearance and motion, 0 to 1.
    """

    line: Line
    frames: NDArray[np.intp]
    places: NDArray[np.float32]
    a_span: Span
    b_span: Span
    movement: float
    likeness: float


@dataclass(frozen=True)
class Shown:
    """What both videos show where their pictures overlap.

    a, b: levelled, float32 (n, TILES², points) and (m, TILES², points).
    durations: seconds of A and of B. unread: the holes of A and of B, in seconds.
    forwards: whether no part of them may run backwards.
    """

    a: NDArray[np.float32]
    b: NDArray[np.float32]
    timelines: tuple[Timeline, Timeline]
    durations: tuple[float, float]
    unread: tuple[Sequence[Span], Sequence[Span]] = ((), ())
    forwards: bool = False

    @cached_property
    def products(self) -> Products:
        """Those of the frames of A and of B."""
        return Products(self.a, self.b)

    @cached_property
    def alike_at_best(self) -> NDArray[np.float32]:
        """Likeness of each frame of A to that of B which is most like it, float32 (n,)."""
        best: NDArray[np.float32] = self.products.alike.max(axis=1)
        return best

    def share_alike(self, least: float) -> float:
        """Share of the frames of the shorter video that some frame of the other is so like."""
        longer = int(self.durations[1] > self.durations[0])
        return float((self.products.pictures.max(axis=longer) >= least).mean())

    def share_of(self, frames: NDArray[np.intp], least: float) -> float:
        """Share of some frames of A that some frame of B is so like."""
        return float((self.products.pictures[frames].max(axis=1) >= least).mean())

    def weighed(self, frames: NDArray[np.intp], places: NDArray[np.float32]) -> Evidence:
        """What speaks for some frames of A at their places in B, as far as pictures go."""
        (evidence,) = weigh([Weighing(self.a[frames], between(self.b, places))])
        return evidence

    def agree(self, frames: NDArray[np.intp], places: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Which frames of A show what B shows at their places, and hardly more so elsewhere."""
        below = places.astype(np.intp)
        above = np.minimum(below + 1, len(self.b) - 1)
        alike = self.products.alike
        here = np.maximum(alike[frames, below], alike[frames, above])
        likest = here >= NEAR_BEST * self.alike_at_best[frames]
        products = self.products.along(frames, places)
        return np.asarray(likest & (frame_likeness(products, self.a[0].size) >= AGREEING))

    def stretches(self, line: Line, found: Sequence[Stretch], of_b: bool) -> Iterator[Stretch]:
        """Where the pictures agree along a line and convince, without what is found already.

        of_b: whether the moments of B lie in one part each, and those of A may be repeated.
        """
        taken, used = ([p.a_span for p in found], [p.b_span for p in found])[:: -1 if of_b else 1]
        frames, places = moments(*self.timelines, line)
        if not len(frames):
            return
        times = self.timelines[0].times[frames].astype(np.float64)
        alike = self.agree(frames, places)
        alike &= ~_within(line.at(times) if of_b else times, taken)
        unread = holes(*self.unread, line)
        alike &= ~_within(times, unread)
        known = np.append(times, np.ravel(unread))
        for start, end in self._runs(alike, times, [start for start, _ in unread]):
            some = slice(start, end)
            span = self._span(line, times[some], known)
            if taken:
                span = _freed(span, line, taken, of_b)
            if end - start < FEWEST or span[1] - span[0] < SHORTEST:
                continue
            start_b, end_b = line.span(span)
            b_span = max(0.0, start_b), min(self.durations[1], end_b)
            evidence = self.weighed(frames[some], places[some])
            likeness = min(evidence.likeness())
            if likeness >= _least_likeness(span if of_b else b_span, used, found):
                moved = evidence.movement
                yield Stretch(line, frames[some], places[some], span, b_span, moved, likeness)

    def _runs(
        self, alike: NDArray[np.bool_], times: NDArray[np.float64], unread: Sequence[float]
    ) -> Iterator[tuple[int, int]]:
        """First frame and the one after the last of each run that agrees but for short breaks.

        unread: when a hole begins, which ends a run.
        """
        some = np.flatnonzero(alike)
        if not len(some):
            return
        skipped = np.diff(some) > 1
        is_apart = skipped & (np.diff(times[some]) > LONGEST_BREAK + self._interval)
        is_apart |= np.diff(np.searchsorted(unread, times[some])) > 0
        apart = np.flatnonzero(is_apart)
        starts, ends = np.append(0, apart + 1), np.append(apart, len(some) - 1)
        for start, end in zip(some[starts], some[ends], strict=True):
            yield int(start), int(end) + 1

    @property
    def _interval(self) -> float:
        return self.timelines[0].interval

    def _span(self, line: Line, times: NDArray[np.float64], known: NDArray[np.float64]) -> Span:
        """The seconds of A that frames at some times stand for, within both videos.

        known: the times of all frames on the line, and where the holes begin and end. If there is
            nothing between the frames and where the line leaves a video, they stand for that, too.
        """
        start, end = common(*self.durations, line)
        first, last = float(times[0]), float(times[-1])
        before, after = known[known < first], known[known > last]
        beside = max(self._interval, self.timelines[0].sparseness)
        half = self._interval / 2
        is_from_start = first - half - start < beside or before.max(initial=start) <= start + half
        is_to_end = end - last - half < beside or after.min(initial=end) >= end - half
        return (
            start if is_from_start else max(start, first - half),
            end if is_to_end else min(end, last + half),
        )


def find_parts(shown: Shown, first: Line) -> list[Stretch]:
    """The parts in order of time of A, found from the line `first` on.

    A moment of the longer video lies in one part; one of the shorter may be repeated.
    """
    of_b = shown.durations[1] > shown.durations[0]
    votes = frame_votes(shown.products.alike)
    speed = abs(first.speed)
    speeds = (speed,) if shown.forwards else (speed, -speed)
    found: list[Stretch] = []
    line: Line | None = first
    in_vain = moving = still = 0
    while line is not None and len(found) < MOST_PARTS and in_vain < IN_VAIN:
        line = _settled(shown, votes, line)
        new = list(shown.stretches(line, found, of_b))
        if any(stretch.movement >= LEAST_MOVEMENT for stretch in new):
            moving += 1
        elif still < moving:
            still += 1
        else:
            new = []
        in_vain = 0 if new else in_vain + 1
        found += new
        _forget(votes, shown, new, line, of_b)
        line = further_line(votes, *shown.timelines, speeds)
        if line is not None and line.votes < LEAST_OF_A_LINE:
            break
    return sorted(found, key=lambda part: part.a_span)


def _settled(shown: Shown, votes: NDArray[np.float32], line: Line) -> Line:
    """The line, refined with the frames that vote for it."""
    frames, places = moments(*shown.timelines, line)
    near = np.minimum(np.round(places).astype(np.intp), votes.shape[1] - 1)
    after, before = np.minimum(near + 1, votes.shape[1] - 1), np.maximum(near - 1, 0)
    voting = votes[frames, near] + votes[frames, after] + votes[frames, before] > 0
    some = frames[voting]
    if len(some) < FEWEST:
        return line
    timelines = shown.timelines[0].part(some), shown.timelines[1]
    return refine(shown.products.part(some), timelines, [line], may_turn=False)


def _forget(
    votes: NDArray[np.float32],
    shown: Shown,
    new: Sequence[Stretch],
    line: Line,
    of_b: bool,
) -> None:
    """Take the votes for what is explained, and those of a line that led to nothing."""
    a, b = shown.timelines
    if of_b:
        votes[:, _within(b.times, [part.b_span for part in new])] = 0
    else:
        votes[_within(a.times, [part.a_span for part in new])] = 0
    if not new:
        away = line.at(a.times.astype(np.float64))[:, None] - b.times
        votes[np.abs(away) <= max(a.interval, b.interval)] = 0


def _least_likeness(span: Span, used: Sequence[Span], found: Sequence[Stretch]) -> float:
    """Likeness from which a part convinces. It may repeat what the parts found before show.

    span: of it, in the video whose moments may be repeated. used: those of the parts found.
    """
    shared = [_shared(span, [other]) for other in used]
    if sum(shared) <= 0.5 * (span[1] - span[0]):
        return CONVINCING
    best = max(part.likeness for part, seconds in zip(found, shared, strict=True) if seconds)
    return max(CONVINCING, min(CONVINCING_AGAIN, best - AS_CONVINCING))


def _shared(span: Span, others: Sequence[Span]) -> float:
    """Seconds of a span that lie in others."""
    return sum(max(0.0, min(span[1], end) - max(span[0], start)) for start, end in others)


def _within(times: NDArray[np.floating], spans: Sequence[Span]) -> NDArray[np.bool_]:
    inside = np.zeros(len(times), bool)
    for start, end in spans:
        inside |= (times >= start) & (times < end)
    return inside


def _freed(
    span: Span,
    line: Line,
    taken: Sequence[Span],
    of_b: bool,
) -> Span:
    """The span of A without what other parts take at its ends."""
    start, end = span
    back = line.inverse()
    for some in taken:
        first, last = sorted(map(back.at, some)) if of_b else some
        if first <= start < last:
            start = min(last, end)
        if first < end <= last:
            end = max(first, start)
    return start, end
