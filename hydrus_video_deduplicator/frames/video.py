"""Videos through FFmpeg's libraries, as PyAV carries them."""

from collections.abc import Iterator
from typing import BinaryIO, NoReturn

import av
import av.error
import numpy as np
from av.container import InputContainer
from av.stream import Discard
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, Interpolation
from av.video.stream import VideoStream
from numpy.typing import NDArray

from hydrus_video_deduplicator.errors import UnreadableVideo
from hydrus_video_deduplicator.frames.frame import Footage, Frame, fitted, over_white
from hydrus_video_deduplicator.frames.sampling import IntervalOf, Sampler

SEEK_FROM_SECONDS = 1200.0
"""Videos at least so long are not decoded through: each sample is the key frame before its time.
Lower is faster. Higher finds more short excerpts: key frames lie up to ten seconds apart, so that
a clip of 20 s has no more than two of them."""

TRUSTED_SECONDS = 0.5
"""A stated duration is believed where it differs from that of the decoded pictures by less: the
last of them may have been skipped. A truncated file differs by more."""

DEFAULT_RATE = 25
"""Pictures a second of a stream that states neither its rate nor its time stamps."""

_ATTACHED_PICTURE = 1 << 10  # AV_DISPOSITION_ATTACHED_PIC: a cover, not the video


def read(file: BinaryIO, interval_of: IntervalOf) -> Footage:
    """See `read_frames`. Raises `UnreadableVideo`."""
    file.seek(0)
    try:
        with av.open(file, "r", metadata_errors="replace", io_open=_no_other_file) as container:
            return _sample(container, interval_of)
    except (av.error.FFmpegError, OSError, ValueError, OverflowError, MemoryError) as error:
        raise UnreadableVideo(f"not decodable: {error}") from error


def _no_other_file(url: str, flags: int, options: object) -> NoReturn:
    """A playlist dressed as a video must not make FFmpeg open what it names."""
    raise PermissionError("the file refers to another file")


def _sample(container: InputContainer, interval_of: IntervalOf) -> Footage:
    stream = _video_stream(container)
    stated = _stated_duration(container, stream)
    sampler = Sampler(interval_of(stated))
    if stated >= SEEK_FROM_SECONDS:
        pictures = _key_frames(container, stream, stated, sampler.interval)
    else:
        pictures = _all_frames(container, stream)
    end = 0.0
    try:
        for time, picture in pictures:
            end = time + _picture_duration(picture, stream)
            if sampler.wants(time):
                sampler.keep(_frame(time, picture))
    except av.error.FFmpegError:
        # A truncated file: what could be decoded is what a player shows of it.
        if not sampler.frames:
            raise
    if not sampler.frames:
        raise UnreadableVideo("no picture could be decoded")
    is_whole = stated >= SEEK_FROM_SECONDS or abs(stated - end) < TRUSTED_SECONDS
    return Footage(sampler.frames, stated if is_whole else end)


def _video_stream(container: InputContainer) -> VideoStream:
    for stream in container.streams.video:
        if not stream.disposition & _ATTACHED_PICTURE:
            for other in container.streams:
                if other is not stream:
                    other.discard = Discard.all  # their packets are not even parsed
            # One thread: the work is spread over processes, a file each.
            stream.codec_context.thread_count = 1
            # Frames that no other frame needs are not decoded: half the time, and samples enough.
            stream.codec_context.skip_frame = "NONREF"
            return stream
    raise UnreadableVideo("no video stream")


def _stated_duration(container: InputContainer, stream: VideoStream) -> float:
    """Seconds that the file says it lasts; 0 if it says nothing that can be."""
    if stream.duration and stream.time_base:
        seconds = float(stream.duration * stream.time_base)
    else:
        seconds = (container.duration or 0) / av.time_base
    return max(0.0, seconds)


def _picture_duration(picture: VideoFrame, stream: VideoStream) -> float:
    """Seconds."""
    if picture.duration and picture.time_base:
        return float(picture.duration * picture.time_base)
    return 1 / float(stream.average_rate or DEFAULT_RATE)


def _all_frames(
    container: InputContainer, stream: VideoStream
) -> Iterator[tuple[float, VideoFrame]]:
    """Each picture with its time in seconds from the first."""
    start = None
    for number, picture in enumerate(container.decode(stream)):
        time = picture.time
        if time is None:
            time = number / float(stream.average_rate or DEFAULT_RATE)
        start = time if start is None else start
        yield max(0.0, time - start), picture


def _key_frames(
    container: InputContainer, stream: VideoStream, duration: float, interval: float
) -> Iterator[tuple[float, VideoFrame]]:
    """The key frame at or before each sampling time, found by seeking."""
    assert stream.time_base is not None
    stream.codec_context.skip_frame = "NONKEY"
    start = stream.start_time or 0
    last = -1.0
    for number in range(int(duration / interval) + 1):
        container.seek(start + int(number * interval / stream.time_base), stream=stream)
        picture = next(iter(container.decode(stream)), None)
        if picture is None or picture.pts is None:
            continue
        time = float((picture.pts - start) * stream.time_base)
        if time > last:  # two samples within one group of pictures are one
            last = time
            yield max(0.0, time), picture


def _frame(time: float, picture: VideoFrame) -> Frame:
    width, height = fitted(picture.width, picture.height)
    has_alpha = any(component.is_alpha for component in picture.format.components)
    small = picture.reformat(
        width,
        height,
        format="rgba" if has_alpha else "rgb24",
        # One matrix for all: copies lose or change the flag, and VideoHash reads all as BT.601.
        src_colorspace=Colorspace.ITU601,
        dst_colorspace=Colorspace.ITU601,
        interpolation=Interpolation.AREA,
    )
    image: NDArray[np.uint8] = small.to_ndarray().astype(np.uint8, copy=False)
    if has_alpha:
        image = over_white(image)
    turns = round(picture.rotation / 90) % 4
    return Frame(time, np.ascontiguousarray(np.rot90(image, turns)))
