"""Hash files that were broken on purpose, and see whether the run survives them.

    python bench/fuzz.py [--files 5000] [--seed 1] [--jobs 2] [--save FOLDER]

Makes a small file of each of 22 kinds, mutates them (the same seed gives the same files), and hands
them to the worker processes of a run, which hash them and listen to them. Prints the results and
the memory of the workers. Files that crash, hang or cause an unforeseen error are kept in FOLDER,
and the exit code is then 1.
"""

import argparse
import json
import os
import re
import resource
import sys
import tempfile
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from statistics import median
from time import monotonic
from typing import BinaryIO

import av
import numpy as np
from PIL import Image

from hydrus_video_deduplicator.errors import UnreadableVideo
from hydrus_video_deduplicator.library import Source
from hydrus_video_deduplicator.samples import Picture, scene
from hydrus_video_deduplicator.stages.hashing import hash_file
from hydrus_video_deduplicator.stages.listening import hear_file
from hydrus_video_deduplicator.stages.pools import ProcessPool
from hydrus_video_deduplicator.stages.workers import Crew

TIME_LIMIT = 30.0
"""Seconds for a file. The largest seed takes a tenth of one."""

MEMORY_LIMIT = 1024
"""MiB for a file. Fewer than in a run, so that more is found."""

PART = 500
"""Files over which the memory of a worker is a median: at the start of its life, in the middle and
at the end."""

FPS, SECONDS, WIDTH, HEIGHT = 12, 3, 96, 64

KINDS = {
    "h264.mp4": ("libx264", "yuv420p", "aac"),
    "hevc.mp4": ("libx265", "yuv420p", None),
    "prores.mov": ("prores", "yuv422p10le", "pcm_s16le"),
    "vp9.mkv": ("libvpx-vp9", "yuv420p", "libopus"),
    "av1.mkv": ("libsvtav1", "yuv420p", None),
    "vp8.webm": ("libvpx", "yuv420p", "libopus"),
    "vp9-alpha.webm": ("libvpx-vp9", "yuva420p", None),
    "mpeg4.avi": ("mpeg4", "yuv420p", "libmp3lame"),
    "flv1.flv": ("flv", "yuv420p", None),
    "wmv2.wmv": ("wmv2", "yuv420p", "mp2"),
    "h264.ts": ("libx264", "yuv420p", "aac"),
    "mpeg2.mpg": ("mpeg2video", "yuv420p", "mp2"),
    "vp8.ogv": ("libvpx", "yuv420p", None),
    "gif.gif": ("gif", "rgb8", None),
    "apng.apng": ("apng", "rgb24", None),
}
"""Video encoder, its pixel format, and sound encoder of each seed."""

WITH_PILLOW = ("webp.webp", "avif.avif")

HEIF_BRANDS = (b"hevc", b"msf1", b"iso8")
"""Of a sequence of HEVC pictures (ISO/IEC 23008-12)."""

NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
"""What a length or a size is set to: where programs go wrong."""

RATE = 48_000


