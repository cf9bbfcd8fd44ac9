"""Which candidates are judged together: those of copies of one video, so that one says of another.

Also, a video is then unpacked once for many of its pairs.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.matching import Candidates

FEWEST_PAIRS, MOST_PAIRS = 100, 1000
"""Candidates judged before their matches are stored. A kill loses at most what is judged at that
moment, and `--max-time` waits for one portion. Fewer cost a transaction each, and say less of each
other."""


@dataclass(frozen=True, slots=True)
class Portion:
    """Candidates that are judged together.

    pairs: intp (p,), their places among all.
    compared: intp (c,), new signatures of which no pair is left afterwards.
    """

    pairs: NDArray[np.intp]
    compared: NDArray[np.intp]


def portions(
    candidates: Candidates, files: NDArray[np.intp], is_new: NDArray[np.bool_]
) -> Iterator[Portion]:
    """All candidates, in order.

    files: (videos,), number of the file of each signature. is_new: (videos,), whether it is new.
    """
    sides = candidates.a, candidates.b
    group = _groups(files[sides[0]], files[sides[1]], int(files.max(initial=-1)) + 1)
    ranks = np.empty(len(group), np.intp)
    ranks[np.argsort(group, kind="stable")] = np.arange(len(group))
    rank = ranks[files]
    # A pair is due with the later of its new files; those of the same two files follow each other.
    due = np.maximum(*(np.where(is_new[side], rank[side], -1) for side in sides))
    order = np.lexsort((*(files[side] for side in reversed(sides)), due))
    ends = _ends(np.sort(group)[due[order]])
    new = np.flatnonzero(is_new)
    new = new[np.argsort(rank[new], kind="stable")]
    next_due = [*due[order[ends[:-1]]].tolist(), len(files)]
    compared = np.searchsorted(rank[new], next_due)
    for start, end, first, last in zip([0, *ends], ends, [0, *compared], compared, strict=False):
        yield Portion(order[start:end], new[first:last])


def _ends(group: NDArray[np.intp]) -> list[int]:
    """Where each portion of the ordered candidates ends, (n,) by group: with one, if it can."""
    changes = np.flatnonzero(group[1:] != group[:-1]) + 1
    ends = [0]
    while ends[-1] < len(group):
        after = np.searchsorted(changes, ends[-1] + FEWEST_PAIRS)
        end = int(changes[after]) if after < len(changes) else len(group)
        ends.append(min(end, ends[-1] + MOST_PAIRS))
    return ends[1:] or [0]


def _groups(a: NDArray[np.intp], b: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """For each file the number of its group; -1 for one that is in no pair of files a and b.

    A group is a file and those that it pairs with: first that with most pairs, and so on with those
    that are left.
    """
    group = np.full(count, -1)
    one, other = np.divmod(np.unique(np.concatenate([a * count + b, b * count + a])), max(count, 1))
    starts = np.searchsorted(one, np.arange(count + 1))
    pairs = np.diff(starts)
    for number, first in enumerate(np.argsort(-pairs, kind="stable")[: np.count_nonzero(pairs)]):
        if group[first] < 0:
            beside = other[starts[first] : starts[first + 1]]
            group[beside[group[beside] < 0]] = group[first] = number
    return group
