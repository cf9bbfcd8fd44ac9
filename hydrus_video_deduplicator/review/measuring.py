"""Which of several copies shows more: each is compared with one of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from hydrus_video_deduplicator.library import Pair
from hydrus_video_deduplicator.match import Kind, Match
from hydrus_video_deduplicator.report.contents import File
from hydrus_video_deduplicator.report.examining import Examined, is_comparable
from hydrus_video_deduplicator.report.quality import Flaw
from hydrus_video_deduplicator.review.looking import Copies, Looker

COMPARED = frozenset({Kind.SAME, Kind.TRIMMED, Kind.SPEED, Kind.RECUT})
"""Kinds of match in which both show one thing at one moment of the longest part. A copy with a
frozen end may be a recut: that end is a part of the other in which nothing moves."""


def measured(
    files: Mapping[str, File], matches: Sequence[Match], looker: Looker
) -> dict[str, File]:
    """The files with the detail and the flaws that are seen in their pictures.

    Those that can be compared with one of them, that is; a cropped copy, for example, cannot.
    """
    told = {sha256: _with_still_end(file) for sha256, file in files.items()}
    able = [
        match
        for match in matches
        if match.kind in COMPARED
        and is_comparable(match)
        and all(files[file].streams is not None for file in match.pair)
    ]
    counts = Counter(file for match in able for file in match.pair)
    if not counts:
        return told
    reference = max(counts, key=lambda file: (counts[file], files[file].listing.size, file))
    against = [match for match in able if reference in match.pair]
    exams = looker.exams(Copies(match, _frame_rates(match, files)) for match in against)
    for pair, exam in exams.items():
        if isinstance(exam, Examined) and exam.comparison is not None:
            _take(told, pair, reference, exam)
    return told


def _frame_rates(match: Match, files: Mapping[str, File]) -> tuple[float, float]:
    first, second = (files[file].streams for file in match.pair)
    return (first and first.frame_rate) or 0.0, (second and second.frame_rate) or 0.0


def _with_still_end(file: File) -> File:
    return replace(file, flaws=file.flaws | {Flaw.STILL_END}) if file.still_end else file


def _take(told: dict[str, File], pair: Pair, reference: str, exam: Examined) -> None:
    """Note what was seen of a pair of which one is the reference."""
    comparison = exam.comparison
    assert comparison is not None
    for file, seconds in zip(pair, exam.still_ends or (), strict=False):
        if seconds > told[file].still_end:
            told[file] = _with_still_end(replace(told[file], still_end=seconds))
    (other,) = {*pair} - {reference}
    told[reference] = replace(told[reference], is_examined=True, detail=1.0)
    detail = comparison.detail
    if detail is not None and other == pair[0]:
        detail = 1 / max(detail, 1e-6)
    told[other] = replace(told[other], is_examined=True, detail=detail)
    found: list[tuple[str, Flaw]] = []
    if comparison.is_enlarged:
        found.append((max(pair, key=lambda file: _pixels(told[file])), Flaw.ENLARGED))
    if comparison.sharpened is not None:
        found.append((pair[comparison.sharpened], Flaw.SHARPENED))
    if exam.interpolated is not None:
        found.append((pair[exam.interpolated], Flaw.INTERPOLATED))
    for file, flaw in found:
        told[file] = replace(told[file], flaws=told[file].flaws | {flaw})


def _pixels(file: File) -> int:
    return 0 if file.streams is None else file.streams.width * file.streams.height
