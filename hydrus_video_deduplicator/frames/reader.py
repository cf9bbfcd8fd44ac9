"""The way into a file: the decoder is chosen by what the bytes are, not by the file's name."""

from typing import BinaryIO

from hydrus_video_deduplicator.errors import UnreadableVideo
from hydrus_video_deduplicator.frames import animation, video
from hydrus_video_deduplicator.frames.frame import Footage
from hydrus_video_deduplicator.frames.sampling import ScheduleOf

LONGEST_SECONDS = 30 * 24 * 3600.0
"""Seconds that a video may last by its time stamps. Those beyond are absurd, and a signature keeps
milliseconds in 32 bits: 49 days."""


def read_frames(file: BinaryIO, schedule_of: ScheduleOf) -> Footage:
    """Frames and stills of the video in `file`, and how long it is; one decode gives all.

    Times need not lie on a grid (variable frame rate, runs after key frames in long videos).
    Raises `UnreadableVideo` when neither FFmpeg's libraries nor Pillow decode a picture of it, or
    when its times cannot be true.
    """
    footage = _decoded(file, schedule_of)
    if max(footage.duration, footage.frames[-1].time) > LONGEST_SECONDS:
        raise UnreadableVideo(f"lasts {footage.duration / 86400:.0f} days by its time stamps")
    return footage


def _decoded(file: BinaryIO, schedule_of: ScheduleOf) -> Footage:
    if animation.is_animation(file):
        return animation.read(file, schedule_of)
    try:
        return video.read(file, schedule_of)
    except UnreadableVideo as unreadable:
        try:
            return animation.read(file, schedule_of)
        except UnreadableVideo:
            raise unreadable from None
