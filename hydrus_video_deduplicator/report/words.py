"""What a report says about pairs and files, in words."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from hydrus_video_deduplicator.match import Kind, percent
from hydrus_video_deduplicator.relation import edits_in_words, in_time, sound_in_words
from hydrus_video_deduplicator.report.codecs import codec_name
from hydrus_video_deduplicator.report.contents import File, Group, Pair, Side
from hydrus_video_deduplicator.report.hearing import Unheard
from hydrus_video_deduplicator.report.quality import (
    BIT_RATE,
    DETAIL,
    FLAWS,
    FRAME_RATE,
    LENGTH,
    PICTURE,
    RESOLUTION,
    SOUND,
    Criterion,
)
from hydrus_video_deduplicator.stages.tagging import NAMESPACE
from hydrus_video_deduplicator.wording import SHORT, clock

UNKNOWN = "?"

PARTS = frozenset({Kind.TRIMMED, Kind.EXCERPT, Kind.RECUT})
"""Kinds of which one file may hold another beside different videos."""


UNITS = {"kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}
"""Of sizes, in bytes."""

NEAR_TIE = 0.05
"""Share of the larger size by which another may be less and not be called different."""

WORSE = {
    LENGTH: "is shorter",
    RESOLUTION: "has fewer pixels",
    PICTURE: "shows less of the picture",
    DETAIL: "shows less detail",
    FLAWS: "has more flaws",
    BIT_RATE: "has a lower bit rate for its codec",
    SOUND: "has no sound",
    FRAME_RATE: "has a lower frame rate",
}

BETTER = {
    LENGTH: "it is longer",
    RESOLUTION: "it has more pixels",
    PICTURE: "it shows more of the picture",
    DETAIL: "it shows more detail",
    BIT_RATE: "it has a higher bit rate for its codec",
    SOUND: "it has sound",
    FRAME_RATE: "it has a higher frame rate",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One property of all files that are compared.

    differs: whether the files differ in it; a near tie does not count. decides: whether the advice
        is based on it.
    """

    label: str
    values: tuple[str, ...]
    differs: bool
    decides: bool


def rows(files: Sequence[File], reasons: Collection[Criterion]) -> list[Row]:
    """The properties of the files; `reasons` are the criteria that the advice is based on."""
    made = [
        _row(label, files, show, amount, criterion, decides=criterion in reasons)
        for label, show, amount, criterion in (
            ("Length", length, lambda file: file.seconds, LENGTH),
            ("Resolution", _resolution, _pixels, RESOLUTION),
            ("Picture", _picture_among(files), lambda file: file.picture, PICTURE),
            ("Detail", _detail_among(files), lambda file: file.detail, DETAIL),
            ("Flaws", _flaws, None, FLAWS),
            ("Size", lambda file: size(file.listing.size), lambda file: file.listing.size, None),
            ("Container", _container, None, None),
            ("Codec", _codec, None, None),
            ("Bit rate", _bit_rate, lambda file: file.bit_rate, BIT_RATE),
            ("Frame rate", _frame_rate, _pictures_a_second, FRAME_RATE),
            ("Sound", _sound_of, None, SOUND),
            ("Tags", _tags, None, None),
            ("Status", _status, None, None),
            ("Rating", _rating, None, None),
            ("Readable", _readable, None, None),
        )
    ]
    imported = Row("Imported", tuple(map(_imported, files)), differs=False, decides=False)
    return [row for row in (*made, imported) if set(row.values) != {""}]


def _row(
    label: str,
    files: Sequence[File],
    show: Callable[[File], str],
    amount: Callable[[File], float | None] | None,
    criterion: Criterion | None,
    *,
    decides: bool,
) -> Row:
    """amount: what is shown, as a number, where there are near ties in it."""
    values = tuple(map(show, files))
    differs = len(set(values)) > 1
    known = [] if amount is None else [x for x in map(amount, files) if x is not None]
    if differs and len(known) == len(files):
        near = NEAR_TIE if criterion is None else criterion.near_tie
        differs = min(known) < (1 - near) * max(known)
    return Row(label, values, differs, decides)


def edits(pair: Pair) -> list[str]:
    """How the pictures differ, such as `mirrored`."""
    return edits_in_words(pair.match.edits)


def edits_of(group: Group) -> list[str]:
    """How the pictures of some of its pairs differ."""
    return edits_in_words(group.edits)


def how(pair: Pair) -> str:
    """How the two relate in time, in a sentence."""
    said = in_time(pair.match, *(side.letter for side in pair.sides))
    return f"{said[:1].upper()}{said[1:]}."


def sound(pair: Pair) -> str:
    """What the sound says about the two."""
    return sound_in_words(pair.match) or _unjudged_sound(pair)


def _unjudged_sound(pair: Pair) -> str:
    streams = [side.file.streams for side in pair.sides]
    if None in streams:
        return "sound not known"
    heard = [side for side in pair.sides if side.file.has_sound]
    if len(heard) == 1:
        return f"sound only in {heard[0].letter}"
    if not heard:
        return "silent" if any(each and each.sound for each in streams) else "no sound"
    why = Unheard.NOT_YET if pair.unheard is None else pair.unheard
    return f"sound not compared: {why.value}"


def advice(pair: Pair) -> str:
    """Which of the two looks best, and by what."""
    if pair.advice.best is None or pair.advice.by is None:
        if any(side.file.streams is None for side in pair.sides):
            return "A file could not be opened, so the report cannot say which looks best."
        return "Neither looks clearly better."
    best = pair.sides[pair.advice.best]
    other = pair.sides[1 - pair.advice.best]
    why = _why_better(pair.advice.by, best.file, other.file)
    said = f"{best.letter} looks best: {why}."
    if pair.match.kind is Kind.REVERSED:
        return f"{said} But one of the two plays backwards."
    is_part = pair.advice.by is LENGTH and pair.match.kind in PARTS
    return f"{said} But if it joins different videos, the two are alternates." if is_part else said


