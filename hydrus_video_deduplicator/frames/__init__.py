"""The frames of a video: from the bytes of a file to small pictures with their times."""

from hydrus_video_deduplicator.frames.frame import Footage, Frame
from hydrus_video_deduplicator.frames.reader import read_frames
from hydrus_video_deduplicator.frames.sampling import Schedule

__all__ = ["Footage", "Frame", "Schedule", "read_frames"]
