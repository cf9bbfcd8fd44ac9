"""Which files version 0.1 read differently, as far as a short check can tell.

It took the first video track, dropped pictures after a clock that started again, believed each
header, and showed some pictures turned, at another speed, or without their transparency. A check
decodes one picture, at most.
"""

from __future__ import annotations

from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.containers import open_container
from hydrus_video_deduplicator.errors import UnreadableVideo
from hydrus_video_deduplicator.frames.animation import HEAD_BYTES
from hydrus_video_deduplicator.frames.decoding import Decoder
from hydrus_video_deduplicator.frames.orientation import Turn
from hydrus_video_deduplicator.frames.reader import ANIMATIONS
from hydrus_video_deduplicator.frames.sampling import LEAST_HOLD, ScheduleOf
from hydrus_video_deduplicator.frames.video import TRUSTED_SECONDS, Developer, stated_duration

UNSTEADY = frozenset("apng flv gif mpeg mpegts ogg".split())
"""Containers whose clock or delays 0.1 took as they are: a check cannot tell whether that was
wrong."""


def is_read_otherwise(
    file: BinaryIO, times: NDArray[np.float32], duration: float, schedule_of: ScheduleOf
) -> bool:
    """Whether this version may see other frames of the file than at these times.

    times: ascending seconds. duration: seconds. Files that cannot be opened are read as before: not
        at all.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if any(kind.is_one(head) for kind in ANIMATIONS):
        return True
    try:
        with open_container(file) as container:
            if container.format.name in UNSTEADY or len(container.streams.video) > 1:
                return True
            decoder = Decoder(container, file)
            stated = stated_duration(container, decoder.stream)
            is_long = bool(schedule_of(stated).visit)
            return (
                decoder.has_alpha_layer
                or _has_gaps(times, duration, schedule_of)
                or stated - duration > TRUSTED_SECONDS
                or _is_flipped(decoder)
                or (is_long and not _is_as_long(decoder, stated, duration))
            )
    except UnreadableVideo:
        return False


def _has_gaps(times: NDArray[np.float32], duration: float, schedule_of: ScheduleOf) -> bool:
    """Whether a video that was decoded through has stretches without a frame."""
    gaps = np.diff(times, append=np.float32(duration))
    return not schedule_of(duration).visit and bool((gaps > LEAST_HOLD).any())


def _is_flipped(decoder: Decoder) -> bool:
    """Whether the first picture is shown flipped, not as it is or turned."""
    _, picture = next(decoder.through(), (0.0, None))
    if picture is None:
        return False
    quarters = round(picture.rotation / 90) % 4
    return Developer().turn(picture.reformat(16, 16)) != TURNS[quarters]


def _is_as_long(decoder: Decoder, stated: float, duration: float) -> bool:
    """Whether a long video is as long as its header says and as it was believed to be."""
    length = decoder.survey.length(stated) if decoder.survey.can_seek() else None
    if length is None:
        return False
    return max(abs(length - stated), abs(length - duration)) < TRUSTED_SECONDS


TURNS = (
    Turn(),
    Turn(transposed=True, flipped_y=True),
    Turn(flipped_x=True, flipped_y=True),
    Turn(transposed=True, flipped_x=True),
)
"""By quarter turns to the left."""
