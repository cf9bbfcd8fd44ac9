"""The frames of a video: from the bytes of a file to small pictures with their times."""

from hydrus_video_deduplicator.frames.frame import Footage, Frame
from hydrus_video_deduplicator.frames.reader import read_frames
from hydrus_video_deduplicator.frames.sampling import Schedule
from hydrus_video_deduplicator.frames.video import read_stretches
from hydrus_video_deduplicator.frames.viewing import Streams, View, view

__all__ = [
    "Footage",
    "Frame",
    "Schedule",
    "Streams",
    "View",
    "read_frames",
    "read_stretches",
    "view",
]
