"""How often the advice of `review` names the better copy, on copies made from clips.

    python bench/advice.py CLIPS OUT [--clips N] [--only EDIT ...] [--width PIXELS] [--unexamined]

Takes N clips of CLIPS, one of each family FAMILY~CLIP.ext, spread evenly over their names. The
first seconds of each, made small, are its original. OUT/EDIT holds the originals and one copy of
each, made by an edit, as lossless to the eye as the original unless the edit says otherwise. Each
folder is compared and advised on as `review` does it with the key E, or as `report` does it, which
does not compare the pictures. Files that are there are kept. Needs the program ffmpeg.

The original is the better copy in every pair: no edit adds anything. To name it is right, to name
the other one is wrong; not to tell is neither. Every third clip is held out: no rule or bound of
the program may be chosen by it.
"""

import argparse
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hydrus_video_deduplicator.library.folder import FolderLibrary
from hydrus_video_deduplicator.match import THRESHOLDS, Kind
from hydrus_video_deduplicator.report import Wanted
from hydrus_video_deduplicator.review.desk import Desk, Terms
from hydrus_video_deduplicator.stages.pools import ProcessPool
from hydrus_video_deduplicator.stages.workers import Crew
from hydrus_video_deduplicator.store import Store

SECONDS = 8
"""Of a clip, at most."""

WIDTH = 400
"""Pixels to which wider clips are scaled."""

RATE = 30
"""Frames a second to which faster clips are reduced."""

FINE, LOW, POOR = 18, 34, 42
"""CRF of what loses little, of a common low quality, and of a copy that looks poor."""

MOVING = 0.75
"""Share of a copy with a frozen end that moves."""

TIMES = 10
"""Bit rate of a poor copy that was encoded again, as a multiple of its own."""


@dataclass(frozen=True)
class Clip:
    """An original, with its frames a second and seconds."""

    path: Path
    rate: float
    seconds: float


Edit = Callable[[Clip, Path], None]
"""Makes a copy of an original."""


def filtered(filters: str, crf: int = FINE) -> Edit:
    """The original through filters, in which its rate and seconds stand in braces."""

    def make(clip: Clip, target: Path) -> None:
        numbers = {"twice": 2 * clip.rate, "end": MOVING * clip.seconds}
        still = (1 - MOVING) * clip.seconds
        encode(clip.path, target, filters.format(**numbers, still=still), crf)

    return make


def recoded(clip: Clip, target: Path) -> None:
    """A poor copy, encoded again at a much higher rate."""
    poor = target.with_name(f"poor-{target.name}")
    encode(clip.path, poor, "null", POOR)
    rate = TIMES * 8 * poor.stat().st_size / clip.seconds
    ffmpeg("-i", poor, "-c:v", "libx264", "-preset", "veryfast", "-b:v", f"{rate:.0f}", target)
    poor.unlink()


EDITS: Mapping[str, Edit] = {
    "half as large": filtered("scale=trunc(iw/4)*2:-2"),
    "low quality": filtered("null", LOW),
    "enlarged 2×": filtered("scale=2*iw:2*ih:flags=lanczos"),
    "enlarged 4×": filtered("scale=4*iw:4*ih:flags=lanczos"),
    "half, enlarged": filtered("scale=iw/2:ih/2,scale=2*iw:2*ih:flags=lanczos"),
    "quarter, enlarged": filtered("scale=iw/4:ih/4,scale=4*iw:4*ih:flags=lanczos"),
    "poor, encoded again": recoded,
    "sharpened": filtered("unsharp=5:5:1.5"),
    "denoised": filtered("hqdn3d=6"),
    "end frozen": filtered("trim=end={end},tpad=stop_mode=clone:stop_duration={still}"),
    "half, end frozen": filtered(
        "scale=trunc(iw/4)*2:-2,trim=end={end},tpad=stop_mode=clone:stop_duration={still}"
    ),
    "still end added": filtered("tpad=stop_mode=clone:stop_duration={still}"),
    "frames doubled": filtered("fps={twice}"),
    "frames blended": filtered("minterpolate=fps={twice}:mi_mode=blend"),
}


