"""Videos through FFmpeg's libraries, as PyAV carries them."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, partial
from math import inf
from typing import BinaryIO

import av
import numpy as np
from av.container import InputContainer
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from hydrus_video_deduplicator.containers import open_container
from hydrus_video_deduplicator.errors import NoMovingPicture, UnreadableVideo
from hydrus_video_deduplicator.frames.decoding import Decoder, TimedPictures
from hydrus_video_deduplicator.frames.frame import (
    COLOUR_SIDE,
    GREY_SIDE,
    Footage,
    Frame,
    fitted,
    greys_of,
    over_white,
)
from hydrus_video_deduplicator.frames.orientation import Turn
from hydrus_video_deduplicator.frames.sampling import (
    LEAST_HOLD,
    MAX_FRAMES,
    Sampler,
    Schedule,
    ScheduleOf,
    Takes,
)
from hydrus_video_deduplicator.frames.streams import ONLY_A_COVER
from hydrus_video_deduplicator.frames.unread import Span

TRUSTED_SECONDS = 0.5
"""A stated duration is believed where it differs from that of the decoded pictures by less: the
last of them may have been skipped. A truncated file differs by more."""

SQUARE, LONGEST_PIXEL = 1.02, 4.0
"""Longer over shorter side of a pixel up to which it is square, and from which that is absurd: the
longest pixels in use, of anamorphic DV and film, are less than 2."""

LONGER = 2.0
"""Seconds by which a short video may be longer than it says. Beyond that, it is read as one of
unknown length, because the length decides how often it is sampled."""

LONGEST_GROUP = 30.0
"""Seconds from one key frame to the next beyond which visits leave too much of a video unseen, and
it is decoded through. Encoders put key frames up to ten seconds apart unless told otherwise."""


def read(file: BinaryIO, schedule_of: ScheduleOf) -> Footage:
    """See `read_frames`."""
    for way in (partial(_through, if_short=True), _in_runs, _through):
        if (footage := way(file, schedule_of)) is not None:
            return footage
    raise UnreadableVideo("no picture could be decoded")


def read_stretches(file: BinaryIO, spans: Iterable[Span], interval: float) -> Iterator[list[Frame]]:
    """The grey frames of some stretches of a long video, about `interval` seconds apart.

    spans: start and end of each, in seconds. Its frames begin at the key frame before, and there
        may be none of them. Nothing comes if one cannot seek in the file. Raises `UnreadableVideo`
        if it is no video.
    """
    with open_container(file) as container:
        decoder = Decoder(container, file)
        if decoder.survey.can_seek():
            yield from (_frames(decoder.stretch(*span), interval) for span in spans)


def _frames(pictures: TimedPictures, interval: float) -> list[Frame]:
    develop = Developer()
    sampler: Sampler | None = None
    for time, picture in pictures:
        sampler = sampler or Sampler(interval, MAX_FRAMES, first=time)
        sampler.offer(time, partial(develop.grey_frame, picture))
    return [] if sampler is None else sampler.frames


def _through(
    file: BinaryIO, schedule_of: ScheduleOf, *, if_short: bool = False, every_picture: bool = False
) -> Footage | None:
    """All of a video; None if there is nothing.

    if_short: None, too, if it does not say that it is short, or goes on and on.
    """
    with open_container(file) as container:
        decoder = Decoder(container, file, every_picture=every_picture)
        stated = stated_duration(container, decoder.stream)
        schedule, until = schedule_of(stated if if_short else 0.0), inf
        if if_short and not decoder.is_animation:
            if not stated or schedule.visit:
                return None
            until = stated + LONGER
        pictures = decoder.through(stated)
        footage = _footage(file, decoder, pictures, schedule=schedule, stated=stated, until=until)
        is_cover = footage is not None and decoder.is_cover
    if decoder.unread.has_missed and not every_picture:
        return _through(file, schedule_of, if_short=if_short, every_picture=True)
    if is_cover:
        raise NoMovingPicture(ONLY_A_COVER)
    return footage


def _in_runs(file: BinaryIO, schedule_of: ScheduleOf) -> Footage | None:
    """What the visits see of a long video; None if they cannot be made, or see too little."""
    with open_container(file) as container:
        decoder = Decoder(container, file)
        if not decoder.survey.can_seek():
            return None
        stated = stated_duration(container, decoder.stream)
        length = decoder.survey.length(stated)
        if length is None:
            return None
        duration = stated if abs(stated - length) < TRUSTED_SECONDS else length
        schedule = schedule_of(duration)
        is_slow = decoder.survey.seconds_a_picture(duration) >= LEAST_HOLD
        if not schedule.visit or is_slow:  # of a slide show, each of the few pictures counts
            return None
        runs = decoder.in_runs(duration, schedule, stated)
        footage = _footage(file, decoder, runs, schedule=schedule, stated=duration, holds=False)
        if footage is None or footage.longest_gap() > schedule.visit + LONGEST_GROUP:
            return None
        return footage


def _footage(
    file: BinaryIO,
    decoder: Decoder,
    pictures: TimedPictures,
    *,
    schedule: Schedule,
    stated: float,
    until: float = inf,
    holds: bool = True,
) -> Footage | None:
    """The frames to keep of the pictures; None if there are none, or some after `until`.

    stated: seconds that the video may last; what was decoded of it decides.
    holds: whether a picture stays until the next one of them.
    """
    takes = Takes(schedule.interval, holds=holds)
    develop = Developer()
    for time, picture in pictures:
        if time > until:
            return None
        if not decoder.unread.is_known:
            takes.skip()
        takes.offer(time, partial(develop.grey_frame, picture), partial(develop.still, picture))
    if not takes.frames:
        return None
    others = decoder.other_bytes() if holds else inf
    decoder.unread.look_into_gaps(file, decoder.end, stated, others)
    is_stated = stated and abs(stated - decoder.end) < TRUSTED_SECONDS and not decoder.is_animation
    duration = (stated if is_stated else decoder.end) + decoder.unread.more
    if not decoder.unread.ends_at(duration):
        takes.hold(duration)
    unread = tuple(decoder.unread.spans)
    return Footage(_seen(takes.frames, unread), takes.stills, duration, unread)


def _seen(frames: list[Frame], unread: Sequence[Span]) -> list[Frame]:
    """The frames without those that were taken to stay through what could not be read."""
    return [frame for frame in frames if not any(start < frame.time < end for start, end in unread)]


def stated_duration(container: InputContainer, stream: VideoStream) -> float:
    """Seconds that the file says it lasts; 0 if it says nothing that can be."""
    if stream.duration and stream.time_base:
        seconds = float(stream.duration * stream.time_base)
    else:
        seconds = (container.duration or 0) / av.time_base
    return max(0.0, seconds)


def pixel_aspect(stream: VideoStream) -> float:
    """Width over height of a pixel as a player shows it; absurd ones are taken for squares."""
    aspect = float(stream.sample_aspect_ratio or 1)
    longer = max(aspect, 1 / aspect) if aspect > 0 else 1.0
    return aspect if SQUARE < longer < LONGEST_PIXEL else 1.0


class Developer:
    """Turns decoded pictures into small ones; keeps what FFmpeg prepares for the conversion."""

    def __init__(self, aspect: float = 1.0, side: int = COLOUR_SIDE) -> None:
        """`aspect`: width over height of a pixel. Hashes take every pixel for a square.

        side: pixels of the longer side of a picture in colour, at most.
        """
        self._to_grey, self._to_colour = VideoReformatter(), VideoReformatter()
        self._aspect = aspect
        self._side = side
        self._turn: tuple[int, Turn] | None = None

    @property
    def is_turned(self) -> bool:
        """Whether the last picture was laid on its side."""
        return self._turn is not None and self._turn[1].transposed

    def grey_frame(self, picture: VideoFrame, time: float) -> Frame:
        """The grey frame of a picture."""
        if _has_alpha(picture):
            rgba = self._converted(self._to_grey, picture, GREY_SIDE, "rgba")
            return Frame(time, *greys_of(rgba))
        return Frame(time, self._converted(self._to_grey, picture, GREY_SIDE, "gray"))

    def still(self, picture: VideoFrame, time: float) -> Frame:
        """The frame of a picture in colour."""
        return Frame(time, self.colour(picture))

    def colour(self, picture: VideoFrame) -> NDArray[np.uint8]:
        """RGB, (height, width, 3), over white."""
        if _has_alpha(picture):
            return over_white(self._converted(self._to_colour, picture, self._side, "rgba"))
        return self._converted(self._to_colour, picture, self._side, "rgb24")

    def _converted(
        self, reformatter: VideoReformatter, picture: VideoFrame, side: int, form: str
    ) -> NDArray[np.uint8]:
        small = reformatter.reformat(
            picture,
            *fitted(picture.width * self._aspect, picture.height, side),
            format=form,
            # One matrix for all: copies lose or change the flag, and VideoHash reads all as BT.601.
            src_colorspace=Colorspace.ITU601,
            dst_colorspace=Colorspace.ITU601,
            interpolation=Interpolation.AREA,
            threads=1,  # to wake another takes longer than its half of the work
        )
        image: NDArray[np.uint8] = small.to_ndarray().astype(np.uint8, copy=False)
        return self.turn(small).apply(image)

    def turn(self, picture: VideoFrame) -> Turn:
        """How the picture is shown: what its matrix says, read again where its angle changes.

        PyAV keeps a picture whose side data was looked at until Python collects its garbage: it
        should be a small one.
        """
        if self._turn is None or picture.rotation != self._turn[0]:
            self._turn = picture.rotation, Turn.of(picture)
        return self._turn[1]


def _has_alpha(picture: VideoFrame) -> bool:
    return _is_format_with_alpha(picture.format.name)


@cache
def _is_format_with_alpha(name: str) -> bool:
    return any(component.is_alpha for component in VideoFormat(name).components)
