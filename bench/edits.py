"""Make copies of clips with the edits that people who upload videos again make.

    python bench/edits.py CLIPS OUT [--third N] [--clips N] [--only EDIT ...] [--jobs N]

Each clip CLIPS/BASE.ext gives OUT/BASE__original.ext, the same file, and OUT/BASE__EDIT-SETTING.mp4
for each setting of each edit that makes sense for it: a loop needs motion, a vertical crop a wide
picture. Files that are there are kept, so a run that was stopped goes on. The first setting of all
edits comes first. Needs the programs ffmpeg and ffprobe.

A clip FAMILY~CLIP is one part of a recording. Some edits show a second clip, of another family. The
table OUT-partners.csv, beside OUT, says which: two files with one partner have something in common
and are no false pair. --third takes every third clip in order of name, from the Nth on; the second
clips are then of other thirds, so that no original of the folder is among them, and never of third
0, which is held out.
"""

import argparse
import csv
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import chain, zip_longest
from pathlib import Path
from random import Random

import numpy as np

WIDTH = 480
"""Pixels to which wider clips, and wider edits of them, are scaled to save time."""

RATE = 30
"""Frames a second to which faster clips are reduced; the others keep theirs, made constant."""

LONGEST, LONGEST_LOOP, LONGEST_REPEATED = 40.0, 20.0, 60.0
"""Seconds: of a clip, for most edits; of a clip that is looped; of what looping makes of it."""

MOTION = 4.0
"""Standard deviation over time of a picture of 32 × 24 grey levels, its mean, from which on a clip
moves. A recording of a terminal in which little is written has less."""

WIDE = 1.3
"""Width by height from which on a picture is cropped to a vertical one."""

PICTURES = 4
"""Fewest pictures that a slide show consists of."""


@dataclass(frozen=True)
class Clip:
    """A clip at the size, and the constant frame rate, at which it is edited."""

    name: str
    path: Path
    seconds: float
    width: int
    height: int
    rate: Fraction
    motion: float

    @property
    def family(self) -> str:
        """The recording that it is a part of."""
        return self.name.split("~", 1)[0]


@dataclass(frozen=True)
class Shot:
    """`seconds` of a clip from `start` on, repeated if there is less of it."""

    clip: Clip
    start: float
    seconds: float
    backward: bool = False

    def options(self) -> list[str]:
        """By which ffmpeg reads it."""
        repeated = self.start + self.seconds > self.clip.seconds + 0.1
        again = ["-stream_loop", "-1"] if repeated else []
        span = ["-ss", f"{self.start:.3f}", "-t", f"{self.seconds:.3f}"]
        return [*again, *span, "-i", str(self.clip.path)]


@dataclass(frozen=True)
class Film:
    """What an edit makes of a clip: the shots that it takes, and the filters that join them."""

    shots: Sequence[Shot]
    graph: str


class Cast:
    """The clips that a film can show as well, drawn by chance, the same for the same film."""

    def __init__(self, film: str, clip: Clip, clips: Iterable[Clip]) -> None:
        self._chance = Random(film)
        self._clips = [other for other in clips if other.family != clip.family]

    def shot(self, seconds: float) -> Shot:
        """As much of a clip that was not drawn yet and that is long enough, if there is one."""
        enough = [clip for clip in self._clips if clip.seconds >= seconds]
        longest = sorted(self._clips, key=lambda clip: clip.seconds)[-3:]
        clip = self._chance.choice(enough or longest)
        self._clips.remove(clip)
        spare = max(0.0, clip.seconds - seconds)
        return Shot(clip, self._chance.uniform(0, spare), seconds)


Plan = Callable[[Clip, Cast], Film]


@dataclass(frozen=True)
class Edit:
    """How a copy is made, and of which clips; `crf` is the quality, the lower the better."""

    plan: Plan
    suits: Callable[[Clip], bool]
    crf: int = 26


