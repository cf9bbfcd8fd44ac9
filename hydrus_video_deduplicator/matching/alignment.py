"""Time alignment: the line t_b = speed * t_a + offset along which two videos are alike."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.matching.timeline import LONGEST_GAP, Line, Timeline, moments

SPEED_STEP = 0.04
"""Share by which the speeds tried at first follow each other. The truth drifts from the nearest one
by at most 1% of a clip at either end."""

SPEEDS = (1 + SPEED_STEP) ** np.arange(-6.0, 7.0)
"""Speeds tried at first, 1 in the middle."""

LARGEST_DRIFT = 0.5
"""Seconds at either end by which a line may miss the truth and still be refined to it. Of longer
videos, the likeliest coarse speeds are followed to finer ones."""

SPEEDS_FOLLOWED = 3
"""Coarse lines that are followed: two of them may lie beside the true one."""

UNCHANGED_SPEED_BONUS = 1.12
"""Factor on the likeness at unchanged speed, by far the most frequent."""

LEAST_VOTE = 0.2
"""Likeness of two frames (0 to 1) below which they do not vote."""

VOTES_A_FRAME = 6
"""Frames of the other video that one frame votes for, at most."""

LEAST_FOR_SPEED = 5
"""Frames with a counterpart without which no other speed is tried: two key frames of a long video
lie on a line at any speed."""

PEAKS_OF_RUNS = 4
"""Offsets tried for videos that were looked at in runs: at the right one, few runs may meet, and
many of one scene meet a second beside it. Each takes a third of a millisecond."""

PROMISING = 0.8
"""Share of the best agreement so far below which, after its first round, a line is given up: two
more rounds have added a fifth to it at most."""

ROUNDS = 1.0, 0.4, 0.15
"""Steps of the refinement, round by round: of the offset in intervals between frames, of the speed
as a share of the first."""

FIRST_SPEED_STEP = 0.01
"""Share of the speed by which the first round steps, at most: no step drifts by more than half of
LARGEST_DRIFT at either end."""


def alignment_votes(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much each frame of A (n, ...) speaks for lying at each frame of B (m, ...), (n, m).

    Alike pictures are not enough, or a static camera would align with itself anywhere: what is
    left without the mean picture must be alike too.
    """
    votes = np.maximum(_likeness(a, b), 0)
    votes *= np.maximum(_likeness(_without_mean(a), _without_mean(b)), 0)
    least = np.float32(LEAST_VOTE**2)
    if votes.shape[1] > VOTES_A_FRAME:
        ranked = np.partition(votes, -VOTES_A_FRAME, axis=1)
        least = np.maximum(least, ranked[:, -VOTES_A_FRAME, None])
    votes *= votes >= least
    return votes


def best_lines(votes: NDArray[np.float32], a: Timeline, b: Timeline) -> list[Line]:
    """The lines most votes (n, m) lie on, at unchanged and at another speed, the best first.

    A Hough transform over speed and offset. If one of the videos was looked at in runs, a line may
    have few votes and be the right one: there are several at unchanged speed then.
    """
    cast = np.flatnonzero(votes)
    if not len(cast):
        return []
    i, j = np.divmod(cast, len(b))
    at_a, at_b = a.times[i].astype(np.float64), b.times[j].astype(np.float64)
    alike = _Votes(at_a, at_b, votes.ravel()[cast])
    width = 0.5 * min(LONGEST_GAP, max(a.interval, b.interval))
    peaks = PEAKS_OF_RUNS if a.in_runs or b.in_runs else 1
    lines = alike.lines(_SAME, width, peaks) + alike.at_other_speeds(width)
    return sorted(lines, key=lambda line: -line.votes)


