"""Make a library of any size, as a store: a seeded generator from real signatures.

    python bench/library.py SOURCE TARGET --videos 100000 [--seed 1] [--jobs 2]

SOURCE is the data directory of a run over real clips, TARGET the one to be made. A made video is a
row of shots; a shot is a part of a real clip, with the sign of each of its 135 frequencies flipped
or not: its motion and contrast stay real, its picture is one that nobody has. Edits are made where
signatures are linear: crops, mirroring, logos, noise on the frequencies; trims, speed and
resampling by interpolation in time.
"""

import argparse
import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.matching import SKETCHING, Sketch
from hydrus_video_deduplicator.signature import Signature
from hydrus_video_deduplicator.signature.picture import WHOLE, Box
from hydrus_video_deduplicator.signature.spectrum import (
    RADIUS,
    SIDE,
    ZONE,
    analyse,
    basis,
    blocks,
    centres,
)
from hydrus_video_deduplicator.store import Fingerprint, PackedSketch, Store

Frames = NDArray[np.float32]

ORIGINALS, COPIES = 0.85, 0.10
"""Shares of the videos. The rest, 5%, are near misses."""

EDITS = {
    "encoded": 0.40,
    "resized": 0.20,
    "end trimmed": 0.06,
    "start trimmed": 0.05,
    "both ends trimmed": 0.03,
    "cropped by 10%": 0.04,
    "cropped by 20%": 0.02,
    "bars": 0.05,
    "logo": 0.05,
    "brighter": 0.03,
    "mirrored": 0.03,
    "1.1 times as fast": 0.02,
    "excerpt": 0.02,
}
"""Share of each edit among the copies; every copy is encoded anew on top of its edit."""

NEAR_MISSES = {"other part": 0.4, "shared intro": 0.3, "alike layout": 0.3}
"""Share of each kind: another part of the same takes; the first 4 s in common; the same mean
picture, other motion."""

LONG = 0.04
"""Share of videos of 10 to 60 minutes, evenly by the logarithm. The others last 2 to 120 s."""

MEDIAN_SECONDS, SPREAD = 15.0, 1.0
"""Of the lognormal distribution of the short ones."""

NOISE = {"encoded": 0.035, "resized": 0.05}
"""Median of the noise of an encoding as a share of the contrast, as measured on real copies (half
as large: 0.033, VP9 at 400 kbit/s: 0.022, H.264 at CRF 38: 0.06); lognormal, sigma 0.6."""

KEY_FRAMES = 2.0, 10.0
"""Seconds between the key frames of an encoding, on average: evenly between these."""

CHUNK = 250
"""Videos made at once by a process."""


@dataclass(frozen=True)
class Plan:
    """What each of the videos is.

    made_of: int64 (n,), the number of the original that a copy or near miss is made of, else its
    own. name: of the edit or near miss, "" for an original.
    """

    seed: int
    made_of: NDArray[np.int64]
    name: list[str]

    @classmethod
    def drawn(cls, seed: int, count: int) -> "Plan":
        """The plan of a library of `count` videos."""
        random = np.random.default_rng(seed)
        kinds = random.choice(3, count, p=[ORIGINALS, COPIES, 1 - ORIGINALS - COPIES])
        kinds[0] = 0
        originals = np.flatnonzero(kinds == 0)
        of = np.where(kinds == 0, np.arange(count), random.choice(originals, count))
        edits = random.choice(list(EDITS), count, p=list(EDITS.values()))
        misses = random.choice(list(NEAR_MISSES), count, p=list(NEAR_MISSES.values()))
        names = [("", str(edit), str(miss)) for edit, miss in zip(edits, misses, strict=True)]
        return cls(seed, of, [name[kind] for name, kind in zip(names, kinds, strict=True)])

    def key(self, number: int) -> str:
        """The hash by which a video is known."""
        return hashlib.sha256(f"{self.seed}/{number}".encode()).hexdigest()

    def true_pairs(self) -> dict[tuple[str, str], str]:
        """The copies with their originals, and the edit."""
        pairs = {}
        for number, name in enumerate(self.name):
            if name in EDITS:
                a, b = sorted((self.key(number), self.key(int(self.made_of[number]))))
                pairs[a, b] = name
        return pairs