def main() -> int:
    """Fuzz; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--save", type=Path, default=Path("fuzz-findings"), metavar="FOLDER")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seeds = make_seeds(Path(folder))
        tally = Tally(options.save, options.files)
        work = ((str(n), Mutant(seeds, options.seed, n)) for n in range(options.files))
        with ProcessPool(options.jobs) as pool:
            crew = Crew(pool, TIME_LIMIT, memory_limit=MEMORY_LIMIT)
            for name, outcome in crew.work_through(examine, work, lambda *done: done):
                tally.count(Mutant(seeds, options.seed, int(name)), outcome)
    tally.show()
    return 1 if tally.findings else 0


@dataclass(frozen=True)
class Mutant:
    """A `Source`: the file of this number, made where it is read."""

    seeds: tuple[Path, ...]
    seed: int
    number: int

    @property
    def name(self) -> str:
        """The kinds take turns."""
        return self.seeds[self.number % len(self.seeds)].name

    def open(self) -> BinaryIO:
        """See `Source`."""
        return BytesIO(self.data())

    def data(self) -> bytes:
        """Its bytes."""
        dice = np.random.default_rng([self.seed, self.number])
        data = bytearray(self.seeds[self.number % len(self.seeds)].read_bytes())
        other = self.seeds[dice.integers(len(self.seeds))].read_bytes()
        for _ in range(dice.integers(1, 5)):
            mutation = MUTATIONS[dice.integers(len(MUTATIONS))]
            mutation(data, dice, other)
        return bytes(data)


# --- mutations: each changes the data in place


def flip_bits(data: bytearray, dice: np.random.Generator, _: bytes) -> None:
    for _ in range(2 ** dice.integers(8)):
        if data:
            data[dice.integers(len(data))] ^= 1 << int(dice.integers(8))


def blank(data: bytearray, dice: np.random.Generator, _: bytes) -> None:
    start, end = _stretch(data, dice)
    data[start:end] = bytes(end - start)


def scramble(data: bytearray, dice: np.random.Generator, _: bytes) -> None:
    start, end = _stretch(data, dice)
    data[start:end] = dice.bytes(end - start)


def repeat(data: bytearray, dice: np.random.Generator, _: bytes) -> None:
    start, end = _stretch(data, dice)
    data[start:start] = data[start:end] * int(dice.integers(1, 4))


def leave_out(data: bytearray, dice: np.random.Generator, _: bytes) -> None:
    start, end = _stretch(data, dice)
    del data[start:end]


def truncate(data: bytearray, dice: np.random.Generator, _: bytes) -> None:
    del data[dice.integers(len(data) + 1) :]


def edit_header(data: bytearray, dice: np.random.Generator, _: bytes) -> None:
    _set_number(data, int(dice.integers(min(len(data), 600) + 1)), dice)


def edit_length(data: bytearray, dice: np.random.Generator, _: bytes) -> None:
    """Beside the four letters that name a chunk, a box, a codec: its length and its fields."""
    names = [match.start() for match in re.finditer(rb"[A-Za-z][A-Za-z0-9 ]{3}", data)]
    if names:
        place = names[dice.integers(len(names))] + int(dice.choice((-4, 4, 8, 12, 16, 20, 24)))
        _set_number(data, max(0, place), dice)


def splice(data: bytearray, dice: np.random.Generator, other: bytes) -> None:
    data[dice.integers(len(data) + 1) :] = other[dice.integers(len(other)) :]


MUTATIONS: Sequence[Callable[[bytearray, np.random.Generator, bytes], None]] = (
    flip_bits,
    blank,
    scramble,
    repeat,
    leave_out,
    truncate,
    edit_header,
    edit_length,
    edit_length,
    splice,
)


def _stretch(data: bytearray, dice: np.random.Generator) -> tuple[int, int]:
    start = int(dice.integers(len(data) + 1))
    return start, min(len(data), start + int(2 ** dice.uniform(0, 12)))


def _set_number(data: bytearray, place: int, dice: np.random.Generator) -> None:
    size, order = int(dice.choice((1, 2, 4, 8))), ("big", "little")[dice.integers(2)]
    number = NUMBERS[dice.integers(len(NUMBERS))] % (1 << 8 * size)
    end = min(len(data), place + size)
    data[place:end] = number.to_bytes(size, order)[: end - place]


# --- what becomes of the files


@dataclass(frozen=True)
class Outcome:
    """What a worker says of a file and of itself.

    reason: why there is no signature, or None. memory, peak: MiB of the worker.
    """

    reason: str | None
    is_foreseen: bool
    seconds: float
    worker: int
    memory: float
    peak: float


def examine(source: Source) -> Outcome:
    """Hash a file and listen to it. Runs in a worker."""
    began, reason, is_foreseen = monotonic(), None, True
    for task in (hash_file, hear_file):
        try:
            task(source)
        except UnreadableVideo as error:
            reason = str(error)
        except MemoryError:
            raise
        except Exception as error:
            reason, is_foreseen = f"{type(error).__name__}: {error}", False
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return Outcome(
        reason=reason,
        is_foreseen=is_foreseen,
        seconds=monotonic() - began,
        worker=os.getpid(),
        memory=pages * resource.getpagesize() / 2**20,
        peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10,
    )


class Tally:
    """Counts what became of the files."""

    def __init__(self, folder: Path, files: int) -> None:
        self.findings: list[str] = []
        self._folder = folder
        self._files = files
        self._done = 0
        self._reasons: Counter[str] = Counter()
        self._kinds: dict[str, Counter[bool]] = defaultdict(Counter)
        self._memory: dict[int, list[float]] = defaultdict(list)
        self._peak = 0.0
        self._slowest: list[tuple[float, str]] = []

    def count(self, mutant: Mutant, outcome: Outcome | Exception) -> None:
        """The outcome of a file."""
        self._done += 1
        if sys.stderr.isatty():
            print(f"\r{self._done} of {self._files}", end="", file=sys.stderr)
        name = f"{mutant.seed}-{mutant.number}-{mutant.name}"
        reason = str(outcome)
        if isinstance(outcome, Outcome):
            reason = outcome.reason or "hashed"
            self._memory[outcome.worker].append(outcome.memory)
            self._peak = max(self._peak, outcome.peak)
            self._slowest = sorted([*self._slowest, (outcome.seconds, name)])[-5:]
        self._reasons[re.sub(r"\d+", "N", reason)] += 1
        self._kinds[mutant.name][reason == "hashed"] += 1
        is_foreseen = isinstance(outcome, Outcome) and outcome.is_foreseen
        if not is_foreseen and "MiB of memory" not in reason:
            self.findings.append(f"{name}: {reason}")
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / name).write_bytes(mutant.data())
            print(f"\n{self.findings[-1]}", file=sys.stderr)

    def show(self) -> None:
        """Print all figures."""
        print(f"{self._done} files of {len(self._kinds)} kinds, {len(self.findings)} findings\n")
        print("\n".join(self.findings))
        print("| files | what became of them |\n|---|---|")
        for reason, files in self._reasons.most_common():
            print(f"| {files} | {reason} |")
        print("\n| kind | hashed | failed |\n|---|---|---|")
        for kind, counts in self._kinds.items():
            print(f"| {kind} | {counts[True]} | {counts[False]} |")
        print("\n| worker | files | MiB, first | middle | last |\n|---|---|---|---|---|")
        for worker, memory in self._memory.items():
            middle = max(0, (len(memory) - PART) // 2)
            parts = memory[:PART], memory[middle : middle + PART], memory[-PART:]
            medians = " | ".join(f"{median(part):.0f}" for part in parts)
            print(f"| {worker} | {len(memory)} | {medians} |")
        print(f"\nPeak memory of a worker: {self._peak:.0f} MiB")
        print("Slowest:", ", ".join(f"{name} {took:.1f} s" for took, name in self._slowest))


# --- seeds


def make_seeds(folder: Path) -> tuple[Path, ...]:
    """A small file of each kind."""
    os.environ.setdefault("SVT_LOG", "0")
    pictures = scene(1, SECONDS, FPS, WIDTH, HEIGHT)
    for name, (codec, pixel_format, sound) in KINDS.items():
        _encode(folder / name, pictures, codec, pixel_format, sound)
    first, *others = [Image.fromarray(picture) for picture in pictures]
    for name in WITH_PILLOW:
        first.save(folder / name, save_all=True, append_images=others, duration=1000 // FPS)
    for name, make in MADE_OF_OTHERS.items():
        (folder / name).write_bytes(make(folder))
    jpegs = {f"{number:06}.jpg": _jpeg(picture) for number, picture in enumerate(pictures)}
    frames = [{"file": name, "delay": 1000 // FPS} for name in jpegs]
    _zip(folder / "ugoira.zip", jpegs | {"animation.json": json.dumps({"frames": frames})})
    _zip(folder / "ugoira-numbered.zip", jpegs)
    if find_spec("imagecodecs") is not None:  # the extra jxl
        jpegxl_encode = import_module("imagecodecs").jpegxl_encode
        data = jpegxl_encode(np.stack(pictures), lossless=False, usecontainer=True)
        (folder / "jxl.jxl").write_bytes(data)
    return tuple(sorted(folder.iterdir()))


def _heif_sequence(folder: Path) -> bytes:
    """The HEVC in MP4, called a sequence of pictures. All stays where it is."""
    data = bytearray((folder / "hevc.mp4").read_bytes())
    size = int.from_bytes(data[:4])
    brands = (size - 16) // 4 * HEIF_BRANDS
    data[8:size] = b"".join((HEIF_BRANDS[0], bytes(4), *brands))[: size - 8]
    return bytes(data.replace(b"vide", b"pict", 1))


def _joined(folder: Path) -> bytes:
    """Two recordings in one file: the clock starts again."""
    return (folder / "h264.ts").read_bytes() * 2


MADE_OF_OTHERS = {"heif.heics": _heif_sequence, "joined.ts": _joined}


def _jpeg(picture: Picture) -> bytes:
    file = BytesIO()
    Image.fromarray(picture).save(file, "JPEG")
    return file.getvalue()


def _zip(path: Path, files: Mapping[str, bytes | str]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def _encode(
    path: Path, pictures: Sequence[Picture], codec: str, pixel_format: str, sound: str | None
) -> None:
    with av.open(str(path), "w") as container:
        quiet = {"x265-params": "log-level=none"} if codec == "libx265" else {}
        video = container.add_stream(codec, rate=FPS, options=quiet)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, pixel_format
        voice = None if sound is None else container.add_stream(sound, rate=RATE)
        if voice is not None:
            voice.layout = "mono"
        for picture in pictures:
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(video.encode())
        if voice is not None:
            for frame in _tone(voice):
                container.mux(voice.encode(frame))
            container.mux(voice.encode())


def _tone(voice: av.AudioStream) -> Iterator[av.AudioFrame]:
    times = np.arange(SECONDS * RATE) / RATE
    wave = (8000 * np.sin(times * 2000 * (1 + times))).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(wave[None], "s16", "mono")
    frame.rate, frame.pts = RATE, 0
    size = voice.codec_context.frame_size or 1024
    fitted = av.AudioResampler(voice.format, voice.layout, RATE, frame_size=size)
    yield from [*fitted.resample(frame), *fitted.resample(None)]


if __name__ == "__main__":
    sys.exit(main())
