"""Which pictures of a video are decoded: decoding is what takes time.

Pictures that no other picture depends on, about half of them, are left out. Of a long video only
runs of pictures are decoded, each from a key frame on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, dropwhile, groupby, pairwise, takewhile
from math import inf
from operator import itemgetter
from typing import BinaryIO

import av.error
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from hydrus_video_deduplicator.containers import MOST_PIXELS, check_size, packets
from hydrus_video_deduplicator.frames.clock import ANIMATIONS, on_one_clock, stamp_of
from hydrus_video_deduplicator.frames.sampling import Schedule
from hydrus_video_deduplicator.frames.stamps import Stamps
from hydrus_video_deduplicator.frames.streams import shown_stream
from hydrus_video_deduplicator.frames.survey import Survey, has_leaps
from hydrus_video_deduplicator.frames.unread import LEAST_UNREAD, Unread

WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""Decoders for WebM videos with an alpha channel, which FFmpeg's own decoders ignore."""

LONG_GAPS = 20
"""How many gaps between two packets are searched for their length."""

HEAD_BYTES = 32
"""Of a packet that a codec has made, some of which are not 0."""

LONG_GROUPS = 2
"""A group of pictures that is so many times as long as usual may have lost key frames."""

TimedPictures = Iterator[tuple[float, VideoFrame]]
"""Pictures with their time in seconds from the first one of the stream."""


@dataclass(slots=True)
class _Run:
    """What was read of a long video in one go: from `start` to `end`, in seconds and in bytes.

    first, last: the first byte, and the one behind what was decoded; 0 if no packet tells.
    """

    start: float
    end: float
    first: int = 0
    last: int = 0