@dataclass(frozen=True)
class Shot:
    """`seconds` of a real clip from `start` on, under other signs."""

    clip: Signature
    start: float
    seconds: float
    signs: Frames

    def at(self, times: NDArray[np.float64]) -> Frames:
        """The frames at some times since its start, (n, 135)."""
        places = np.interp(times + self.start, self.clip.times, np.arange(len(self.clip.times)))
        below = np.floor(places).astype(np.intp)
        above = np.minimum(below + 1, len(self.clip.times) - 1)
        share = (places - below).astype(np.float32)[:, None]
        levels = self.clip.levels
        frames: Frames = levels[below] * (1 - share) + levels[above] * share
        return frames * (self.signs * np.float32(self.clip.step))


def main() -> None:
    """Make a library."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--videos", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    make(options.source, options.target, options.videos, options.seed, options.jobs)


def make(source: Path, target: Path, count: int, seed: int, jobs: int) -> None:
    """Write a library into the store in `target`."""
    target.mkdir(parents=True, exist_ok=True)
    chunks = [range(first, min(first + CHUNK, count)) for first in range(0, count, CHUNK)]
    work = partial(_made, source, seed, count)
    with Store.open(target) as store, ProcessPoolExecutor(jobs) as pool:
        for made in pool.map(work, chunks):
            store.signatures.add_all(signature.ALGORITHM, made)


def _made(
    source: Path, seed: int, count: int, numbers: Sequence[int]
) -> list[tuple[str, Fingerprint]]:
    studio = _studio(source, seed, count)
    made = []
    for number in numbers:
        video = studio.video(number)
        sketch = PackedSketch(SKETCHING, *Sketch.of(video).to_bytes())
        fingerprint = Fingerprint("0" * 16, video.to_bytes(), None, sketch)
        made.append((studio.plan.key(number), fingerprint))
    return made


_studios: dict[tuple[Path, int, int], "Studio"] = {}


def _studio(source: Path, seed: int, count: int) -> "Studio":
    """One for each process."""
    wanted = source, seed, count
    if wanted not in _studios:
        _studios[wanted] = Studio(read_clips(source), Plan.drawn(seed, count))
    return _studios[wanted]


def read_clips(source: Path) -> list[Signature]:
    """The signatures of a store that have something to judge and last 2 s."""
    with Store.open(source) as store:
        files = sorted(store.signatures.files(signature.ALGORITHM))
        packed = store.signatures.of(signature.ALGORITHM, files)
    clips = map(Signature.from_bytes, packed.values())
    return [clip for clip in clips if clip.too_little is None and clip.duration >= 2]


@dataclass(frozen=True)
class Studio:
    """Makes the videos of a plan from real clips."""

    clips: list[Signature]
    plan: Plan

    def video(self, number: int) -> Signature:
        """The signature of a video."""
        random = np.random.default_rng((self.plan.seed, number))
        name, original = self.plan.name[number], int(self.plan.made_of[number])
        if name in EDITS:
            return self._copy(name, original, random)
        shots = self._shots(original)
        if name == "other part":
            shots = self._shots(original, other_part=True)
        elif name == "shared intro":
            intro = replace(shots[0], seconds=min(4.0, 0.3 * _seconds(shots), shots[0].seconds))
            shots = [intro, *self._shots(number)]
        video = sampled(shots, random)
        if name == "alike layout":
            video = self._alike_layout(video, number, random)
        return video

    def _shots(self, number: int, other_part: bool = False) -> list[Shot]:
        """Those of the original of this number, or of another part of the same takes."""
        random = np.random.default_rng((self.plan.seed, number, 1))
        seconds = float(np.clip(random.lognormal(np.log(MEDIAN_SECONDS), SPREAD), 2, 120))
        if random.random() < LONG:
            seconds = float(np.exp(random.uniform(np.log(600), np.log(3600))))
        shots: list[Shot] = []
        while (rest := seconds - _seconds(shots)) > 1e-3:
            clip = self.clips[random.integers(len(self.clips))]
            signs = random.choice(np.array([-1, 1], np.float32), ZONE.size)
            used = 0.6 * clip.duration
            start, most = (used, clip.duration - used) if other_part else (0.0, used)
            shots.append(Shot(clip, start, min(rest, most), signs))
        return shots

    def _copy(self, name: str, original: int, random: np.random.Generator) -> Signature:
        shots = self._shots(original)
        whole = _seconds(shots)
        start, end = {
            "end trimmed": (0.0, 0.85),
            "start trimmed": (0.1, 1.0),
            "both ends trimmed": (0.15, 0.8),
            "excerpt": (0.3, 0.7),
        }.get(name, (0.0, 1.0))
        if name == "excerpt" and whole >= 600:
            end = start + 20 / whole
        speed = 1.1 if name == "1.1 times as fast" else 1.0
        video = sampled(shots, random, (start * whole, end * whole), speed)
        frames = _edited(video.coefficients(), name, random)
        contrast = np.sqrt(np.square(frames).mean())
        spread = NOISE.get(name, NOISE["encoded"]) * float(np.exp(random.normal(0, 0.6)))
        weights = np.float32(min(0.3, spread) * contrast) * (0.7 + 0.05 * RADIUS)
        frames = frames + weights * random.standard_normal(frames.shape, np.float32)
        box = Box(0.0, 0.125, 1.0, 0.875) if name == "bars" else WHOLE
        return replace(quantised(video, frames), active=box)

    def _alike_layout(
        self, video: Signature, number: int, random: np.random.Generator
    ) -> Signature:
        other = sampled(self._shots(number)[:1], random, (0.0, video.duration), 1.0)
        frames, motion = video.coefficients(), other.coefficients()
        motion = motion[np.arange(len(frames)) % len(motion)]
        return quantised(video, frames.mean(axis=0) + motion - motion.mean(axis=0))


def _seconds(shots: Sequence[Shot]) -> float:
    return sum(shot.seconds for shot in shots)


def sampled(
    shots: Sequence[Shot],
    random: np.random.Generator,
    span: tuple[float, float] | None = None,
    speed: float = 1.0,
) -> Signature:
    """The signature of the shots in a row, between two moments in seconds, at a speed."""
    start, end = span or (0.0, _seconds(shots))
    duration = max(0.5, (end - start) / speed)
    times = np.array(list(_moments(duration, random)))
    moments = start + times * speed
    begins = np.cumsum([0.0, *(shot.seconds for shot in shots)])
    of = np.clip(np.searchsorted(begins, moments, "right") - 1, 0, len(shots) - 1)
    frames = np.empty((len(times), ZONE.size), np.float32)
    for number in np.unique(of):
        inside = of == number
        frames[inside] = shots[number].at(moments[inside] - begins[number])
    luma = np.full(len(times), 110, np.uint8)
    blank = np.zeros((len(times), ZONE.size), np.int8)
    empty = Signature(duration, 16 / 9, WHOLE, 0, 1.0, times.astype(np.float32), luma, blank)
    return quantised(empty, frames)


def _moments(duration: float, random: np.random.Generator) -> Iterator[float]:
    """When a video is looked at: all through, or for a while from some key frames on."""
    schedule = signature.schedule(duration)
    if not schedule.visit:
        first = random.uniform(0, min(schedule.interval, 0.04))
        yield from np.arange(first, duration, schedule.interval)
        return
    apart = random.uniform(*KEY_FRAMES)
    keys = np.cumsum(apart * random.uniform(0.5, 1.5, int(2 * duration / apart) + 2)) - apart
    keys = np.append(0.0, keys[(keys > 0) & (keys < duration)])
    wanted = np.arange(0, duration, schedule.visit)
    visited = keys[np.unique(np.searchsorted(keys, wanted, "right") - 1)]
    for start, end in zip(visited, np.append(visited[1:], duration), strict=True):
        yield from np.arange(start, start + schedule.share * (end - start), schedule.interval)


def quantised(video: Signature, frames: Frames) -> Signature:
    """The video with these frames, as a signature keeps them."""
    step = max(0.7, float(np.abs(frames).max(initial=0)) / 127)
    return replace(
        video, step=float(np.float32(step)), levels=np.round(frames / step).astype(np.int8)
    )


def _edited(frames: Frames, name: str, random: np.random.Generator) -> Frames:
    if name == "mirrored":
        return frames * np.where(ZONE % SIDE % 2, np.float32(-1), np.float32(1))
    if name.startswith("cropped"):
        share = 0.9 if name == "cropped by 10%" else 0.8
        return frames @ _cropping(share)
    if name == "brighter":
        return frames * np.float32(1.15)
    if name == "logo":
        picture = np.zeros((1, 48, 64), np.float32)
        left, top = random.choice([3, 45]), random.choice([3, 37])
        picture[0, top : top + 8, left : left + 16 : 2] = 120
        return frames + analyse(picture)[1]
    return frames


def _cropping(share: float) -> Frames:
    """The matrix (135, 135) that leaves the middle of the pictures."""
    points = (1 - share) / 2 + share * centres(32)
    along = basis(centres(32)).T @ basis(points) / 32
    plain = np.eye(ZONE.size, dtype=np.float32) / RADIUS
    cut = along @ blocks(plain) @ along.T
    matrix: Frames = (cut.reshape(ZONE.size, -1)[:, ZONE] * RADIUS).astype(np.float32)
    return matrix


if __name__ == "__main__":
    main()