@dataclass(frozen=True)
class Piece:
    """A part of a film, in percent of the clip. From 70 to 20 it runs backward."""

    start: float
    end: float

    def shot(self, clip: Clip, cast: Cast) -> Shot:
        """Where it is in the clip."""
        first, last = sorted((self.start, self.end))
        percent = clip.seconds / 100
        return Shot(clip, first * percent, (last - first) * percent, self.end < self.start)


@dataclass(frozen=True)
class Stranger:
    """A part of a film that is of another clip, as long as so many percent of the clip."""

    percent: float

    def shot(self, clip: Clip, cast: Cast) -> Shot:
        """Some of another clip."""
        return cast.shot(self.percent * clip.seconds / 100)


def row(*pieces: Piece | Stranger, then: str = "null") -> Plan:
    """The pieces one after another."""

    def plan(clip: Clip, cast: Cast) -> Film:
        shots = [piece.shot(clip, cast) for piece in pieces]
        lines = [f"[{n}:v]{fitted(shot, clip)}[{n}]" for n, shot in enumerate(shots)]
        labels = "".join(f"[{n}]" for n in range(len(shots)))
        joined = f"{labels}concat=n={len(shots)},{filled(then, clip)}"
        return Film(shots, ";".join([*lines, joined]))

    return plan


def fitted(shot: Shot, clip: Clip) -> str:
    """The filters that give a shot the size and the rate of a clip."""
    size = f"{clip.width}:{clip.height}"
    backward = ",reverse" if shot.backward else ""
    return (
        f"fps={clip.rate},scale={size}:force_original_aspect_ratio=increase,crop={size},"
        f"setsar=1,setpts=PTS-STARTPTS{backward}"
    )


def whole(filters: str) -> Plan:
    """The clip through filters, in which the attributes of the clip stand in braces."""
    return lambda clip, cast: Film([Shot(clip, 0, clip.seconds)], f"[0:v]{filled(filters, clip)}")


def repeated(times: int) -> Plan:
    """The clip so many times."""
    return lambda clip, cast: Film([Shot(clip, 0, clip.seconds * times)], "[0:v]null")


def together(filters: str) -> Plan:
    """The clip, [0:v], and as much of another one, [1:v], in one picture."""

    def plan(clip: Clip, cast: Cast) -> Film:
        shots = [Shot(clip, 0, clip.seconds), cast.shot(clip.seconds)]
        return Film(shots, filled(filters, clip))

    return plan


def filled(filters: str, clip: Clip) -> str:
    """The filters with the attributes of the clip in place of their names."""
    frames = max(1, round(clip.seconds * clip.rate))
    values = {name: getattr(clip, name) for name in ("seconds", "width", "height", "rate")}
    return filters.format(frames=frames, **values)


def faster(percent: int, rate: str) -> Plan:
    """The clip so fast, at the same frame rate or with all its pictures."""
    return whole(f"setpts=PTS*100/{percent},{rate}")


def window(size: str, left: str, top: str) -> Plan:
    """What a window onto the picture shows, whose place changes.

    In the three expressions, shares of the picture, p goes from 0 to 1 and s is the size.
    """
    places = (place.replace("s", f"({size})") for place in (left, top, "s"))
    x, y, s = (f"({place.replace('p', '(in/{frames})')})" for place in places)
    corners = [(x, y), (f"({x}+{s})", y), (x, f"({y}+{s})"), (f"({x}+{s})", f"({y}+{s})")]
    points = [f"x{n}='W*{x}':y{n}='H*{y}'" for n, (x, y) in enumerate(corners)]
    return whole(f"perspective={':'.join(points)}:interpolation=cubic:eval=frame")


