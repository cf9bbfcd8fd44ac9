"""The sound of a file through FFmpeg's libraries, as PyAV carries them."""

from collections.abc import Iterator
from fractions import Fraction
from typing import BinaryIO

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Discard
from numpy.typing import NDArray

from hydrus_video_deduplicator.containers import BROKEN, has_decoder, open_container, packets
from hydrus_video_deduplicator.errors import UnreadableVideo

Samples = NDArray[np.float32]
"""One channel at RATE, shape (n,); full scale is -1 to 1."""

RATE = 8000
"""Samples a second. Half of it, a telephone's range, is the highest frequency heard: every codec
keeps that. Higher costs time and tells little more."""

LONGEST_SECONDS = 2 * 3600
"""Seconds of sound, from the first picture on, that are decoded; the rest of a file is ignored."""

GAP_SECONDS = 0.1
"""Seconds by which a frame must start after the end of the one before it to be a gap, filled with
silence. Lower follows the rounding of the containers' clocks; higher lets sound drift."""

_ATTACHED_PICTURE = 1 << 10  # AV_DISPOSITION_ATTACHED_PIC: a cover, which has no time


def decode(file: BinaryIO) -> Iterator[Samples]:
    """The sound of the first audio stream of a file, in pieces, in order of time.

    Its time 0 is the first picture of the video stream (where there is none, its own start): sound
    before that is cut off, and silence stands for sound that starts later or is missing. Packets
    that are broken are passed over. A file without sound, or of which none can be decoded, gives
    no piece; of what the file holds, only `MemoryError` is raised.
    """
    try:
        with open_container(file) as container:
            stream = next(iter(container.streams.audio), None)
            if stream is not None and has_decoder(stream):
                start = _start(container, stream)
                yield from _placed(_frames(container, stream), start)
    except UnreadableVideo:
        return


def _start(container: InputContainer, sound: AudioStream) -> Fraction:
    """Seconds, on the clock of the container, of the first picture."""
    pictures = (s for s in container.streams.video if not s.disposition & _ATTACHED_PICTURE)
    stream = next(pictures, sound)
    return (stream.start_time or 0) * (stream.time_base or Fraction(0))


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    for other in container.streams:
        if other is not stream:
            other.discard = Discard.all  # their packets are not even parsed
    stream.codec_context.thread_count = 1  # the work is spread over processes, a file each
    for packet in packets(container, stream):
        try:
            yield from packet.decode()
        except MemoryError:
            raise
        except BROKEN:
            continue


def _placed(frames: Iterator[AudioFrame], start: Fraction) -> Iterator[Samples]:
    """The samples of frames, each placed by its time; `start` is time 0."""
    end: int | None = None  # place of the next sample, should no gap come before it
    converter = _Converter()
    for frame in frames:
        place = end or 0 if frame.time is None else round((frame.time - float(start)) * RATE)
        end = min(place, 0) if end is None else end
        if place - end > GAP_SECONDS * RATE:
            place = min(place, LONGEST_SECONDS * RATE)
            yield from _silence(place - max(0, end))
            end = place
        for samples in converter.convert(frame):
            yield samples[max(0, -end) :]
            end += len(samples)
        if end >= LONGEST_SECONDS * RATE:
            return


def _silence(count: int) -> Iterator[Samples]:
    """`count` zeros, a second at a time."""
    for done in range(0, count, RATE):
        yield np.zeros(min(RATE, count - done), np.float32)


class _Converter:
    """Frames of any kind as samples; their kind may change on the way."""

    def __init__(self) -> None:
        self._kind: tuple[str, str, int] | None = None
        self._resampler = AudioResampler()

    def convert(self, frame: AudioFrame) -> Iterator[Samples]:
        kind = frame.format.name, frame.layout.name, frame.sample_rate
        if kind != self._kind:
            self._kind = kind
            self._resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
        for converted in self._resampler.resample(frame):
            yield converted.to_ndarray()[0].astype(np.float32) / 32768
