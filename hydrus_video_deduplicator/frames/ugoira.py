"""Ugoira: a zip of pictures that Pixiv plays as an animation, as Hydrus plays it.

Hydrus v682 recognises such a zip by two rules (`hydrus/core/files/HydrusUgoiraHandling.py`), and
takes the delays from its JSON, or 125 ms a picture (`hydrus/client/ClientUgoiraHandling.py`). It
also reads delays from notes of the file, which are not in the file.
"""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any, BinaryIO

from PIL import Image

from hydrus_video_deduplicator.containers import check_size
from hydrus_video_deduplicator.errors import NoMovingPicture, UnreadableVideo
from hydrus_video_deduplicator.frames.animation import Animation
from hydrus_video_deduplicator.frames.clock import shown_seconds
from hydrus_video_deduplicator.frames.with_pillow import failures_of_pillow

DEFAULT_DELAY = 125
"""Milliseconds that Hydrus shows each picture if not all delays are stated, or all are 0."""

DESCRIPTION = "animation.json"

CODECS = {"JPEG": "mjpeg", "PNG": "png", "GIF": "gif", "WEBP": "webp", "AVIF": "av1", "BMP": "bmp"}
"""What Pillow may read of it, with FFmpeg's names. Pixiv uses JPEG and PNG."""

PICTURE = re.compile(r".+\.(jpg|jpeg|jpe|png|gif|webp|avif|bmp)")

BESIDE = (".js", ".json")
"""Endings of the names of files that may accompany the pictures."""

MOST_PICTURES = 10_000
"""Files of the zip, at most; Pixiv allows 150 pictures."""

MOST_BYTES, MOST_DESCRIBED = 64 << 20, 1 << 20
"""Unpacked bytes of a picture and of the description, at most: a picture of 4096×4096 as PNG takes
less than the first. Packed, it may be a thousandth of that."""

_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, KeyError)
"""What the module `zipfile` raises for a broken file, and for one with a password."""

_OTHER_ZIP = (
    "a zip, but not a ugoira: it has no usable animation.json, and no pictures numbered as in one"
)


def is_one(head: bytes) -> bool:
    """Whether the bytes are the start of a zip."""
    return head[:4] in (b"PK\x03\x04", b"PK\x05\x06")  # the latter if it is empty


@contextmanager
def opened(file: BinaryIO) -> Iterator[Animation]:
    """See `animation.Format`. Nothing is unpacked to disk; one picture at a time to memory."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive, failures_of_pillow():
            shown = _shown(archive)
            first = _picture(archive, shown[0][0])
            pictures = ((_picture(archive, name), seconds) for name, seconds in shown)
            yield Animation(*first.size, CODECS[first.format or "PNG"], pictures)
    except _BROKEN as error:
        raise UnreadableVideo(f"not decodable: {error}") from error


def _shown(archive: zipfile.ZipFile) -> list[tuple[str, float]]:
    """The names of the pictures in their order, and for how many seconds each is shown."""
    names = archive.namelist()
    described = _described(archive) if len(names) <= MOST_PICTURES else []
    is_described = bool(described) and all("file" in one and "delay" in one for one in described)
    if not (is_described or (len(names) <= MOST_PICTURES and _are_numbered(names))):
        raise NoMovingPicture(_OTHER_ZIP)
    ordered = [str(one["file"]) for one in described if "file" in one]
    if not ordered or len(ordered) < len(described):
        ordered = sorted(filter(PICTURE.fullmatch, names))
    delays: list[Any] = [one.get("delay") for one in described]
    if len(delays) != len(ordered) or not _are_usable(delays):
        delays = [DEFAULT_DELAY] * len(ordered)
    there = set(names)
    shown = [
        (name, shown_seconds(delay / 1000))
        for name, delay in zip(ordered, delays, strict=True)
        if name in there
    ]
    if not shown:
        raise UnreadableVideo("a ugoira whose pictures are missing")
    return shown


def _described(archive: zipfile.ZipFile) -> list[dict[str, Any]]:
    """What the description says of each picture; nothing, if there is none that can be read."""
    try:
        described = json.loads(_read(archive, DESCRIPTION, MOST_DESCRIBED))
    except (KeyError, ValueError, RecursionError):
        return []
    frames = described.get("frames") if isinstance(described, dict) else described
    if not isinstance(frames, list) or not all(isinstance(frame, dict) for frame in frames):
        return []
    return frames[:MOST_PICTURES]


def _are_numbered(names: list[str]) -> bool:
    """Whether the files, apart from JSON, are numbered pictures of one kind, in order."""
    pictures = [name for name in names if not name.endswith(BESIDE)]
    _, dot, kind = pictures[0].rpartition(".") if pictures else ("", "", "")
    wanted = [f"{number:06}{dot}{kind}" for number in range(len(pictures))]
    return len(pictures) > 1 and pictures == wanted and bool(PICTURE.fullmatch(pictures[0]))


def _are_usable(delays: list[Any]) -> bool:
    are_numbers = all(isinstance(delay, int | float) and delay >= 0 for delay in delays)
    return are_numbers and any(delays)


def _picture(archive: zipfile.ZipFile, name: str) -> Image.Image:
    picture = Image.open(BytesIO(_read(archive, name, MOST_BYTES)), formats=list(CODECS))
    check_size(*picture.size)
    picture.load()
    return picture


def _read(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    with archive.open(name) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise UnreadableVideo(f"{name} in the zip is larger than {most >> 20} MiB")
    return data