def inset(share: float, place: str) -> Plan:
    """The clip small on another one; `share` is of the width."""
    shown = f"[0:v]scale=trunc(iw*{share}/2)*2:-2[small]"
    ground = "[1:v]fps={rate},scale={width}:{height}:force_original_aspect_ratio=increase"
    where = {"corner": "W-w-8:H-h-8", "top": "8:8", "centre": "(W-w)/2:(H-h)/2"}[place]
    cut = "crop={width}:{height},setsar=1[ground]"
    return together(f"{shown};{ground},{cut};[ground][small]overlay={where}:shortest=1")


def panel(side: str, as_large: bool = False) -> Plan:
    """Another clip beside, above or below the clip, with its own shape or as large."""
    across = side in ("left", "right")
    size = "-2:{height}" if across else "{width}:-2"
    fit = f"fps={{rate}},scale={size}"
    if as_large:
        cover = "scale={width}:{height}:force_original_aspect_ratio=increase"
        fit = f"fps={{rate}},{cover},crop={{width}}:{{height}}"
    pair = "[other][0:v]" if side in ("left", "above") else "[0:v][other]"
    return together(f"[1:v]{fit},setsar=1[other];{pair}{'hstack' if across else 'vstack'}")


def short(clip: Clip) -> bool:
    return clip.seconds <= LONGEST


def anyone(clip: Clip) -> bool:
    return True


def loops(clip: Clip) -> bool:
    return clip.seconds <= LONGEST_LOOP and moves(clip)


def moves(clip: Clip) -> bool:
    return short(clip) and clip.motion >= MOTION


def repeats(times: int, clip: Clip) -> bool:
    return loops(clip) and times * clip.seconds <= LONGEST_REPEATED


def lasts(seconds: float, clip: Clip) -> bool:
    return seconds <= clip.seconds


def wide(clip: Clip) -> bool:
    return short(clip) and clip.width / clip.height >= WIDE


HALF_SIZE = "scale=trunc(iw/4)*2:-2"

ALL, BACKWARD = Piece(0, 100), Piece(100, 0)

