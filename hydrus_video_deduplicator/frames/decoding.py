"""Which pictures of a video are decoded, for that is what costs.

Pictures that no other picture is made from, about half of them, are left out. Of a long video only
runs of pictures are decoded, each from a key frame on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, dropwhile, groupby, takewhile
from math import inf
from operator import itemgetter

import av.error
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from hydrus_video_deduplicator.containers import MOST_PIXELS, check_size, has_decoder, packets
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

    def __init__(self, container: InputContainer, *, every_picture: bool = False) -> None:
        """Raises `UnreadableVideo` if there is no video, or if it is too large.

        every_picture: leave none out and let them look as a player shows them; takes twice as long.
        """
        self.stream = _video_stream(container)
        self._container = container
        for other in container.streams:
            if other is not self.stream:
                other.discard = Discard.all  # their packets are not even parsed
        context = self.stream.codec_context
        check_size(context.width, context.height)
        context.thread_count = 1  # the work is spread over processes, a file each
        context.options = {"max_pixels": str(MOST_PIXELS)}  # their size may change on the way
        if every_picture:
            return
        # Not all B frames: P frames may be made from some of them, and would be spoilt.
        context.skip_frame = "NONREF"
        # The edges of blocks stay visible, but hardly so in pictures this small.
        context.options |= {"skip_loop_filter": "all"}

    def through(self) -> TimedPictures:
        """The pictures of the whole video."""
        start = None
        decoded = map(self._decoded, packets(self._container, self.stream))
        pictures = chain.from_iterable(decoded)
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
        """The key frame near each moment to visit, and a share of what follows up to the next.

        duration: seconds. Ends early where it cannot seek or the packets state no time.
        """
        moments = np.arange(0.0, duration, schedule.visit)
        stamps = self._key_frames(moments)
        stamp = next(stamps, None)
        while stamp is not None:
            following = next(stamps, None)
            group = min(duration, self._seconds(following)) - self._seconds(stamp)
            yield from self._run(stamp, schedule.share * group)
            stamp = following

    def at(self, moments: Sequence[float]) -> Iterator[VideoFrame]:
        """The picture nearest to each of the moments: seconds, in ascending order.

        Moments that follow the same key frame are decoded in one go. Ends early where it cannot
        seek or the packets state no time.
        """
        keys = [next(self._key_frames([moment]), None) for moment in moments]
        for key, some in groupby(zip(keys, moments, strict=True), itemgetter(0)):
            if key is None:
                return
            yield from nearest(self._run(key, inf), [moment for _, moment in some])

    def _key_frames(self, moments: Iterable[float]) -> Iterator[int]:
        """Time stamps of the key frames near moments, in seconds, each once."""
        last = None
        for moment in moments:
            try:
                packet = next(self._packets_from(self._stamp(moment)), None)
            except av.error.FFmpegError:
                return
            if packet is None or packet.pts is None:
                return
            if last is None or packet.pts > last:
                last = packet.pts
                yield last

    def _run(self, stamp: int, length: float) -> TimedPictures:
        """The pictures from a key frame on, for so many seconds."""
        found = self._packets_from(stamp)
        key = next(found, None)
        if key is None:
            return
        end = self._seconds(key.pts) + length
        run = takewhile(lambda packet: self._seconds(packet.pts) < end, found)
        for packet in chain([key], run, [None]):
            for picture in self._decoded(packet):
                yield max(0.0, self._seconds(picture.pts)), picture

    def _packets_from(self, stamp: int) -> Iterator[Packet[VideoStream]]:
        """The packets from the key frame at or before a time stamp on, or from the one after it."""
        self._container.seek(stamp, stream=self.stream)
        # Without an index (MPEG), seeking leads somewhere between key frames.
        read = packets(self._container, self.stream)
        return dropwhile(lambda packet: not packet.is_keyframe, read)

    def _stamp(self, time: float) -> int:
        """The time stamp at so many seconds from the first picture."""
        assert self.stream.time_base is not None
        return (self.stream.start_time or 0) + int(time / self.stream.time_base)

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


def nearest(pictures: TimedPictures, moments: Sequence[float]) -> Iterator[VideoFrame]:
    """For each moment (seconds, ascending) the picture that begins nearest to it."""
    waiting = deque(moments)
    before: tuple[float, VideoFrame] | None = None
    for time, picture in pictures:
        while waiting and time > waiting[0]:
            moment = waiting.popleft()
            is_nearer = before is None or time - moment < moment - before[0]
            yield picture if is_nearer or before is None else before[1]
        if not waiting:
            return
        before = time, picture
    if before is not None:
        yield from (before[1] for _ in waiting)


def _video_stream(container: InputContainer) -> VideoStream:
    for stream in container.streams.video:
        if not stream.disposition & _ATTACHED_PICTURE:
            if not has_decoder(stream):
                raise UnreadableVideo("no decoder for its kind of video")
            return stream
    raise UnreadableVideo("no video stream")