def main() -> None:
    """Make what is missing, and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--clips", type=int, dest="count", default=20, metavar="N")
    parser.add_argument("--only", nargs="+", choices=EDITS, metavar="EDIT", default=list(EDITS))
    parser.add_argument("--width", type=int, default=WIDTH)
    parser.add_argument("--unexamined", action="store_true", help="as the report advises")
    options = parser.parse_args()
    originals = options.out / "originals"
    originals.mkdir(parents=True, exist_ok=True)
    clips = [
        original(path, originals, options.width) for path in chosen(options.clips, options.count)
    ]
    held_out = {clip.path.stem for clip in clips[::3]}
    counts: dict[str, Counter[tuple[str, bool]]] = {}
    for edit in options.only:
        folder = options.out / edit
        make(EDITS[edit], clips, folder)
        told = dict(advised(folder, examines=not options.unexamined))
        counts[edit] = Counter()
        for clip in clips:
            name = clip.path.stem
            verdict, why = told.get(name, ("not found", "no match"))
            counts[edit][verdict, name in held_out] += 1
            if verdict != "right":
                print(f"{edit}: {name}{' (held out)' * (name in held_out)}: {verdict}: {why}")
    print_table(counts)


def chosen(folder: Path, count: int) -> Sequence[Path]:
    """Clips of as many families, spread evenly over their names."""
    families = {path.name.split("~", 1)[0]: path for path in sorted(folder.iterdir())[::-1]}
    paths = sorted(families.values())
    return [paths[number * len(paths) // count] for number in range(min(count, len(paths)))]


def original(source: Path, folder: Path, width: int) -> Clip:
    """What the copies of a clip are made from."""
    target = folder / f"{source.stem}.mp4"
    if not target.exists():
        size = f"scale='trunc(min({width},iw*sar)/16)*16':-16,setsar=1"
        first = ["-t", str(SECONDS)]
        encode(source, target, f"{size},fps='min({RATE},source_fps)'", FINE, first)
    probe = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-of", "csv=p=0"]
    entries = ["-show_entries", "stream=r_frame_rate,duration"]
    said = subprocess.run([*probe, *entries, target], capture_output=True, check=True, text=True)
    rate, seconds = said.stdout.strip().split(",")
    above, below = rate.split("/")
    return Clip(target, int(above) / int(below), float(seconds))


def make(edit: Edit, clips: Sequence[Clip], folder: Path) -> None:
    """The originals and their copies, in one folder."""
    folder.mkdir(exist_ok=True)
    for clip in clips:
        copy = folder / f"{clip.path.stem}__copy.mp4"
        if not copy.exists():
            part = folder / f"part-{copy.name}"
            edit(clip, part)
            part.rename(copy)
        if not (folder / clip.path.name).exists():
            (folder / clip.path.name).hardlink_to(clip.path)


def encode(source: Path, target: Path, filters: str, crf: int, reading: Sequence[str] = ()) -> None:
    options = ["-vf", filters, "-pix_fmt", "yuv420p", "-an", "-map_metadata", "-1"]
    coding = ["-c:v", "libx264", "-preset", "veryfast", "-crf", str(crf)]
    ffmpeg(*reading, "-i", source, *options, *coding, target)


def ffmpeg(*options: str | Path) -> None:
    """Run the program on one thread."""
    program = ["ffmpeg", "-v", "error", "-y", "-nostdin", "-filter_threads", "1", "-threads", "1"]
    subprocess.run([*program, *options], check=True)


def advised(folder: Path, *, examines: bool) -> Iterator[tuple[str, tuple[str, str]]]:
    """What the advice is worth for each clip whose copy was found, and its words."""
    data = folder.with_name(f"{folder.name}-data")
    program = [sys.executable, "-m", "hydrus_video_deduplicator", "--jobs", "1"]
    subprocess.run(
        [*program, "--folder", folder, "--data-dir", data], check=True, stdout=subprocess.DEVNULL
    )
    wanted = Wanted(THRESHOLDS["normal"], frozenset(Kind), most=1000, pictures=False)
    with Store.open(data) as store, ProcessPool(1) as pool:
        library = FolderLibrary(folder, store.file_hashes.find)
        for _ in library.survey():
            pass
        desk = Desk(wanted, library, store, Crew(pool, time_limit=120), Terms())
        for card in desk.cards:
            told = desk.card(card.number, examines=examines)
            names = [Path(file["name"]).stem for file in told["files"]]
            (clip, *others) = {name.removesuffix("__copy") for name in names}
            if not others:
                verdict = "cannot tell" if told["best"] is None else "right"
                if verdict == "right" and names[told["best"]].endswith("__copy"):
                    verdict = "wrong"
                yield clip, (verdict, told["advice"])


def print_table(counts: Mapping[str, Counter[tuple[str, bool]]]) -> None:
    verdicts = ("right", "cannot tell", "wrong", "not found")
    print(f"\n| copy | {' | '.join(verdicts)} |\n|---{'|---:' * len(verdicts)}|")
    every = sum(counts.values(), Counter())
    for edit, counted in {**counts, "**all**": every}.items():
        cells = (f"{counted[v, False] + counted[v, True]} ({counted[v, True]})" for v in verdicts)
        print(f"| {edit} | {' | '.join(cells)} |")
    print("\nIn brackets: of them held out.")


if __name__ == "__main__":
    main()
