"""Time alignment: the line t_b = speed * t_a + offset along which two videos are alike."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SPEEDS = np.array([1.04**k for k in range(-6, 7) if k])
"""Speeds tried beside 1. A step of 4% drifts by at most 2% of a clip from the truth."""

UNCHANGED_SPEED_BONUS = 1.12
"""Factor on the likeness at unchanged speed, by far the most frequent."""

LEAST_VOTE = 0.2
"""Likeness of two frames (0 to 1) below which they do not vote."""

VOTES_A_FRAME = 6
"""Frames of the other video that one frame votes for, at most."""

LONGEST_GAP = 0.5
"""Seconds to the nearest frame of the other video beyond which a frame has no counterpart."""

ONE_FRAME = 0.25
"""Seconds that a single frame is taken to stand for."""

LONGEST_BLEND = 0.6
"""Seconds between two frames up to which a moment between them is blended from both. Beyond, the
nearer one is closer to the truth."""

LEAST_FOR_SPEED = 5
"""Frames with a counterpart without which no other speed is tried: two key frames of a long video
lie on a line at any speed."""

PEAKS_OF_RUNS = 4
"""Offsets tried for videos that were looked at in runs: at the right one, few runs may meet, and
many of one scene meet a second beside it. Each takes a third of a millisecond."""

ROUNDS = ((1.0, 0.01), (0.4, 0.004), (0.15, 0.0015))
"""Steps of the refinement, round by round: offset in intervals between frames, and speed."""


@dataclass(frozen=True, slots=True)
class Line:
    """Where a moment of A lies in B, in seconds: t_b = speed * t_a + offset."""

    speed: float
    offset: float
    votes: float = 0.0

    def inverse(self) -> "Line":
        """Where a moment of B lies in A."""
        return Line(1 / self.speed, -self.offset / self.speed, self.votes)


def alignment_votes(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much each frame of A (n, ...) speaks for lying at each frame of B (m, ...), (n, m).

    Alike pictures are not enough, or a static camera would align with itself anywhere: what is
    left without the mean picture must be alike too.
    """
    still = np.clip(_likeness(a, b), 0, None)
    moving = np.clip(_likeness(a - a.mean(axis=0), b - b.mean(axis=0)), 0, None)
    votes: NDArray[np.float32] = still * moving
    votes[votes < LEAST_VOTE**2] = 0
    if votes.shape[1] > VOTES_A_FRAME:
        least = np.partition(votes, -VOTES_A_FRAME, axis=1)[:, -VOTES_A_FRAME, None]
        votes[votes < least] = 0
    return votes


def best_lines(
    votes: NDArray[np.float32], times_a: NDArray[np.float32], times_b: NDArray[np.float32]
) -> list[Line]:
    """The lines most votes (n, m) lie on, at unchanged and at another speed, the best first.

    A Hough transform over speed and offset. If one of the videos was looked at in runs, a line may
    have few votes and be the right one: there are several at unchanged speed then.
    """
    i, j = np.nonzero(votes)
    if not len(i):
        return []
    at_a, at_b, weight = times_a[i].astype(np.float64), times_b[j].astype(np.float64), votes[i, j]
    width = 0.5 * min(LONGEST_GAP, max(interval(times_a), interval(times_b)))
    peaks = PEAKS_OF_RUNS if _in_runs(times_a) or _in_runs(times_b) else 1
    lines = _best_offsets(_SAME, at_a, at_b, weight, width, peaks=peaks)
    lines += _best_offsets(SPEEDS, at_a, at_b, weight, width)
    return sorted(lines, key=lambda line: -line.votes)


