"""Which of the video tracks of a file a player shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import BinaryIO

from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from hydrus_video_deduplicator.containers import has_decoder, open_container
from hydrus_video_deduplicator.errors import NoMovingPicture, UnreadableVideo

COVERS = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
"""Covers, previews and the picture of an audio file: none of them is the video."""

ONLY_A_COVER = "no moving picture, only a cover"

MOST_PACKETS = 2_000
"""Packets of all tracks after which a track with one picture so far counts as having no more: the
pictures of a slide show are seconds apart, with the sound of those seconds between them."""


def shown_stream(container: InputContainer, file: BinaryIO) -> VideoStream:
    """The track that a player shows, as mpv and browsers choose it. `file`: of the container.

    A track that is switched off comes last, a moving one before a single picture, then the one
    with the default flag, then the first. A cover or a preview is never taken.
    Raises `NoMovingPicture` if there is none, and `UnreadableVideo` if none can be decoded.
    """
    films = [stream for stream in container.streams.video if not stream.disposition & COVERS]
    readable = list(filter(has_decoder, films))
    if not readable:
        raise _nothing_to_show(container)
    readable = [stream for stream in readable if not _is_mask(stream)] or readable
    if len(readable) == 1:
        return readable[0]
    moving = _moving(readable, file)
    # In MP4, FFmpeg gives the default flag to the tracks that are switched on.
    has_switches = "mp4" in container.format.name.split(",")

    def rank(stream: VideoStream) -> tuple[bool, bool, bool]:
        is_default = bool(stream.disposition & Disposition.default)
        return (is_default or not has_switches, stream.index in moving, is_default)

    return max(readable, key=rank)  # the first of equals


def _nothing_to_show(container: InputContainer) -> UnreadableVideo:
    """Why there is no track to show."""
    covers = [bool(stream.disposition & COVERS) for stream in container.streams.video]
    if not all(covers):
        return UnreadableVideo("no decoder for its kind of video")
    if not covers and not container.streams.audio:
        return UnreadableVideo("neither video nor sound in it, so the file is damaged")
    return NoMovingPicture(ONLY_A_COVER if covers else "no moving picture, only sound")


def _is_mask(stream: VideoStream) -> bool:
    """Whether it may be the transparency of another track (HEIF): FFmpeg does not tell."""
    return (stream.codec_context.pix_fmt or "").startswith("gray")


def _moving(streams: Sequence[VideoStream], file: BinaryIO) -> set[int]:
    """The indices of those streams that have more than one picture.

    For this, the file is opened again: not every container can return to its first packet.
    """
    if all(stream.frames for stream in streams):
        return {stream.index for stream in streams if stream.frames > 1}
    counts: Counter[int] = Counter()
    place = file.tell()
    with open_container(file) as container:
        for number, packet in enumerate(container.demux()):
            counts[packet.stream_index] += packet.size > 0
            if number >= MOST_PACKETS or all(counts[stream.index] > 1 for stream in streams):
                break
    file.seek(place)
    return {stream.index for stream in streams if counts[stream.index] > 1}