EDITS: dict[str, dict[str, Edit]] = {
    "shifted": {str(at): Edit(row(Piece(at, 100), Piece(0, at)), loops) for at in (50, 25, 75)},
    "repeated": {str(n): Edit(repeated(n), partial(repeats, n)) for n in (4, 2, 10, 20)},
    "boomerang": {
        "forward": Edit(row(ALL, BACKWARD), loops),
        "backward": Edit(row(BACKWARD, ALL), loops),
        "twice": Edit(row(ALL, BACKWARD, ALL, BACKWARD), loops),
    },
    "reversed": {
        "whole": Edit(row(BACKWARD), moves),
        "half": Edit(row(BACKWARD, then=HALF_SIZE), moves),
        "lowrate": Edit(row(BACKWARD), moves, crf=38),
    },
    "speed": {
        **{str(s): Edit(faster(s, "fps={rate}"), short) for s in (50, 200, 67, 150)},
        **{f"{s}-all": Edit(faster(s, f"fps={{rate}}*{s}/100"), short) for s in (200, 50, 150, 67)},
    },
    "fade": {
        f"{s * 1000:.0f}ms": Edit(
            whole(f"reverse,fade=d={s},reverse,fade=d={s}"), partial(lasts, 4 * s)
        )
        for s in (1, 0.5, 2)
    },
    "exchanged": {
        "halves": Edit(row(Piece(50, 100), Piece(0, 50)), anyone),
        "40": Edit(row(Piece(40, 100), Piece(0, 40)), short),
        "231": Edit(row(Piece(33, 67), Piece(67, 100), Piece(0, 33)), short),
        "321": Edit(row(Piece(67, 100), Piece(33, 67), Piece(0, 33)), short),
        "213": Edit(row(Piece(33, 67), Piece(0, 33), Piece(67, 100)), short),
    },
    "cut": {
        "third": Edit(row(Piece(0, 33.3), Piece(66.7, 100)), anyone),
        "20to50": Edit(row(Piece(0, 20), Piece(50, 100)), short),
        "quarter": Edit(row(Piece(0, 37.5), Piece(62.5, 100)), short),
    },
    "advert": {
        str(percent): Edit(row(Piece(0, 50), Stranger(percent), Piece(50, 100)), short)
        for percent in (33, 25, 50)
    },
    "joined": {
        "after": Edit(row(ALL, Stranger(100)), short),
        "before": Edit(row(Stranger(100), ALL), short),
        "half-before": Edit(row(Stranger(50), ALL), short),
    },
    "framed": {
        str(kept): Edit(row(Stranger(left), Piece(left, 100 - left), Stranger(left)), short)
        for kept, left in ((60, 20), (50, 25), (70, 15))
    },
    "vertical": {
        name: Edit(whole(f"crop=ih*9/16:ih:(iw-ow)*{place}:0"), wide)
        for name, place in (("middle", 0.5), ("left", 0), ("right", 1))
    },
    "zoom": {
        "in": Edit(window("1/(1+0.3*p)", "(1-s)/2", "(1-s)/2"), short),
        "pan": Edit(window("1/1.2", "(1-s)*p", "(1-s)/2"), short),
        "in-pan": Edit(window("1/(1+0.15*p)", "(1-s)*p", "(1-s)*p"), short),
        "out": Edit(window("1/(1.3-0.3*p)", "(1-s)/2", "(1-s)/2"), short),
    },
    "panel": {
        **{side: Edit(panel(side), short) for side in ("left", "below", "right", "above")},
        **{
            f"{side}-half": Edit(panel(side, as_large=True), short)
            for side in ("right", "above", "left", "below")
        },
    },
    "inset": {
        "60-centre": Edit(inset(0.6, "centre"), short),
        "75-corner": Edit(inset(0.75, "corner"), short),
        "50-top": Edit(inset(0.5, "top"), short),
        "50-centre": Edit(inset(0.5, "centre"), short),
        "60-corner": Edit(inset(0.6, "corner"), short),
    },
    "inverted": {
        "all": Edit(whole("negate"), anyone),
        "luma": Edit(whole("lutyuv=y=negval"), short),
        "half": Edit(whole(f"negate,{HALF_SIZE}"), short),
    },
    "slides": {
        name: Edit(whole(f"fps={rate}"), partial(lasts, PICTURES / rate))
        for name, rate in (("1fps", 1.0), ("2fps", 2.0), ("half-fps", 0.5))
    },
}


