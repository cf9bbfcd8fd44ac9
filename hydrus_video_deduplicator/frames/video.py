"""Videos through FFmpeg's libraries, as PyAV carries them."""

from functools import partial
from typing import BinaryIO

import av
import av.error
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from hydrus_video_deduplicator.containers import open_container
from hydrus_video_deduplicator.errors import UnreadableVideo
from hydrus_video_deduplicator.frames.decoding import DEFAULT_RATE, Decoder, TimedPictures
from hydrus_video_deduplicator.frames.frame import (
    COLOUR_SIDE,
    GREY_SIDE,
    Footage,
    fitted,
    grey_of,
    over_white,
)
from hydrus_video_deduplicator.frames.sampling import ScheduleOf, Takes

TRUSTED_SECONDS = 0.5
"""A stated duration is believed where it differs from that of the decoded pictures by less: the
last of them may have been skipped. A truncated file differs by more."""

LONGEST_GROUP = 30.0
"""Seconds from one key frame to the next beyond which visits leave too much of a video unseen, and
it is decoded through. Encoders put key frames up to ten seconds apart unless told otherwise."""


def read(file: BinaryIO, schedule_of: ScheduleOf) -> Footage:
    """See `read_frames`."""
    footage = _read(file, schedule_of, in_runs=True) or _read(file, schedule_of, in_runs=False)
    if footage is None:
        raise UnreadableVideo("no picture could be decoded")
    return footage


def _read(file: BinaryIO, schedule_of: ScheduleOf, *, in_runs: bool) -> Footage | None:
    """`in_runs`: visit a long video only in runs. None if too little was seen of the video."""
    with open_container(file) as container:
        decoder = Decoder(container)
        stated = stated_duration(container, decoder.stream)
        schedule = schedule_of(stated)
        takes = Takes(schedule.interval)
        if in_runs and schedule.visit and decoder.can_seek:
            _keep(decoder.in_runs(stated, schedule), takes, decoder.stream)
            gap = takes.longest_gap(stated)
            is_enough = takes.frames and gap <= schedule.visit + LONGEST_GROUP
            return Footage(takes.frames, takes.stills, stated) if is_enough else None
        end = _keep(decoder.through(), takes, decoder.stream)
        if not takes.frames:
            return None
        duration = stated if stated and abs(stated - end) < TRUSTED_SECONDS else end
        return Footage(takes.frames, takes.stills, duration)


def stated_duration(container: InputContainer, stream: VideoStream) -> float:
    """Seconds that the file says it lasts; 0 if it says nothing that can be."""
    if stream.duration and stream.time_base:
        seconds = float(stream.duration * stream.time_base)
    else:
        seconds = (container.duration or 0) / av.time_base
    return max(0.0, seconds)


def _keep(pictures: TimedPictures, takes: Takes, stream: VideoStream) -> float:
    """Keep those pictures whose time has come; returns the second at which the last one ends."""
    develop = Developer()
    time, picture = 0.0, None
    try:
        for time, picture in pictures:
            takes.offer(time, partial(develop.grey, picture), partial(develop.colour, picture))
    except MemoryError:
        raise
    except av.error.FFmpegError:
        # A truncated file: what could be decoded is what a player shows of it.
        if picture is None:
            raise
    return time + _picture_duration(picture, stream) if picture else 0.0


def _picture_duration(picture: VideoFrame, stream: VideoStream) -> float:
    """Seconds."""
    if picture.duration and picture.duration > 0 and picture.time_base:
        return float(picture.duration * picture.time_base)
    return 1 / float(stream.average_rate or DEFAULT_RATE)


class Developer:
    """Turns decoded pictures into small ones; keeps what FFmpeg prepares for the conversion."""

    def __init__(self) -> None:
        self._to_grey, self._to_colour = VideoReformatter(), VideoReformatter()

    def grey(self, picture: VideoFrame) -> NDArray[np.uint8]:
        """Luma, (height, width)."""
        if _has_alpha(picture):
            return grey_of(self._converted(self._to_grey, picture, GREY_SIDE, "rgba"))
        return self._converted(self._to_grey, picture, GREY_SIDE, "gray")

    def colour(self, picture: VideoFrame) -> NDArray[np.uint8]:
        """RGB, (height, width, 3)."""
        form = "rgba" if _has_alpha(picture) else "rgb24"
        return self._converted(self._to_colour, picture, COLOUR_SIDE, form)

    @staticmethod
    def _converted(
        reformatter: VideoReformatter, picture: VideoFrame, side: int, form: str
    ) -> NDArray[np.uint8]:
        small = reformatter.reformat(
            picture,
            *fitted(picture.width, picture.height, side),
            format=form,
            # One matrix for all: copies lose or change the flag, and VideoHash reads all as BT.601.
            src_colorspace=Colorspace.ITU601,
            dst_colorspace=Colorspace.ITU601,
            interpolation=Interpolation.AREA,
            threads=1,  # to wake another takes longer than its half of the work
        )
        image: NDArray[np.uint8] = small.to_ndarray().astype(np.uint8, copy=False)
        if form == "rgba":
            image = over_white(image)
        turns = round(picture.rotation / 90) % 4
        return np.ascontiguousarray(np.rot90(image, turns))


def _has_alpha(picture: VideoFrame) -> bool:
    return any(component.is_alpha for component in picture.format.components)
