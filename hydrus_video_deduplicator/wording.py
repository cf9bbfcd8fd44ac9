"""Amounts and times in words, on the terminal and in a report; suggestions for typos."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

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


def faster(ratio: float, than: str = "") -> str:
    """Such as `25% faster` or, from twice as fast on, `2.5 times as fast`; ratio: 1 or more."""
    if ratio >= 2:
        return f"{ratio:.3g} times as fast" + (f" as {than}" if than else "")
    percent = 100 * (ratio - 1)
    text = f"{percent:.0f}% faster" if percent >= 1 else f"{percent:.1f}% faster"
    return f"{text} than {than}" if than else text


def clock(seconds: float, *, tenths: bool = False) -> str:
    """Such as `0:04`, `1:00:31` or, with tenths, `0:04.3`."""
    minutes, rest = divmod(round(seconds, 1) if tenths else round(seconds), 60)
    hours, minutes = divmod(int(minutes), 60)
    shown = f"{rest:04.1f}" if tenths else f"{rest:02}"
    return f"{hours}:{minutes:02}:{shown}" if hours else f"{minutes}:{shown}"


def stretches(spans: Sequence[tuple[float, float]], to: str) -> list[str]:
    """Each start and end, in seconds, such as `0:04–0:31`, where `to` is the dash.

    With tenths where whole seconds say nothing: one stretch has no length, or all are the same.
    """
    whole = [(clock(start), clock(end)) for start, end in spans]
    says_nothing = any(start == end for start, end in whole) or len({*whole}) < len(whole)
    return [to.join(clock(moment, tenths=says_nothing) for moment in span) for span in spans]


def suggestion(word: str, known: Iterable[str], similarity: float = SIMILAR) -> str:
    """A question to append to an error, with the nearest of `known`; empty if none is near."""
    near = get_close_matches(word, list(known), 1, similarity)
    return f" Did you mean {near[0]}?" if near else ""
