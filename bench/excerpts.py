"""Which short excerpts of long videos are found.

    python bench/excerpts.py CLIPS WORK [--minutes 10 60] [--seconds 20 10 5] [--count 40]

A long video shows clips of CLIPS, each once, and generated films that make up the rest of the time.
The excerpts are cut from the clips at random moments, scaled to half the size and encoded anew. All
are made in WORK, unless they are there. Then the program runs over WORK, and each excerpt should be
paired with the video it was cut from. Needs the programs ffmpeg and ffprobe.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

WIDTH, HEIGHT, RATE = 480, 270, 25
"""Of the long videos; clips of another shape get bars."""

LONGEST = 30.0
"""Seconds of a clip in a long video, at most."""

CLIPS_IN_A_ROW = 6
"""Clips between two generated films."""

FILLERS = (
    "sierpinski=seed={seed}:jump=3",
    "life=mold=10:ratio=0.2:death_color=#C83232:life_color=#00ff00:seed={seed}",
    "gradients=n=6:speed=0.05:seed={seed}",
    "testsrc2",
    "cellauto=rule=110:seed={seed}",
)
"""Films of ffmpeg that fill the time between the clips."""


@dataclass(frozen=True)
class Scene:
    """What a long video shows from `start` on, in seconds."""

    source: Path | str
    start: float
    seconds: float

    @property
    def is_clip(self) -> bool:
        """Whether it is a clip and no generated film."""
        return isinstance(self.source, Path)


def main() -> None:
    """Make the videos and print which excerpts are found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--minutes", type=int, nargs="+", default=[10, 60])
    parser.add_argument("--seconds", type=int, nargs="+", default=[20, 10, 5])
    parser.add_argument("--count", type=int, default=40, help="excerpts of each length")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    clips = sorted(options.clips.iterdir())
    for minutes in options.minutes:
        scenes = list(planned(clips, 60.0 * minutes, Random(minutes)))
        film = options.work / f"{minutes}min__film.mp4"
        make_film(scenes, film)
        for seconds in options.seconds:
            for number, start in enumerate(cuts(scenes, seconds, options.count)):
                cut = options.work / f"{minutes}min__{seconds}s-{number}.mp4"
                make_cut(film, start, seconds, cut)
    report(sorted(path.name for path in options.work.glob("*.mp4")), pairs_in(options.work))


def planned(clips: Sequence[Path], seconds: float, random: Random) -> Iterator[Scene]:
    """Clips, each once, and between them the fillers that make up so many seconds."""
    chosen = [(clip, min(LONGEST, length_of(clip))) for clip in random.sample(clips, len(clips))]
    rows = math.ceil(len(chosen) / CLIPS_IN_A_ROW)
    spare = max(0.0, seconds - sum(length for _, length in chosen)) / rows
    start = 0.0
    for number, (clip, length) in enumerate(chosen, 1):
        if start + length > seconds:
            return
        yield Scene(clip, start, length)
        start += length
        if spare and number % CLIPS_IN_A_ROW == 0:
            film = FILLERS[number // CLIPS_IN_A_ROW % len(FILLERS)]
            yield Scene(film.format(seed=number), start, spare)
            start += spare


def length_of(path: Path) -> float:
    """Seconds."""
    command = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0"]
    return float(subprocess.run([*command, path], capture_output=True, check=True).stdout)


def make_film(scenes: Sequence[Scene], target: Path) -> None:
    """The scenes one after another."""
    if target.exists():
        return
    shape = (
        f"fps={RATE},scale={WIDTH}:{HEIGHT}:force_original_aspect_ratio=decrease,"
        f"pad={WIDTH}:{HEIGHT}:-1:-1,setsar=1,format=yuv420p"
    )
    parts = target.with_suffix(".parts")
    parts.mkdir(exist_ok=True)
    lines = []
    for number, scene in enumerate(scenes):
        part = parts / f"{number:04}.mkv"
        span = ["-t", f"{scene.seconds:.3f}"]
        given = ["-f", "lavfi"] if not scene.is_clip else []
        encode([*given, *span, "-i", str(scene.source), "-vf", shape, "-crf", "20"], part)
        lines.append(f"file '{part.resolve()}'\n")
    table = parts / "all.txt"
    table.write_text("".join(lines))
    encode(["-f", "concat", "-safe", "0", "-i", str(table), "-crf", "26"], target)


def make_cut(film: Path, start: float, seconds: float, target: Path) -> None:
    """A part of a film at half its size."""
    if not target.exists():
        span = ["-ss", f"{start:.3f}", "-t", str(seconds), "-i", str(film)]
        encode([*span, "-vf", "scale=iw/2:-2", "-crf", "30"], target)


def encode(options: Sequence[str], target: Path) -> None:
    """Run ffmpeg on one thread, with its usual distance of key frames."""
    part = target.with_name(f"part-{target.name}")
    coding = ["-c:v", "libx264", "-preset", "veryfast", "-threads", "1", "-an"]
    command = ["ffmpeg", "-v", "error", "-y", "-nostdin", *options, *coding, str(part)]
    subprocess.run(command, check=True)
    part.rename(target)


def cuts(scenes: Sequence[Scene], seconds: float, count: int) -> Iterator[float]:
    """Where excerpts that last so long begin: each within one clip, or from one into the next."""
    random = Random(f"{len(scenes)} {seconds}")
    end = max(scene.start + scene.seconds for scene in scenes)
    fillers = [scene for scene in scenes if not scene.is_clip]
    while count:
        start = random.uniform(0, end - seconds)
        shown = sum(
            max(0.0, min(start + seconds, f.start + f.seconds) - max(start, f.start))
            for f in fillers
        )
        if shown == 0:
            count -= 1
            yield start


def pairs_in(folder: Path) -> set[tuple[str, str]]:
    """The names of the files of each pair that the program finds in a folder."""
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "hydrus_video_deduplicator", "--json"]
        options = ["--folder", str(folder), "--data-dir", data]
        done = subprocess.run([*command, *options], capture_output=True, check=True)
    pairs = json.loads(done.stdout)["pairs"]
    return {(pair["a_file"], pair["b_file"]) for pair in pairs}


def report(names: Sequence[str], pairs: Collection[tuple[str, str]]) -> None:
    """How many excerpts are paired with their film."""
    found, made = Counter[str](), Counter[str]()
    for name in names:
        kind = name.rsplit("-", 1)[0]
        film = f"{name.split('__')[0]}__film.mp4"
        if name != film:
            made[kind] += 1
            found[kind] += not {(name, film), (film, name)}.isdisjoint(pairs)
    for kind, count in made.items():
        print(f"{kind}: {found[kind]} of {count}")


if __name__ == "__main__":
    main()
