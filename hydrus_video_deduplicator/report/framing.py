"""How much of the picture each of several copies shows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from hydrus_video_deduplicator.match import Edit, Match
from hydrus_video_deduplicator.report.contents import File

ELSEWHERE = frozenset({Edit.MOVING, Edit.PANEL})
"""Edits of which no one share of the picture can be told."""


def framed(files: Sequence[File], matches: Sequence[Match]) -> list[File]:
    """The files with how much of the picture each shows, as far as these matches tell."""
    told = {file.sha256: file for file in files}
    known = [match for match in matches if match.overlay and not match.edits & ELSEWHERE]
    counts = Counter(key for match in known for key in match.pair)
    if not counts:
        return list(files)
    reference = max(counts, key=lambda key: (counts[key], key))
    pictures = {reference: 1.0}
    for match in known:
        if reference in match.pair:
            seen = match if match.a == reference else match.inverse()
            pictures[seen.b] = _picture(seen, told[seen.a], told[seen.b])
    return [replace(file, picture=pictures.get(file.sha256)) for file in files]


def _picture(match: Match, a: File, b: File) -> float:
    """What B shows, as a multiple of what A shows, by area."""
    if Edit.CROPPED not in match.edits or match.overlay is None:
        return 1.0
    return match.overlay.area * b.active / a.active