def main() -> None:
    """Make the copies."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--third", type=int, choices=(0, 1, 2))
    parser.add_argument("--clips", type=int, dest="count", metavar="N", help="only the first N")
    parser.add_argument("--only", nargs="+", choices=EDITS, metavar="EDIT", default=list(EDITS))
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    chosen, others = split(sorted(options.clips.iterdir()), options.third)
    chosen = chosen[: options.count]
    copy_originals(chosen, options.out)
    with tempfile.TemporaryDirectory() as work, ThreadPoolExecutor(options.jobs) as pool:
        paths = sorted({*chosen, *others})
        clips = dict(zip(paths, pool.map(partial(prepare, Path(work)), paths), strict=True))
        films = dict(
            planned(
                [clips[path] for path in chosen], [clips[path] for path in others], options.only
            )
        )
        write_partners(options.out.with_name(f"{options.out.name}-partners.csv"), films)
        for problem in pool.map(partial(make, options.out), films.items()):
            if problem:
                print(problem, flush=True)
    print(f"{len(chosen)} clips, {len(films)} copies in {options.out}")


def split(paths: Sequence[Path], third: int | None) -> tuple[Sequence[Path], Sequence[Path]]:
    """The clips to edit, and those that can be shown beside them."""
    if third is None:
        return paths, paths
    others = [path for n, path in enumerate(paths) if n % 3 not in (third, 0)]
    return paths[third::3], others


def copy_originals(paths: Iterable[Path], out: Path) -> None:
    for path in paths:
        copy = out / f"{path.stem}__original{path.suffix}"
        if not copy.exists():
            shutil.copyfile(path, copy)


def prepare(work: Path, path: Path) -> Clip:
    """A smaller copy of a clip, hardly compressed, which the edits start from."""
    rate = min(Fraction(probed(path)["r_frame_rate"]), Fraction(RATE))
    small = work / f"{path.stem}.mp4"
    size = f"scale='trunc(min({WIDTH},iw*sar)/2)*2':-2,setsar=1"
    encode(["-i", str(path)], f"[0:v]fps={rate},{size}", small, crf=12)
    made = probed(small)
    return Clip(
        name=path.stem,
        path=small,
        seconds=float(made["duration"]),
        width=int(made["width"]),
        height=int(made["height"]),
        rate=rate,
        motion=motion_of(small),
    )


def probed(path: Path) -> dict[str, str]:
    """What ffprobe says of the picture."""
    command = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_streams", "-of", "json"]
    said = subprocess.run([*command, path], capture_output=True, check=True).stdout
    stream: dict[str, str] = json.loads(said)["streams"][0]
    return stream


def motion_of(path: Path) -> float:
    """How much the picture changes, in the unit of `MOTION`."""
    command = ["ffmpeg", "-v", "error", "-nostdin", "-threads", "1", "-i", str(path)]
    small = ["-vf", "fps=5,scale=32:24", "-pix_fmt", "gray", "-f", "rawvideo", "-"]
    pictures = subprocess.run([*command, *small], capture_output=True, check=True).stdout
    return float(np.frombuffer(pictures, np.uint8).reshape(-1, 32 * 24).std(axis=0).mean())


def planned(
    clips: Sequence[Clip], others: Sequence[Clip], edits: Iterable[str]
) -> Iterator[tuple[str, tuple[Film, int]]]:
    """The films with their names and qualities, the first settings first."""
    settings = [[(f"{edit}-{name}", how) for name, how in EDITS[edit].items()] for edit in edits]
    for setting in chain(*zip_longest(*settings)):
        for clip in clips if setting else ():
            label, edit = setting
            name = f"{clip.name}__{label}.mp4"
            if edit.suits(clip):
                yield name, (edit.plan(clip, Cast(name, clip, others)), edit.crf)


def write_partners(path: Path, films: dict[str, tuple[Film, int]]) -> None:
    """The clips that the films show beside their own."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(("file", "partner"))
        for name, (film, _) in films.items():
            shown = {shot.clip.name for shot in film.shots} - {name.rsplit("__", 1)[0]}
            table.writerows((name, partner) for partner in sorted(shown))


def make(out: Path, item: tuple[str, tuple[Film, int]]) -> str | None:
    """Make a film if it is not there; returns what went wrong."""
    name, (film, crf) = item
    if (out / name).exists():
        return None
    part = out / f"part-{name.replace('__', '-')}"
    try:
        encode([option for shot in film.shots for option in shot.options()], film.graph, part, crf)
    except subprocess.CalledProcessError as error:
        part.unlink(missing_ok=True)
        return f"{name}: {error.stderr.strip()[:300]}"
    part.rename(out / name)
    return None


def encode(inputs: Sequence[str], graph: str, target: Path, crf: int) -> None:
    """Run ffmpeg on one thread."""
    program = ["ffmpeg", "-v", "error", "-y", "-nostdin", "-filter_complex_threads", "1"]
    size = f"scale='trunc(min({WIDTH},iw)/2)*2':'trunc(min({WIDTH},iw)/iw*ih/2)*2'"
    picture = ["-filter_complex", f"{graph},{size},setsar=1,format=yuv420p[out]", "-map", "[out]"]
    coding = ["-c:v", "libx264", "-preset", "veryfast", "-crf", str(crf), "-threads", "1"]
    command = [*program, *inputs, *picture, *coding, "-an", "-map_metadata", "-1", str(target)]
    subprocess.run(command, capture_output=True, text=True, check=True)


if __name__ == "__main__":
    main()