@dataclass(frozen=True, slots=True)
class _Votes:
    """Moments of A and of B, in seconds, that are alike, and how much each counts; (n,) each."""

    a: NDArray[np.float64]
    b: NDArray[np.float64]
    weight: NDArray[np.float32]

    def lines(self, speeds: NDArray[np.float64], width: float, peaks: int = 1) -> list[Line]:
        """Speeds and offsets most votes agree on, each shared by the two bins it lies between."""
        place = self.b - speeds[:, None] * self.a
        place /= width
        low = np.floor(place.min())
        place -= low
        left = place.astype(np.intp)
        bins = int(left.max()) + 3
        later = self.weight * (place - left)
        left += np.arange(len(speeds))[:, None] * bins
        flat, most = left.ravel(), len(speeds) * bins
        votes = np.bincount(flat, (self.weight - later).ravel(), most)
        votes += np.bincount(flat + 1, later.ravel(), most)
        lines = []
        for _ in range(peaks):
            peak = int(votes.argmax())
            if votes[peak] <= 0:
                break
            speed, offset = divmod(peak, bins)
            found = float(speeds[speed]), float((offset + low) * width), float(votes[peak])
            lines.append(Line(*found))
            around = int(LONGEST_GAP / width)
            votes[max(0, peak - around) : peak + around + 1] = 0
        return lines

    def at_other_speeds(self, width: float) -> list[Line]:
        """The likeliest lines at other speeds than 1.

        A coarse speed drifts far in a long video. There, bins are as wide as that at first; then
        the likeliest ones are halved, and the steps of the speed with them.
        """
        middle = (self.a.max() + self.a.min()) / 2
        drift = float(self.a.max() - middle) * SPEED_STEP / 2
        if drift <= LARGEST_DRIFT:
            return self.lines(_OTHER_SPEEDS, width)
        halvings = math.ceil(math.log2(drift / width))
        turned = replace(self, a=self.a - middle)
        coarse = turned.lines(SPEEDS, width * 2**halvings, SPEEDS_FOLLOWED)
        fine = [turned.followed(line, width, halvings) for line in coarse]
        return [replace(line, offset=line.offset - line.speed * middle) for line in fine]

    def followed(self, line: Line, width: float, halvings: int) -> Line:
        """The likeliest line near a coarse one, after so many halvings of its bin and its speed."""
        votes, step = self, SPEED_STEP
        for level in reversed(range(halvings)):
            votes, step = votes.near(line, 4 * width * 2**level), step / 2
            line, *_ = votes.lines(line.speed * (1 + step * _BESIDE), width * 2**level)
        return line

    def near(self, line: Line, reach: float) -> "_Votes":
        """Those that lie no farther than so many seconds from a line."""
        some = np.abs(self.b - line.speed * self.a - line.offset) <= reach
        return _Votes(self.a[some], self.b[some], self.weight[some])


_SAME, _OTHER_SPEEDS = np.ones(1), SPEEDS[SPEEDS != 1]
_BESIDE = np.arange(-1.0, 2.0)


def refine(
    a: NDArray[np.float32],
    b: NDArray[np.float32],
    timelines: tuple[Timeline, Timeline],
    lines: Iterable[Line],
) -> Line:
    """The line near one of `lines` along which the motion of A (n, ...) and B (m, ...) agrees best.

    Frames of B between two moments are blended, so the line is found finer than the frames lie.
    """
    best, most = Line(1.0, 0.0), -np.inf
    paired = [(line, *moments(*timelines, line)) for line in lines]
    longest = max((len(in_a) for _, in_a, _ in paired), default=0)
    fullest = max((len(in_a) / _most(*timelines, line) for line, in_a, _ in paired), default=0)
    for line, in_a, places in paired:
        if not len(in_a) or (longest < LEAST_FOR_SPEED and line.speed != 1):
            continue
        motion = _Motion.along(a, b, timelines, in_a, places)
        found, agreement = motion.refined(
            line, fullest * _most(*timelines, line), least=PROMISING * most
        )
        if agreement > most:
            best, most = found, agreement
        if most >= 1:
            break  # no agreement at another speed can be more
    return best


def _most(a: Timeline, b: Timeline, line: Line) -> float:
    """Frames of A that can have a counterpart at the speed of a line: as many as the shorter has.

    Were they but counted, a short B would cover the more of A the slower it is taken to be.
    """
    length_b = float(b.times[-1] - b.times[0]) + b.interval
    return min(float(len(a)), length_b / line.speed / a.sparseness)


