"""How often a video is looked at."""

from hydrus_video_deduplicator.frames import Schedule

FRAMES_OF_A_SHORT_CLIP = 60
"""Frames of a clip of a few seconds. Fewer, and fast motion sampled at other moments than in a
trimmed copy no longer looks alike; more cost signing time and bytes."""

SHORTEST_INTERVAL = 0.125
"""Seconds between two frames at least: what moves is blurred beyond that anyway."""

LONGEST_INTERVAL = 0.25
"""Seconds between two frames that are decoded one after the other, at most. More loses the order of
quick shots, and with it excerpts of a second or two."""

DECODED_SECONDS = 30.0
"""Seconds of any video that are decoded; of a longer one, the first part of each group of pictures
that is visited. More finds more copies whose key frames lie elsewhere, and takes longer."""

VISITS_A_MINUTE = 96
"""Moments visited in a video of a minute."""

GROWTH = 0.4
"""Power of the duration with which the visits grow beyond a minute, 0 to 1. At 0.4 there is one
each 2.5 s of ten minutes and each 7.3 s of an hour: a clip of 20 s still meets some."""

MOST_VISITS = 500
"""Moments visited in any video, at most."""


def schedule(duration: float) -> Schedule:
    """When `sign` wants the frames of a video of `duration` seconds (0: unknown).

    They may lie anywhere near: their own times are used.
    """
    if duration <= DECODED_SECONDS:
        wanted = duration / FRAMES_OF_A_SHORT_CLIP
        return Schedule(min(max(SHORTEST_INTERVAL, wanted), LONGEST_INTERVAL))
    visits = min(VISITS_A_MINUTE * max(duration / 60, 1.0) ** GROWTH, MOST_VISITS)
    # Runs are short: the more of their pictures are kept, the nearer is one to those of a copy.
    return Schedule(SHORTEST_INTERVAL, duration / visits, DECODED_SECONDS / duration)