class Decoder:
    """Decodes the video of a container.

    stream: the one that a player shows.
    survey: of its packets; to be made before anything is decoded.
    unread: the stretches that could not be decoded, so far.
    end: seconds from the first picture to the end of the last packet, so far.
    """

    def __init__(
        self, container: InputContainer, file: BinaryIO, *, every_picture: bool = False
    ) -> None:
        """Raises `UnreadableVideo` if there is no video, or if it is too large.

        file: of the container.
        every_picture: leave none out and let them look as a player shows them; takes twice as long.
        """
        self.stream = shown_stream(container, file)
        self.survey = Survey(container, self.stream)
        self.unread = Unread()
        self.end = 0.0
        self._container = container
        self._has_begun = False
        self._pictures = 0
        self._stamps = Stamps(self.stream)
        self._size = container.size
        self._last_byte = 0
        self._last_begin = -inf
        self._other_bytes = 0
        for other in container.streams:
            if other is not self.stream:
                other.discard = Discard.all  # their packets are not even parsed
        self._context = _context_of(self.stream)
        check_size(self.stream.width, self.stream.height)
        self._context.thread_count = 1  # the work is spread over processes, a file each
        self._context.options = {"max_pixels": str(MOST_PIXELS)}  # their size may change on the way
        if every_picture:
            return
        # Not all B frames: P frames may be made from some of them, and would be spoilt.
        self._context.skip_frame = "NONREF"
        # The edges of blocks stay visible, but hardly so in pictures this small.
        self._context.options |= {"skip_loop_filter": "all"}

    @property
    def is_animation(self) -> bool:
        """Whether it is an animated picture, in which one cannot seek."""
        return self.stream.codec_context.name in ANIMATIONS

    @property
    def is_cover(self) -> bool:
        """Whether all that was decoded is one picture beside sound: a cover, though not marked so.

        To be asked when the video has been decoded through.
        """
        return self._pictures == 1 and bool(self._container.streams.audio) and not self.unread.spans

    def through(self, stated: float = 0.0) -> TimedPictures:
        """The pictures of the whole video, in order of time.

        stated: seconds that the file says it lasts: what is missing behind the last is noted.
        """
        yield from what_decodes(self._all())
        self.unread.end(self.end)
        self._compare_with_index()
        self._look_at_gap(stated, self._size)

    def in_runs(self, duration: float, schedule: Schedule, stated: float = 0.0) -> TimedPictures:
        """The key frame near each moment to visit, and a share of what follows up to the next.

        duration: seconds. Ends early where it cannot seek or the packets state no time.
        stated: seconds that the file says it lasts: what is missing behind the last is noted.
        """
        self.end = duration
        runs: list[_Run] = []
        stamps = self._key_frames(np.arange(0.0, duration, schedule.visit))
        stamp = next(stamps, None)
        while stamp is not None:
            following = next(stamps, None)
            runs.append(run := _Run(self._stamps.seconds(stamp), self._stamps.seconds(stamp)))
            group = min(duration, self._stamps.seconds(following)) - run.start
            failures, is_blank = self.unread.failures, True
            for picture in what_decodes(self._run(stamp, schedule.share * group, run), least=0):
                is_blank = False
                yield picture
            if is_blank and self.unread.failures > failures:
                self.unread.spans.append((run.start, run.start + group))
            stamp = following
        self._look_between(runs, duration)
        self._look_at_gap(stated, self._size)

    def other_bytes(self) -> float:
        """Bytes a second of what has been read that are not of the video; infinite if not known.

        In MP4, the sound may lie anywhere, and the index tells what is missing.
        """
        if "mp4" in self._container.format.name.split(",") or self.end <= 0:
            return inf
        return self._other_bytes / self.end

    def at(self, moments: Sequence[float]) -> Iterator[VideoFrame]:
        """The picture nearest to each of the moments: seconds, in ascending order.

        Moments that follow the same key frame are decoded in one go. Ends early where it cannot
        seek or the packets state no time.
        """
        keys = [next(self._key_frames([moment]), None) for moment in moments]
        for key, some in groupby(zip(keys, moments, strict=True), itemgetter(0)):
            if key is None:
                return
            run = what_decodes(self._run(key, inf, _Run(0.0, 0.0)), least=0)
            yield from nearest(run, [moment for _, moment in some])

    def stretch(self, start: float, end: float) -> TimedPictures:
        """The pictures from the key frame before `start` to `end`, both in seconds.

        None where it cannot seek or the packets state no time.
        """
        key = next(self._key_frames([start]), None)
        if key is not None:
            length = end - self._stamps.seconds(key)
            yield from what_decodes(self._run(key, length, _Run(0.0, 0.0)), least=0)

    def _all(self) -> TimedPictures:
        found = packets(self._container, self.stream)
        leaps = has_leaps(self._container)
        start: float | None = None
        latest, number = 0.0, 0
        for packet in on_one_clock(found, self.stream, leaps=leaps):
            self._note(packet, start or 0.0)
            for picture in self._decoded(packet):
                time = self._stamps.seconds(picture.pts)
                if time == inf:
                    time = number * self._stamps.usual
                if start is None:
                    start = time
                    self.end -= start
                    self._last_begin -= start
                number += 1
                self._pictures = number
                latest = max(latest, time - start)
                self._extend(latest, picture.duration)
                self.unread.picture(latest, latest + self._stamps.usual)
                yield latest, picture

    def _note(self, packet: Packet[VideoStream], start: float) -> None:
        """Note what a packet says before it is decoded. `start`: of the first picture."""
        begin = self._stamps.seconds(stamp_of(packet)) - start
        if begin == inf or not packet.size:
            return
        self.unread.packet(begin)
        if packet.pos is not None:
            self._look_at_gap(begin, packet.pos)
            self._last_byte = packet.pos + packet.size
        self._extend(begin, packet.duration)

    def _extend(self, begin: float, duration: int | None) -> None:
        """The last picture begins last; the step before a pause may be another's."""
        if begin >= self._last_begin:
            self._last_begin = begin
            self.end = begin + self._stamps.length(duration)

    def _look_at_gap(self, begin: float, first_byte: int) -> None:
        """Note that no packet was found before the one that is shown from `begin` on."""
        length = first_byte - self._last_byte
        is_long = length * LONG_GAPS >= self._size
        if self._last_byte and (is_long or begin - self.end >= LEAST_UNREAD):
            self.unread.gap(self.end, begin, self._last_byte, first_byte)
        else:
            self._other_bytes += max(0, length)

    def _compare_with_index(self) -> None:
        """The index of a file that was cut off says how long it was (MP4)."""
        if "mp4" in self._container.format.name.split(",") and len(self.stream.index_entries):
            last = self._stamps.seconds(self.stream.index_entries[-1].timestamp)
            if last - self.end >= LEAST_UNREAD:
                self.unread.spans.append((self.end, last))

    def _key_frames(self, moments: Iterable[float]) -> Iterator[int]:
        """Time stamps of the key frames near moments, in seconds, each once."""
        last = None
        for moment in moments:
            try:
                packet = next(self._packets_from(self._stamps.at(moment)), None)
            except av.error.FFmpegError:
                return
            if packet is None or packet.pts is None:
                return
            if last is None or packet.pts > last:
                last = packet.pts
                yield last

    def _run(self, stamp: int, length: float, run: _Run) -> TimedPictures:
        """The pictures from a key frame on, for so many seconds; `run` is told what was read."""
        found = on_one_clock(self._packets_from(stamp), self.stream)
        self._context.flush_buffers()  # the previous run has ended it
        key = next(found, None)
        if key is None:
            return
        end = self._stamps.seconds(key.pts) + length
        following = takewhile(lambda packet: self._stamps.seconds(packet.pts) < end, found)
        run.first = run.last = key.pos or 0
        for packet in chain([key], following, [None]):
            for picture in self._decoded(packet):
                time = max(0.0, self._stamps.seconds(picture.pts))
                run.end = max(run.end, time + self._stamps.usual)
                if packet is not None and packet.pos is not None:
                    run.last = packet.pos + packet.size
                yield time, picture

    def _look_between(self, runs: Sequence[_Run], duration: float) -> None:
        """Note where key frames are farther apart than in most of a video: some may be missing."""
        behind_all = _Run(duration, duration, self._size, self._size)
        between = list(pairwise([*runs, behind_all]))
        groups = sorted(following.start - run.start for run, following in between)
        last_byte = 0
        for run, following in between:
            last_byte = max(last_byte, run.last)
            if following.start - run.start > LONG_GROUPS * groups[len(groups) // 2]:
                self.unread.gap(run.end, following.start, last_byte, following.first)
        self._last_byte = last_byte

    def _packets_from(self, stamp: int) -> Iterator[Packet[VideoStream]]:
        """The packets from the key frame at or before a time stamp on, or from the one after it."""
        self._container.seek(stamp, stream=self.stream)
        # Without an index (MPEG), seeking leads somewhere between key frames.
        read = packets(self._container, self.stream)
        return dropwhile(lambda packet: not packet.is_keyframe, read)

    def _decoded(self, packet: Packet[VideoStream] | None) -> list[VideoFrame]:
        """The pictures that a packet completes; without one, those that the decoder holds back.

        A player continues after a broken packet. An error before any picture may be a refusal.
        """
        if packet is not None and self._is_blank(packet):
            self.unread.failure()
            return []
        try:
            pictures = self._context.decode(packet)
        except (av.error.MemoryError, av.error.EOFError):
            raise
        except av.error.FFmpegError as error:
            if not (self._has_begun or isinstance(error, av.error.InvalidDataError)):
                raise
            self.unread.failure()
            return []
        self._has_begun = self._has_begun or bool(pictures)
        return pictures

    def _is_blank(self, packet: Packet[VideoStream]) -> bool:
        """Whether a packet holds no picture: some decoders make one of zeros anyway."""
        if packet.size < HEAD_BYTES or any(memoryview(packet)[:HEAD_BYTES]):
            return False
        return self.stream.codec_context.name != "rawvideo"


def _has_alpha_layer(stream: VideoStream) -> bool:
    """Whether a WebM stores its transparency beside its pictures (WebM container guidelines)."""
    modes = (value for name, value in stream.metadata.items() if name.lower() == "alpha_mode")
    return "1" in modes and stream.codec_context.name in WITH_ALPHA


def _context_of(stream: VideoStream) -> VideoCodecContext:
    """What decodes the stream."""
    context = stream.codec_context
    if not _has_alpha_layer(stream):
        return context
    with_alpha = VideoCodecContext.create(WITH_ALPHA[context.name], "r")
    assert isinstance(with_alpha, VideoCodecContext)
    with_alpha.extradata = context.extradata
    return with_alpha


def what_decodes(pictures: TimedPictures, least: int = 1) -> TimedPictures:
    """What a player shows of a broken file. Raises an error that comes before `least` pictures."""
    count = 0
    try:
        for picture in pictures:
            count += 1
            yield picture
    except MemoryError:
        raise
    except av.error.FFmpegError:
        if count < least:
            raise


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
