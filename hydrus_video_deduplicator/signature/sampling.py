"""How often a video is looked at."""

FRAMES_OF_A_SHORT_CLIP = 60
"""Frames of a clip of a few seconds. Fewer, and fast motion sampled at other moments than in a
trimmed copy no longer looks alike; more cost signing time and bytes."""

SHORTEST_INTERVAL = 0.125
"""Seconds between two frames at least: what moves is blurred beyond that anyway."""

LONGEST_INTERVAL_UP_TO_A_MINUTE = 0.25
"""Seconds between two frames of a clip of half a minute. More loses the order of quick shots, and
with it excerpts of a second or two."""

FRAMES_A_MINUTE = 120
"""Frames of a video of one minute. Half as many still find most edits but not short excerpts."""

GROWTH = 0.4
"""Power of the duration with which the frames grow beyond a minute, 0 to 1. At 0.4 ten minutes
give 300 frames (one each 2 s), half an hour 470 (one each 4 s): a clip of 20 s still meets some."""

MOST_FRAMES = 500
"""Frames of any video, at most: a worker holds them in memory."""


def sample_interval(duration: float) -> float:
    """Seconds between the frames that `sign` wants of a video of `duration` seconds.

    The frames may lie anywhere near this grid: their own times are used.
    """
    if duration <= FRAMES_A_MINUTE * LONGEST_INTERVAL_UP_TO_A_MINUTE:
        wanted = duration / FRAMES_OF_A_SHORT_CLIP
        return min(max(SHORTEST_INTERVAL, wanted), LONGEST_INTERVAL_UP_TO_A_MINUTE)
    frames: float = FRAMES_A_MINUTE * max(duration / 60, 1.0) ** GROWTH
    return duration / min(frames, MOST_FRAMES)
