"""Amounts and times in words, on the terminal and in a report; suggestions for typos."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

SIMILAR = 0.6
"""Least similarity, 0 to 1, of a word and the one that is suggested instead."""

MOST_LISTED = 3
"""Words of a list that are named."""


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


Spans = Sequence[tuple[float, float]]
"""Starts and ends, in seconds."""


def stretches(first: Spans, second: Spans, to: str) -> tuple[list[str], list[str]]:
    """The stretches of one video and those of another, such as `0:04–0:31`; `to` is the dash.

    A stretch that is repeated is there once. With tenths where whole seconds do not tell a start
    from an end, or one video from the other.
    """
    whole = [[(clock(start), clock(end)) for start, end in spans] for spans in (first, second)]
    is_empty = any(start == end for spans in whole for start, end in spans)
    tenths = is_empty or (whole[0] == whole[1] and not _are_same(first, second))

    def said(spans: Spans) -> list[str]:
        texts = (to.join(clock(at, tenths=tenths) for at in span) for span in spans)
        return list(dict.fromkeys(texts))

    return said(first), said(second)


def _are_same(first: Spans, second: Spans) -> bool:
    return all(
        round(a, 1) == round(b, 1)
        for one, other in zip(first, second, strict=True)
        for a, b in zip(one, other, strict=True)
    )


def listed(words: Sequence[str]) -> str:
    """Such as `a`, `a and b` or `a, b, c and 2 more`."""
    named = [*words[:MOST_LISTED]]
    if len(words) > MOST_LISTED:
        named.append(f"{len(words) - MOST_LISTED} more")
    return " and ".join(filter(None, [", ".join(named[:-1]), *named[-1:]]))


def suggestion(word: str, known: Iterable[str], similarity: float = SIMILAR) -> str:
    """A question to append to an error, with the nearest of `known`; empty if none is near."""
    near = get_close_matches(word, list(known), 1, similarity)
    return f" Did you mean {near[0]}?" if near else ""
