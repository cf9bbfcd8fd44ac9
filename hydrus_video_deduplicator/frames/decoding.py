"""Which pictures of a video are decoded, for that is what costs.

Pictures that no other picture is made from, about half of them, are left out. Of a long video only
runs of pictures are decoded, each from a key frame on.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, dropwhile, takewhile
from math import inf

import av.error
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from hydrus_video_deduplicator.errors import UnreadableVideo
from hydrus_video_deduplicator.frames.sampling import Schedule

DEFAULT_RATE = 25
"""Pictures a second of a stream that states neither its rate nor its time stamps."""

ANIMATIONS = frozenset({"gif", "apng"})
"""Kinds of video whose every picture is called a key frame but is laid over the one before."""

_ATTACHED_PICTURE = 1 << 10  # AV_DISPOSITION_ATTACHED_PIC: a cover, not the video

TimedPictures = Iterator[tuple[float, VideoFrame]]
"""Pictures with their time in seconds from the first one of the stream."""


class Decoder:
    """Decodes the video of a container."""

    def __init__(self, container: InputContainer) -> None:
        """Raises `UnreadableVideo` if there is no video."""
        self.stream = _video_stream(container)
        self._container = container
        for other in container.streams:
            if other is not self.stream:
                other.discard = Discard.all  # their packets are not even parsed
        context = self.stream.codec_context
        context.thread_count = 1  # the work is spread over processes, a file each
        # Not all B frames: P frames may be made from some of them, and would be spoilt.
        context.skip_frame = "NONREF"
        # The edges of blocks stay visible, but hardly so in pictures this small.
        context.options = {"skip_loop_filter": "all"}

    def through(self) -> TimedPictures:
        """The pictures of the whole video."""
        start = None
        packets = self._container.demux(self.stream)
        pictures = chain.from_iterable(map(self._decoded, packets))
        for number, picture in enumerate(pictures):
            time = picture.time
            if time is None:
                time = number / float(self.stream.average_rate or DEFAULT_RATE)
            start = time if start is None else start
            yield max(0.0, time - start), picture

    @property
    def can_seek(self) -> bool:
        """Whether decoding can begin at what the file calls a key frame."""
        return self.stream.codec_context.name not in ANIMATIONS

    def in_runs(self, duration: float, schedule: Schedule) -> TimedPictures:
        """The key frame near each moment to visit, and a while of what follows it.

        duration: seconds. Ends early where it cannot seek or the packets state no time.
        """
        visited = -schedule.visit
        for number in range(int(duration / schedule.visit) + 1):
            try:
                packets = self._from_key_frame(number * schedule.visit)
                key = next(packets, None)
            except av.error.FFmpegError:
                return
            if key is None or key.pts is None:
                return
            time = self._seconds(key.pts)
            if time > visited:  # two moments within one group of pictures are one
                end = time + schedule.share * (time - visited)
                visited = time
                yield from self._run(key, packets, end)

    def _from_key_frame(self, time: float) -> Iterator[Packet[VideoStream]]:
        """The packets from the key frame at or before `time` seconds on, or the one after it."""
        assert self.stream.time_base is not None
        offset = (self.stream.start_time or 0) + int(time / self.stream.time_base)
        self._container.seek(offset, stream=self.stream)
        # Without an index (MPEG), seeking leads somewhere between key frames.
        return dropwhile(lambda packet: not packet.is_keyframe, self._container.demux(self.stream))

    def _run(
        self, key: Packet[VideoStream], following: Iterator[Packet[VideoStream]], end: float
    ) -> TimedPictures:
        """The pictures from a key frame on, up to `end` seconds."""
        run = takewhile(lambda packet: self._seconds(packet.pts) < end, following)
        for packet in chain([key], run, [None]):
            for picture in self._decoded(packet):
                yield max(0.0, self._seconds(picture.pts)), picture

    def _seconds(self, stamp: int | None) -> float:
        """Seconds from the first picture on; infinity for no time stamp."""
        if stamp is None or self.stream.time_base is None:
            return inf
        return float((stamp - (self.stream.start_time or 0)) * self.stream.time_base)

    def _decoded(self, packet: Packet[VideoStream] | None) -> list[VideoFrame]:
        """The pictures that a packet completes; without one, those that the decoder holds back."""
        try:
            return self.stream.codec_context.decode(packet)
        except av.error.InvalidDataError:
            return []  # a player goes on with the next one


def _video_stream(container: InputContainer) -> VideoStream:
    for stream in container.streams.video:
        if not stream.disposition & _ATTACHED_PICTURE:
            return stream
    raise UnreadableVideo("no video stream")
