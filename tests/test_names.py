"""What kinds and edits are called: the same wherever a person reads it, and in the documents."""

import re
from pathlib import Path

import pytest

from hydrus_video_deduplicator.cli.words import in_words
from hydrus_video_deduplicator.match import MEANINGS, Edit, Kind, Match, Part, Sound, SoundVerdict
from hydrus_video_deduplicator.relation import EDITS, edits_in_words
from hydrus_video_deduplicator.report import words
from hydrus_video_deduplicator.report.cards import Card
from hydrus_video_deduplicator.report.contents import Pair
from hydrus_video_deduplicator.report.quality import Advice
from hydrus_video_deduplicator.review import telling
from hydrus_video_deduplicator.settings import Settings
from hydrus_video_deduplicator.settings.about import about_of

DOCS = Path(__file__).parent.parent / "docs"


def match(kind: Kind = Kind.SAME, *edits: Edit, sound: Sound | None = None) -> Match:
    part = Part((0.0, 5.0), (0.0, 5.0), 1.0)
    verdict = sound and SoundVerdict(sound, 0.9, 1.5)
    return Match("a", "b", 0.9, kind, frozenset(edits), (part,), sound=verdict)


def in_report(found: Match) -> Pair:
    return Pair(found, (None, None), Advice(), in_library=False)  # type: ignore[arg-type]


@pytest.mark.parametrize("edit", Edit)
def test_an_edit_has_one_name_on_the_terminal_in_the_report_and_in_the_review(edit: Edit) -> None:
    found, name = match(Kind.SAME, edit), EDITS[edit]
    assert edits_in_words([edit]) == [name]
    assert in_words(found).split(":")[0] == f"same, {name}"
    assert words.edits(in_report(found)) == [name]
    assert telling.card(Card(0, (found,)), str, {})["title"] == f"Same, {name}"


@pytest.mark.parametrize("kind", Kind)
def test_a_kind_is_called_as_the_option_takes_it(kind: Kind) -> None:
    found = match(kind)
    assert in_words(found).split(":")[0] == kind.value
    assert telling.card(Card(0, (found,)), str, {})["kind"] == kind.value
    (kinds,) = (s for s in Settings.__dataclass_fields__.values() if s.name == "kinds")
    assert f"{kind.value} ({MEANINGS[kind]})" in about_of(kinds).help


@pytest.mark.parametrize(
    ("sound", "said"),
    [
        (Sound.SAME, "same sound"),
        (Sound.OTHER, "different sound"),
        (Sound.SHIFTED, "same sound, 1.5 s apart"),
    ],
)
def test_sound_is_told_alike_on_the_terminal_and_in_the_report(sound: Sound, said: str) -> None:
    found = match(sound=sound)
    assert in_words(found) == f"same, {said}"
    assert words.sound(in_report(found)) == said


def test_the_documents_list_every_kind_and_every_edit_with_the_word_that_programs_read() -> None:
    matching = (DOCS / "matching.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \| ", matching, re.MULTILINE)) >= {k.value for k in Kind}
    report = " ".join((DOCS / "report.md").read_text(encoding="utf-8").split())
    for edit, name in EDITS.items():
        assert name in " ".join(matching.split())
        shown = f"*{name}*" if edit.value == name else f"`{edit.value}` (*{name}*)"
        assert shown in report
