"""The way into a file: the decoder is chosen by what the bytes are, not by the file's name."""

from typing import BinaryIO

from hydrus_video_deduplicator.errors import UnreadableVideo
from hydrus_video_deduplicator.frames import animation, video
from hydrus_video_deduplicator.frames.frame import Footage
from hydrus_video_deduplicator.frames.sampling import IntervalOf


def read_frames(file: BinaryIO, interval_of: IntervalOf) -> Footage:
    """Frames of the video in `file`, one for each interval, and how long it is.

    Times need not lie on a grid (variable frame rate, key frames of long videos).
    Raises `UnreadableVideo` when neither FFmpeg's libraries nor Pillow decode a picture of it.
    """
    if animation.is_animation(file):
        return animation.read(file, interval_of)
    try:
        return video.read(file, interval_of)
    except UnreadableVideo as unreadable:
        try:
            return animation.read(file, interval_of)
        except UnreadableVideo:
            raise unreadable from None