def moments(
    times_a: NDArray[np.float32], times_b: NDArray[np.float32], line: Line
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Frames of A with a counterpart in B, and its place in B (2.5: between frames 2 and 3)."""
    place, paired = _places(times_b, line.speed * times_a + line.offset, interval(times_b))
    return np.flatnonzero(paired), place[paired].astype(np.float32)


def between(frames: NDArray[np.float32], places: NDArray[np.float32]) -> NDArray[np.float32]:
    """Frames (m, ...) at fractional places among frames (n, ...), linearly between neighbours."""
    below = np.floor(places).astype(np.intp)
    above = np.minimum(below + 1, len(frames) - 1)
    share = (places - below).reshape(-1, *[1] * (frames.ndim - 1))
    return frames[below] * (1 - share) + frames[above] * share


def refine(
    a: NDArray[np.float32],
    b: NDArray[np.float32],
    times_a: NDArray[np.float32],
    times_b: NDArray[np.float32],
    lines: Iterable[Line],
) -> Line:
    """The line near one of `lines` along which the motion of A (n, ...) and B (m, ...) agrees best.

    Frames of B between two moments are blended, so the line is found finer than the frames lie.
    """
    best, most = Line(1.0, 0.0), -np.inf
    paired = [(line, *moments(times_a, times_b, line)) for line in lines]
    longest = max((len(in_a) for _, in_a, _ in paired), default=0)
    fullest = max((len(i) / _most(times_a, times_b, line) for line, i, _ in paired), default=0)
    for line, in_a, places in paired:
        if not len(in_a) or (longest < LEAST_FOR_SPEED and line.speed != 1):
            continue
        motion = _Motion.along((a, times_a), (b, times_b), in_a, places)
        speed, offset, agreement = line.speed, line.offset, 0.0
        enough = fullest * _most(times_a, times_b, line)
        for steps in ROUNDS:
            speeds, offsets = _near(speed, offset, motion, *steps)
            agreements = motion.agreement(speeds, offsets, enough)
            best_of_them = int(agreements.argmax())
            agreement = float(agreements[best_of_them])
            speed, offset = float(speeds[best_of_them]), float(offsets[best_of_them])
        bonus = UNCHANGED_SPEED_BONUS if abs(speed - 1) < ROUNDS[0][1] else 1.0
        if agreement * bonus > most:
            best, most = Line(speed, offset, line.votes), agreement * bonus
        if most >= 1:
            break  # no agreement at another speed can be more
    return best


def interval(times: NDArray[np.float32]) -> float:
    """Seconds between two frames that follow each other, in the median.

    Long videos are looked at in runs of frames with gaps between: the mean would say nothing.
    """
    if len(times) < 2:
        return ONE_FRAME
    half = (len(times) - 1) // 2
    return float(np.partition(np.diff(times), half)[half])


def sparseness(times: NDArray[np.float32]) -> float:
    """Seconds for each frame, gaps included."""
    return float(times[-1] - times[0]) / (len(times) - 1) if len(times) > 1 else ONE_FRAME


def _most(times_a: NDArray[np.float32], times_b: NDArray[np.float32], line: Line) -> float:
    """Frames of A that can have a counterpart at the speed of a line: as many as the shorter has.

    Were they but counted, a short B would cover the more of A the slower it is taken to be.
    """
    length_b = float(times_b[-1] - times_b[0]) + interval(times_b)
    return min(float(len(times_a)), length_b / line.speed / sparseness(times_a))


@dataclass(frozen=True, slots=True)
class _Motion:
    """Products of what is left of the frames of A and of B without their mean pictures.

    middle_a: mean of the times of A. interval_b: seconds between two frames of B.
    products: (n, m); power_a: (n,); power_b: (m,); next_b: (m,), of each with the one after it.
    """

    times_a: NDArray[np.float32]
    times_b: NDArray[np.float32]
    products: NDArray[np.float32]
    power_a: NDArray[np.float32]
    power_b: NDArray[np.float32]
    next_b: NDArray[np.float32]
    middle_a: float
    interval_b: float

    @classmethod
    def along(
        cls,
        one: tuple[NDArray[np.float32], NDArray[np.float32]],
        other: tuple[NDArray[np.float32], NDArray[np.float32]],
        in_a: NDArray[np.intp],
        places: NDArray[np.float32],
    ) -> "_Motion":
        """Of the frames of A that have a counterpart, at `places` in B.

        one, other: frames and times of A and of B.
        """
        (a, times_a), (b, times_b) = one, other
        in_b = slice(max(0, int(places.min()) - 2), int(places.max()) + 4)
        left_a = a[in_a].reshape(len(in_a), -1)
        left_b = b[in_b].reshape(len(b[in_b]), -1)
        left_a, left_b = left_a - left_a.mean(axis=0), left_b - left_b.mean(axis=0)
        following = np.append(np.einsum("ij,ij->i", left_b[:-1], left_b[1:]), np.float32(0))
        power_a, power_b = (np.einsum("ij,ij->i", left, left) for left in (left_a, left_b))
        return cls(
            times_a[in_a],
            times_b[in_b],
            left_a @ left_b.T,
            power_a,
            power_b,
            following,
            float(times_a[in_a].mean()),
            interval(times_b),
        )

    def agreement(
        self, speeds: NDArray[np.float64], offsets: NDArray[np.float64], enough: float
    ) -> NDArray[np.float64]:
        """Correlation along each line, less where fewer than `enough` frames have a counterpart.

        The motion of two blended frames has a power that follows from those of both.
        """
        wanted = speeds[:, None] * self.times_a + offsets[:, None]
        places, paired = _places(self.times_b, wanted, self.interval_b)
        j = np.floor(places).astype(np.intp)
        after = np.minimum(j + 1, len(self.times_b) - 1)
        s, i = places - j, np.arange(len(self.times_a))
        product = (1 - s) * self.products[i, j] + s * self.products[i, after]
        power_b = (
            (1 - s) ** 2 * self.power_b[j]
            + 2 * s * (1 - s) * self.next_b[j]
            + s**2 * self.power_b[after]
        )
        power_b = np.maximum(power_b, 0)  # two blended opposites leave only rounding errors
        counted = paired.astype(np.float32)
        power = np.sqrt(counted.dot(self.power_a) * np.einsum("ij,ij->i", power_b, counted))
        covered = np.minimum(1, counted.sum(axis=1) / enough)
        agreement: NDArray[np.float64] = np.einsum("ij,ij->i", product, counted)
        agreement /= np.maximum(power, 1e-6)
        agreement *= np.sqrt(covered)
        return agreement


def _places(
    times_b: NDArray[np.float32], wanted: NDArray[np.floating], interval_b: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Where the times `wanted` lie among the frames of B, and whether near enough to one."""
    place = np.interp(wanted, times_b, np.arange(len(times_b), dtype=np.float64))
    below, above = np.floor(place).astype(np.intp), np.ceil(place).astype(np.intp)
    before, after = times_b[below], times_b[above]
    gap = np.minimum(np.abs(wanted - before), np.abs(wanted - after))
    apart = after - before > LONGEST_BLEND
    if apart.any():
        place = np.where(apart, np.round(place), place)
    return place, gap <= min(LONGEST_GAP, interval_b)


def _near(
    speed: float, offset: float, motion: _Motion, offset_step: float, speed_step: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Speeds and offsets of lines around one, that turn about the middle of what both show."""
    step = offset_step * min(motion.interval_b, LONGEST_GAP)
    turns, shifts = _TURNED if len(motion.times_a) >= LEAST_FOR_SPEED else _ONLY_SHIFTED
    speeds = speed * (1 + speed_step * turns)
    return speeds, (speed - speeds) * motion.middle_a + offset + step * shifts


_TURNS = np.arange(-2.0, 3.0)
_SHIFTS = np.array([-1, -0.5, 0, 0.5, 1])
_TURNED = np.repeat(_TURNS, len(_SHIFTS)), np.tile(_SHIFTS, len(_TURNS))
_ONLY_SHIFTED = np.zeros(len(_SHIFTS)), _SHIFTS


def _in_runs(times: NDArray[np.float32]) -> bool:
    """Whether a video was looked at in runs of frames or at key frames, with gaps between."""
    return sparseness(times) > LONGEST_GAP


def _best_offsets(
    speeds: NDArray[np.float64],
    at_a: NDArray[np.float64],
    at_b: NDArray[np.float64],
    weight: NDArray[np.float32],
    width: float,
    *,
    peaks: int = 1,
) -> list[Line]:
    """Speeds and offsets most votes agree on, each shared by the two bins it lies between."""
    place = (at_b - speeds[:, None] * at_a) / width
    low = np.floor(place.min())
    left = np.floor(place - low)
    rest = place - low - left
    bins = int(left.max()) + 3
    left += np.arange(len(speeds))[:, None] * bins
    flat, later = left.astype(np.intp).ravel(), weight * rest
    most = len(speeds) * bins
    votes = np.bincount(flat, (weight - later).ravel(), most)
    votes += np.bincount(flat + 1, later.ravel(), most)
    lines = []
    for _ in range(peaks):
        peak = int(votes.argmax())
        if votes[peak] <= 0:
            break
        speed, offset = divmod(peak, bins)
        lines.append(Line(float(speeds[speed]), float((offset + low) * width), float(votes[peak])))
        around = int(LONGEST_GAP / width)
        votes[max(0, peak - around) : peak + around + 1] = 0
    return lines


_SAME = np.ones(1)


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
