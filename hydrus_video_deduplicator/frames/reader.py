"""The way into a file: its bytes choose the decoder, not its name."""

from collections.abc import Callable
from typing import BinaryIO, TypeVar

from hydrus_video_deduplicator.errors import UnreadableVideo
from hydrus_video_deduplicator.frames import animation, jpeg_xl, ugoira, video, with_pillow
from hydrus_video_deduplicator.frames.animation import HEAD_BYTES, Animation, Format
from hydrus_video_deduplicator.frames.frame import Footage
from hydrus_video_deduplicator.frames.sampling import ScheduleOf

T = TypeVar("T")

ANIMATIONS: tuple[Format, ...] = (with_pillow, jpeg_xl, ugoira)
"""The kinds of file that are not left to FFmpeg's libraries."""

LONGEST_SECONDS = 30 * 24 * 3600.0
"""Seconds that a video may last by its time stamps. More is absurd, and a signature keeps
milliseconds in 32 bits: 49 days."""


def read_frames(file: BinaryIO, schedule_of: ScheduleOf) -> Footage:
    """Frames and stills of the video in `file`, and how long it is; one decode gives all.

    Times need not lie on a grid (variable frame rate, runs after key frames in long videos). Raises
    `UnreadableVideo` if no decoder makes a picture of it or its times cannot be true.
    """
    footage = _decoded(file, schedule_of)
    if max(footage.duration, footage.frames[-1].time) > LONGEST_SECONDS:
        raise UnreadableVideo(f"lasts {footage.duration / 86400:.0f} days by its time stamps")
    return footage


def _decoded(file: BinaryIO, schedule_of: ScheduleOf) -> Footage:
    return by_kind(
        file,
        of_animation=lambda animated: animation.read(animated, schedule_of),
        of_video=lambda: video.read(file, schedule_of),
    )


def by_kind(
    file: BinaryIO, *, of_animation: Callable[[Animation], T], of_video: Callable[[], T]
) -> T:
    """The result for the file, which is an animated picture or a video.

    If FFmpeg's libraries cannot read it as a video, Pillow is tried: it is more lenient with a
    broken GIF or PNG. Raises `UnreadableVideo`.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    for kind in ANIMATIONS:
        if kind.is_one(head):
            with kind.opened(file) as animated:
                return of_animation(animated)
    try:
        return of_video()
    except UnreadableVideo as unreadable:
        try:
            with with_pillow.opened(file) as animated:
                return of_animation(animated)
        except UnreadableVideo:
            raise unreadable from None