def _why_better(by: Criterion, best: File, other: File) -> str:
    """What the best has more of, or the other one has worse."""
    if by is LENGTH and other.still_end > best.still_end:
        return "more of it moves"
    if by is LENGTH and other.readable < best.readable:
        return "more of it can be read"
    if by is FLAWS:
        return f"the other one {' and '.join(sorted(f.value for f in other.flaws - best.flaws))}"
    return BETTER[by]


def advice_of_group(group: Group) -> str:
    """Which of its files looks best, and by what; the space of the others."""
    larger = f"All but the smallest take {size(group.larger_bytes)}"
    if not group.advice.reasons:
        return f"No file looks clearly best. {larger}."
    rest = size(sum(file.listing.size for file in group.files[1:]))
    why = " or ".join(_worse(reason, group.files) for reason in group.advice.reasons)
    return f"A looks best: each of the others {why}. {larger}; all but A, {rest}."


def _worse(reason: Criterion, files: Sequence[File]) -> str:
    """What the others of a group have less of: in words that hold for each of them."""
    if reason is LENGTH and any(file.still_end for file in files):
        return "moves for less time"
    if reason is LENGTH and any(file.readable < 1 for file in files):
        return "has less that can be read"
    return WORSE[reason]


def length(file: File) -> str:
    """Such as `4.2 s` or `1:31`."""
    return clock(file.seconds) if file.seconds >= SHORT else f"{file.seconds:.1f} s"


def moments(side: Side) -> str:
    """When the pictures of a file were taken."""
    return ", ".join(moment(shot.time) for shot in side.strip)


def moment(seconds: float) -> str:
    """Such as `0:04.2`, or `2:31` in a longer video."""
    return clock(seconds, exact=seconds < SHORT)


def size(count: float) -> str:
    """Bytes, such as `3.4 MB`; a MB is a million."""
    if count < 1000:
        return f"{count:.0f} bytes"
    unit = next(unit for unit in UNITS if count < 1000 * UNITS[unit] or unit == "TB")
    count /= UNITS[unit]
    return f"{count:.0f} {unit}" if count >= 100 else f"{count:.1f} {unit}"


def _resolution(file: File) -> str:
    streams = file.streams
    if streams is None:
        return UNKNOWN
    stored = f"{streams.width} × {streams.height}"
    if streams.shown is None:
        return stored
    width, height = streams.shown
    return f"{stored}, shown as {width} × {height}"


def _picture_among(files: Sequence[File]) -> Callable[[File], str]:
    """Shows how much of the picture a file has, as a share of the most; nothing if all have it."""
    pictures = [file.picture for file in files if file.picture is not None]
    most, least = max(pictures, default=1.0), min(pictures, default=1.0)

    def show(file: File) -> str:
        is_known = file.picture is not None and least < most
        return f"{100 * (file.picture or 0) / most:.0f}%" if is_known else ""

    return show


def _detail_among(files: Sequence[File]) -> Callable[[File], str]:
    """Shows the measured detail of a file as a share of the most that one of the files has."""
    most = max((file.detail or 0 for file in files), default=0)

    def show(file: File) -> str:
        return "" if file.detail is None else f"{round(100 * file.detail / most)}%"

    return show


def _flaws(file: File) -> str:
    told = sorted(flaw.value for flaw in file.flaws)
    return ", ".join(told) or ("" if file.detail is None else "none found")


def _pixels(file: File) -> float | None:
    return None if file.streams is None else file.streams.width * file.streams.height


def _pictures_a_second(file: File) -> float | None:
    return None if file.streams is None else file.streams.frame_rate


def _codec(file: File) -> str:
    if file.streams is None:
        return UNKNOWN
    return codec_name(file.streams.codec)


def _bit_rate(file: File) -> str:
    if file.bit_rate is None:
        return UNKNOWN
    kilobits = file.bit_rate / 1000
    return f"{kilobits / 1000:.1f} Mbit/s" if kilobits >= 1000 else f"{kilobits:.0f} kbit/s"


def _frame_rate(file: File) -> str:
    if file.streams is None or file.streams.frame_rate is None:
        return UNKNOWN
    return f"{file.streams.frame_rate:.2f}".rstrip("0").rstrip(".") + " fps"


def _sound_of(file: File) -> str:
    if file.streams is None:
        return UNKNOWN
    if file.streams.sound is None:
        return "none"
    return codec_name(file.streams.sound) + (", silent" if file.is_silent else "")


def _tags(file: File) -> str:
    return "" if file.listing.tags is None else str(len(tags_of(file)))


def tags_of(file: File) -> set[str]:
    """The tags of a file without ours, which says nothing of what the user knows about it."""
    return {tag for tag in file.listing.tags or () if not tag.startswith(f"{NAMESPACE}:")}


def _status(file: File) -> str:
    if file.listing.in_inbox is None:
        return ""
    return "inbox" if file.listing.in_inbox else "archive"


def _rating(file: File) -> str:
    return ", ".join(f"{name}: {value}" for name, value in file.listing.ratings.items())


def _container(file: File) -> str:
    return UNKNOWN if file.streams is None else file.streams.container or UNKNOWN


def _readable(file: File) -> str:
    return "" if file.readable == 1 else f"only {percent(file.readable)}"


def _imported(file: File) -> str:
    if file.listing.imported is None:
        return ""
    return f"{datetime.fromtimestamp(file.listing.imported).astimezone():%Y-%m-%d %H:%M}"