@dataclass(frozen=True, slots=True)
class _Motion:
    """Products of what is left of the frames of A and of B without their mean pictures.

    products: (n, m); power_a: (n,); power_b: (m,); next_b: (m,), of each with the one after it.
    middle_a: mean of the times of A.
    """

    a: Timeline
    b: Timeline
    products: NDArray[np.float32]
    power_a: NDArray[np.float32]
    power_b: NDArray[np.float32]
    next_b: NDArray[np.float32]
    middle_a: float

    @classmethod
    def along(
        cls,
        a: NDArray[np.float32],
        b: NDArray[np.float32],
        timelines: tuple[Timeline, Timeline],
        in_a: NDArray[np.intp],
        places: NDArray[np.float32],
    ) -> "_Motion":
        """Of the frames of A that have a counterpart, at `places` in B."""
        in_b = slice(max(0, int(places.min()) - 2), int(places.max()) + 4)
        left_a, left_b = _without_mean(a[in_a]), _without_mean(b[in_b])
        following = np.append(np.einsum("ij,ij->i", left_b[:-1], left_b[1:]), np.float32(0))
        power_a, power_b = (np.einsum("ij,ij->i", left, left) for left in (left_a, left_b))
        part_a, part_b = timelines[0].part(in_a), timelines[1].part(in_b)
        middle = float(part_a.times.mean())
        return cls(part_a, part_b, left_a @ left_b.T, power_a, power_b, following, middle)

    def refined(self, line: Line, enough: float, least: float) -> tuple[Line, float]:
        """The line near `line` with the most agreement, and how much that is, with its bonus.

        Given up after the first round if it is less than `least` by then.
        """
        speed, offset, agreement = line.speed, line.offset, 0.0
        for step in ROUNDS:
            speeds, offsets = self.near(speed, offset, step)
            agreements = self.agreement(speeds, offsets, enough)
            chosen = int(agreements.argmax())
            speed, offset = float(speeds[chosen]), float(offsets[chosen])
            bonus = UNCHANGED_SPEED_BONUS if abs(speed - 1) < FIRST_SPEED_STEP else 1.0
            agreement = float(agreements[chosen]) * bonus
            if agreement < least:
                break
        return Line(speed, offset, line.votes), agreement

    def near(
        self, speed: float, offset: float, step: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Speeds and offsets of lines around one, that turn about the middle of what both show."""
        turns, shifts = _TURNED if len(self.a) >= LEAST_FOR_SPEED else _ONLY_SHIFTED
        half = float(self.a.times[-1] - self.a.times[0]) / 2
        first = min(FIRST_SPEED_STEP, LARGEST_DRIFT / 2 / max(half, 1e-3))
        speeds = speed * (1 + step * first * turns)
        shift = step * min(self.b.interval, LONGEST_GAP)
        return speeds, (speed - speeds) * self.middle_a + offset + shift * shifts

    def agreement(
        self, speeds: NDArray[np.float64], offsets: NDArray[np.float64], enough: float
    ) -> NDArray[np.float32]:
        """Correlation along each line, less where fewer than `enough` frames have a counterpart.

        The motion of two blended frames has a power that follows from those of both.
        """
        places, paired = self.b.places(speeds[:, None] * self.a.times + offsets[:, None])
        j = places.astype(np.intp)
        after = np.minimum(j + 1, len(self.b) - 1)
        later = (places - j).astype(np.float32)
        sooner = 1 - later
        # `take` from the flat products is several times as fast as an index of two arrays.
        row = np.arange(len(self.a)) * len(self.b)
        product = sooner * self.products.take(row + j) + later * self.products.take(row + after)
        power_b = (
            sooner * sooner * self.power_b.take(j)
            + 2 * later * sooner * self.next_b.take(j)
            + later * later * self.power_b.take(after)
        )
        np.maximum(power_b, 0, out=power_b)  # two blended opposites leave only rounding errors
        counted = paired.astype(np.float32)
        power = np.sqrt(counted.dot(self.power_a) * np.einsum("ij,ij->i", power_b, counted))
        covered = np.minimum(1, counted.sum(axis=1) / np.float32(enough))
        agreement: NDArray[np.float32] = np.einsum("ij,ij->i", product, counted)
        agreement /= np.maximum(power, 1e-6)
        agreement *= np.sqrt(covered)
        return agreement


def _without_mean(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """What is left of frames (n, ...) without their mean, (n, points)."""
    flat = frames.reshape(len(frames), -1)
    left: NDArray[np.float32] = flat - flat.sum(axis=0) / np.float32(len(flat))
    return left


_TURNS = np.arange(-2.0, 3.0)
_SHIFTS = np.array([-1, -0.5, 0, 0.5, 1])
_TURNED = np.repeat(_TURNS, len(_SHIFTS)), np.tile(_SHIFTS, len(_TURNS))
_ONLY_SHIFTED = np.zeros(len(_SHIFTS)), _SHIFTS


def _likeness(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Correlation of each picture of A (n, ...) with each of B (m, ...), (n, m)."""
    correlation: NDArray[np.float32] = np.matmul(_unit(a), _unit(b).T)
    return correlation


def _unit(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    flat = pictures.reshape(len(pictures), -1)
    flat = flat - flat.sum(axis=1, keepdims=True) / np.float32(flat.shape[1])
    length = np.sqrt(np.einsum("ij,ij->i", flat, flat))[:, None]
    unit: NDArray[np.float32] = flat / np.maximum(length, np.float32(1e-6))
    return unit
