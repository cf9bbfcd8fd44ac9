"""Amounts and times in words, on the terminal and in a report; suggestions for typos."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

MOST_LISTED = 3
"""Things that are named one by one; of more, the rest is counted."""

SHORT, BRIEF = 60.0, 2.0
"""Seconds of a video and of a stretch of it below which whole seconds say little."""

ONE_AND_A_HALF, NEARLY = 1.4, 0.03
"""Ratio from which a speed is rounded to halves, and the share of it by which that may be wrong."""

TWICE = 1.95
"""Ratio of two speeds from which it is called a number of times."""

SIMILAR = 0.6
"""Least similarity, 0 to 1, of a word and the one that is suggested instead."""


def plural(count: int, noun: str) -> str:
    """The noun as it follows the count."""
    return noun if count == 1 else f"{noun}s"


def counted(count: int, noun: str) -> str:
    """Such as `1 file` and `2,000 files`."""
    return f"{count:,} {plural(count, noun)}"


def are(count: int) -> str:
    """The verb that follows the count."""
    return "is" if count == 1 else "are"


def listed(items: Sequence[str], noun: str = "") -> str:
    """Such as `a`, `a and b` or, of many nouns, `a, b and 3 more parts`."""
    if len(items) > MOST_LISTED:
        left = len(items) - MOST_LISTED + 1
        items = [*items[: MOST_LISTED - 1], f"{left} more {plural(left, noun)}".rstrip()]
    *others, last = items
    return f"{', '.join(others)} and {last}" if others else last


def clock(seconds: float, exact: bool = False) -> str:
    """Such as `0:04` or `1:00:31`; if it is to be exact, with a tenth that is not 0: `0:04.2`."""
    whole, tenth = divmod(round(10 * seconds), 10) if exact else (round(seconds), 0)
    minutes, rest = divmod(max(0, whole), 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
    return f"{text}.{tenth}" if tenth else text


def stretch(start: float, end: float) -> str:
    """A stretch of a video such as `1:04–1:31`, in seconds; in tenths where seconds say little."""
    exact = end < SHORT or end - start < BRIEF
    return f"{clock(start, exact)}–{clock(end, exact)}"


def faster(ratio: float, than: str = "") -> str:
    """Such as `25% faster` or, from twice as fast on, `2.5 times as fast`; ratio: 1 or more."""
    simple = round(2 * ratio) / 2
    if ratio >= ONE_AND_A_HALF and abs(simple - ratio) <= NEARLY * ratio:
        ratio = simple
    if ratio >= TWICE:
        times = "twice" if ratio == 2 else f"{ratio:.3g} times"
        return f"{times} as fast" + (f" as {than}" if than else "")
    percent = 100 * (ratio - 1)
    text = f"{percent:.0f}% faster" if percent >= 1 else f"{percent:.1f}% faster"
    return f"{text} than {than}" if than else text


def suggestion(word: str, known: Iterable[str], similarity: float = SIMILAR) -> str:
    """A question to append to an error, with the nearest of `known`; empty if none is near."""
    near = get_close_matches(word, list(known), 1, similarity)
    return f" Did you mean {near[0]}?" if near else ""
