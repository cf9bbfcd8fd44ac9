"""Cards and decisions as plain JSON. Text that others wrote stays text: the page escapes it."""

from collections.abc import Callable, Mapping
from typing import Any

from hydrus_video_deduplicator.match import MEANINGS, Edit
from hydrus_video_deduplicator.relation import edits_in_words
from hydrus_video_deduplicator.report import words
from hydrus_video_deduplicator.report.cards import Card
from hydrus_video_deduplicator.report.contents import File, Group, Pair
from hydrus_video_deduplicator.signature import Signature
from hydrus_video_deduplicator.stages.judging import Judged
from hydrus_video_deduplicator.store import Decision, DecisionState
from hydrus_video_deduplicator.untrusted import printable

Label = Callable[[str], str]
"""What to call a file."""


def card(card: Card, label: Label, sizes: Mapping[str, int]) -> dict[str, Any]:
    """A card in short, for the list."""
    known = [sizes.get(file, 0) for file in card.files]
    return {
        "number": card.number,
        "names": [printable(label(file)) for file in card.files],
        "files": card.files,
        "pairs": [match.pair for match in card.matches],
        "title": _title(card),
        "kind": card.kind.value,
        "score": round(card.score, 4),
        "bytes": sum(known) - min(known),
    }


def _title(card: Card) -> str:
    """What one sees on a card, such as `3 files: same, mirrored`."""
    edits = edits_in_words(edit for match in card.matches for edit in match.edits)
    what = ", ".join([card.kind.value, *edits])
    return what.capitalize() if len(card.files) == 2 else f"{len(card.files)} files: {what}"


def group(card: Card, group: Group, signed: Mapping[str, Signature]) -> dict[str, Any]:
    """A card in full: its files, its pairs, and the advice."""
    is_pair = len(group.files) == 2
    return {
        "number": card.number,
        "files": [_file(file, signed[file.sha256]) for file in group.files],
        "pairs": [_pair(pair) for pair in group.pairs],
        "rows": [
            {
                "label": row.label,
                "values": row.values,
                "differs": row.differs,
                "decides": row.decides,
            }
            for row in words.rows(group.files, group.advice.reasons)
        ],
        "best": group.advice.best,
        "advice": words.advice(group.pairs[0]) if is_pair else words.advice_of_group(group),
        "only": _only(group),
        "is_of_copies": card.is_of_copies,
    }


def _file(file: File, signed: Signature) -> dict[str, Any]:
    streams = file.streams
    shown = None if streams is None else streams.shown or (streams.width, streams.height)
    return {
        "sha256": file.sha256,
        "name": printable(file.name),
        "bytes": file.listing.size,
        "seconds": file.seconds,
        "width": shown and shown[0],
        "height": shown and shown[1],
        "frame_rate": streams and streams.frame_rate,
        "has_sound": bool(file.has_sound),
        "active": list(signed.active),
        "problem": file.problem and printable(file.problem),
        "path": None if file.listing.path is None else printable(str(file.listing.path)),
    }


def _pair(pair: Pair) -> dict[str, Any]:
    first, second = pair.sides
    match = pair.match
    return {
        "first": first.letter,
        "second": second.letter,
        "score": round(match.score, 4),
        "kind": match.kind.value,
        "meaning": MEANINGS[match.kind],
        "edits": words.edits(pair),
        "is_inverted": Edit.INVERTED in match.edits,
        "how": words.how(pair),
        "sound": words.sound(pair),
        "advice": words.advice(pair),
        "parts": [part.detail() for part in match.parts],
        "overlay": None if match.overlay is None else match.overlay.detail(),
        "waits": pair.in_library,
    }


def _only(group: Group) -> list[dict[str, Any]]:
    """Tags and addresses that not all of the files have, with the letters of those that do."""
    told = []
    for what, of in (("tag", words.tags_of), ("URL", lambda file: set(file.listing.urls))):
        sets: list[set[str]] = [of(file) for file in group.files]
        everywhere = set(sets[0]).intersection(*sets)
        for text in sorted(set[str]().union(*sets) - everywhere):
            have = [place for place, some in enumerate(sets) if text in some]
            told.append({"what": what, "text": printable(text), "files": have})
    return told


def decision(decision: Decision) -> dict[str, Any]:
    """What was decided of a pair."""
    judgement = decision.judgement
    return {
        "first": judgement.first,
        "second": judgement.second,
        "relation": judgement.relation.value,
        "deletes": judgement.deletes,
        "by_advice": decision.by_advice,
        "state": decision.state.value,
    }


def row(decision_: Decision, label: Label) -> dict[str, Any]:
    """What was decided of a pair, with the names of its files, for other programs."""
    told = decision(decision_)
    names = {f"{place}_name": printable(label(told[place])) for place in ("first", "second")}
    return {**told, **names}


WHY = {
    DecisionState.NOT_RECORDED: "Hydrus reported success, but does not show it",
    DecisionState.JUDGED_OTHERWISE: "it has been judged differently in Hydrus in the meantime",
    DecisionState.GONE: "a file is in the trash or deleted",
}


def failure(judged: Judged, label: Label) -> dict[str, Any]:
    """A decision that is not in the library, and why."""
    judgement = judged.judgement
    return {
        "first": judgement.first,
        "second": judgement.second,
        "names": [printable(label(file)) for file in (judgement.first, judgement.second)],
        "relation": judgement.relation.value,
        "why": judged.problem or WHY.get(judged.state, judged.state.value),
    }
