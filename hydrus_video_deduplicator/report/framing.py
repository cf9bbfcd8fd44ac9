"""How much of the picture each of several copies shows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from hydrus_video_deduplicator.match import Edit, Match
from hydrus_video_deduplicator.report.contents import File

REFRAMED = frozenset({Edit.CROPPED, Edit.BORDERED})

ELSEWHERE = frozenset({Edit.MOVING, Edit.PANEL})
"""Edits of which no one share of the picture can be told."""


def framed(files: Sequence[File], matches: Sequence[Match]) -> list[File]:
    """The files with how much of the picture each shows, as far as these matches tell."""
    told = _with_common_bars({file.sha256: file for file in files}, matches)
    known = [match for match in matches if match.overlay and not match.edits & ELSEWHERE]
    counts = Counter(key for match in known for key in match.pair)
    if not counts:
        return list(told.values())
    reference = max(counts, key=lambda key: (counts[key], key))
    pictures = {reference: 1.0}
    for match in known:
        if reference in match.pair:
            seen = match if match.a == reference else match.inverse()
            pictures[seen.b] = _picture(seen, told[seen.a], told[seen.b])
    return [replace(file, picture=pictures.get(key)) for key, file in told.items()]


def _with_common_bars(files: Mapping[str, File], matches: Sequence[Match]) -> dict[str, File]:
    """The files, with bars only where no copy of the same frame shows a picture.

    What counts as bars may be a plain part of the picture, such as a wall.
    """
    told = dict(files)
    for match in matches:
        if match.edits.isdisjoint(REFRAMED | ELSEWHERE):
            active = max(files[key].active for key in match.pair)
            for key in match.pair:
                told[key] = replace(told[key], active=max(told[key].active, active))
    return told


def _picture(match: Match, a: File, b: File) -> float:
    """What B shows, as a multiple of what A shows, by area."""
    if Edit.CROPPED not in match.edits or match.overlay is None:
        return 1.0
    return match.overlay.area * b.active / a.active
