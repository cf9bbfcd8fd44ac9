"""A look at a file for people: what its streams are, and the pictures at chosen moments."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import BinaryIO

import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from hydrus_video_deduplicator.containers import has_decoder, open_container
from hydrus_video_deduplicator.errors import UnreadableVideo
from hydrus_video_deduplicator.frames import animation
from hydrus_video_deduplicator.frames.animation import Animation
from hydrus_video_deduplicator.frames.decoding import Decoder, nearest
from hydrus_video_deduplicator.frames.frame import COLOUR_SIDE
from hydrus_video_deduplicator.frames.reader import by_kind
from hydrus_video_deduplicator.frames.video import Developer, pixel_aspect, stated_duration
from hydrus_video_deduplicator.frames.wrapping import HEAD_BYTES, container_of

Picture = NDArray[np.uint8]
"""uint8 (height, width, 3), RGB."""


@dataclass(frozen=True, slots=True)
class Streams:
    """What is in a file.

    width, height: pixels of the picture, turned as the file says.
    shown: pixels, (width, height), at which a player shows it, where its pixels are not square.
    codec, sound: names of FFmpeg, such as `h264` and `aac`; no `sound`: the file has none.
    container: such as `MP4`; empty if it is none that is known.
    bit_rate: bits a second of the video alone, as far as the file tells it apart.
    frame_rate: pictures a second, on average.
    """

    width: int
    height: int
    codec: str
    bit_rate: float | None = None
    frame_rate: float | None = None
    sound: str | None = None
    shown: tuple[int, int] | None = None
    container: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What was seen of a file. pictures: one for each moment that was asked for."""

    streams: Streams
    pictures: list[Picture]


def view(file: BinaryIO, moments: Sequence[float], side: int = COLOUR_SIDE) -> View:
    """The streams of a file and the pictures that are shown at `moments`.

    moments: seconds from the first picture, in ascending order, at least one.
    side: pixels of the longer side of a picture, at most.
    Raises `UnreadableVideo`.
    """
    file.seek(0)
    container = container_of(file.read(HEAD_BYTES)).name
    seen = by_kind(
        file,
        of_animation=lambda animated: _view_animation(animated, moments, side),
        of_video=lambda: _view_video(file, moments, side),
    )
    return View(replace(seen.streams, container=container), seen.pictures)


def _view_animation(animated: Animation, moments: Sequence[float], side: int) -> View:
    pictures, frame_rate = animation.at(animated, moments, side)
    return View(
        Streams(animated.width, animated.height, animated.codec, frame_rate=frame_rate), pictures
    )


def _view_video(file: BinaryIO, moments: Sequence[float], side: int) -> View:
    seen = _decoded(file, moments, side, seeks=True) or _decoded(file, moments, side, seeks=False)
    if seen is None:
        raise UnreadableVideo("no picture could be decoded")
    return seen


def _decoded(file: BinaryIO, moments: Sequence[float], side: int, *, seeks: bool) -> View | None:
    """None if pictures are missing; without seeking, if there are none at all."""
    with open_container(file) as container:
        decoder = Decoder(container, file, every_picture=True)
        if seeks:
            found = decoder.at(moments) if decoder.survey.can_seek() else iter(())
        else:
            found = nearest(decoder.through(), moments)
        develop = Developer(pixel_aspect(decoder.stream), side)
        pictures, turned = [], False
        for picture in found:
            pictures.append(develop.colour(picture))
            turned = develop.is_turned
        if not pictures or (seeks and len(pictures) < len(moments)):
            return None
        return View(_streams(container, decoder.stream, turned), _filled(pictures, len(moments)))


def _filled(pictures: list[Picture], count: int) -> list[Picture]:
    """`count` pictures, the last one again where there are too few."""
    return list(islice(pictures + pictures[-1:] * count, count))


def _streams(container: InputContainer, stream: VideoStream, turned: bool) -> Streams:
    sound = next(filter(has_decoder, container.streams.audio), None)
    sides = (stream.width, stream.height)
    shown = (round(stream.width * pixel_aspect(stream)), stream.height)
    width, height = sides[::-1] if turned else sides
    return Streams(
        width=width,
        height=height,
        shown=None if shown == sides else shown[::-1] if turned else shown,
        codec=stream.codec_context.codec.canonical_name,
        bit_rate=_bit_rate(container, stream, sound),
        frame_rate=float(stream.average_rate) if stream.average_rate else None,
        sound=None if sound is None else sound.codec_context.codec.canonical_name,
    )


def _bit_rate(
    container: InputContainer, stream: VideoStream, sound: AudioStream | None
) -> float | None:
    """Bits a second of the video: as the stream says, or what the sound leaves of the file's."""
    if stream.bit_rate:
        return float(stream.bit_rate)
    seconds = stated_duration(container, stream)
    whole = container.bit_rate or (8 * container.size / seconds if seconds else 0)
    of_sound = 0 if sound is None else sound.bit_rate or 0
    return float(whole - of_sound) if whole > of_sound else None
