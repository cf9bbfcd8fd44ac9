"""Which files are judged together, and what follows from a decision."""

from dataclasses import replace

import pytest

from hydrus_video_deduplicator.library import Judgement, Relation
from hydrus_video_deduplicator.match import Edit, Kind, Match, Part
from hydrus_video_deduplicator.report.cards import dealt
from hydrus_video_deduplicator.review.settling import Settled, best_of

A, B, C, D, E = (letter * 64 for letter in "abcde")
BETTER, SAME = Relation.BETTER, Relation.SAME_QUALITY
ALTERNATES, NOT_RELATED = Relation.ALTERNATES, Relation.NOT_RELATED


def match(a: str, b: str, score: float, kind: Kind = Kind.SAME) -> Match:
    return Match(a, b, score, kind, frozenset(), (Part((0, 1), (0, 1), 1),))


def test_copies_that_are_connected_are_one_card_and_the_strongest_comes_first() -> None:
    cards = dealt([match(D, E, 0.9), match(A, B, 0.8), match(B, C, 0.7), match(A, C, 0.95)])
    assert [card.files for card in cards] == [(A, C, B), (D, E)]
    assert [card.score for card in cards] == [0.95, 0.9]
    assert [card.number for card in cards] == [0, 1]


def test_copies_of_one_clip_are_one_card_however_many() -> None:
    files = [f"{number:064}" for number in range(25)]
    pairs = [match(a, b, 0.9) for i, a in enumerate(files) for b in files[i + 1 :]]
    (card,) = dealt(pairs)
    assert (len(card.files), len(card.matches), card.is_of_copies) == (25, 300, True)


def test_excerpts_of_a_compilation_are_a_card_each_as_they_are_no_copies_of_each_other() -> None:
    cards = dealt([match(A, D, 0.9, Kind.EXCERPT), match(B, D, 0.8, Kind.RECUT)])
    assert [card.files for card in cards] == [(A, D), (B, D)]
    assert not any(card.is_of_copies for card in cards)


def part_of(a: str, b: str, kind: Kind, *parts: Part) -> Match:
    """Of two files of 20 s."""
    return Match(a, b, 0.8, kind, frozenset(), parts, a_seconds=20.0, b_seconds=20.0)


def test_an_excerpt_between_files_of_one_group_is_judged_by_itself() -> None:
    excerpt = part_of(A, C, Kind.EXCERPT, Part((0, 8), (0, 8), 1))
    cards = dealt([match(A, B, 0.9), match(B, C, 0.9), excerpt])
    assert [card.matches for card in cards] == [(match(A, B, 0.9), match(B, C, 0.9)), (excerpt,)]
    assert [card.is_of_copies for card in cards] == [True, False]


def test_a_clip_within_the_picture_of_another_file_is_no_copy_of_it() -> None:
    panel = replace(match(A, C, 0.9), edits=frozenset({Edit.PANEL}))
    cards = dealt([match(A, B, 0.95), panel])
    assert [card.files for card in cards] == [(A, B), (A, C)]
    assert [card.is_of_copies for card in cards] == [True, False]


@pytest.mark.parametrize("kind", [Kind.TRIMMED, Kind.SPEED, Kind.LOOP, Kind.RECUT, Kind.REVERSED])
def test_a_match_that_covers_only_a_part_joins_nothing(kind: Kind) -> None:
    half = part_of(A, C, kind, Part((0, 20), (0, 10), 0.5))
    cards = dealt([match(A, B, 0.9), half])
    assert [card.files for card in cards] == [(A, B), (A, C)]
    assert not cards[1].is_of_copies
    linked = dealt([match(A, B, 0.9), match(B, C, 0.85), half])
    assert [len(card.matches) for card in linked] == [2, 1]


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        (Kind.TRIMMED, [Part((0, 17), (3, 20), 1)]),
        (Kind.SPEED, [Part((0, 20), (0, 19.6), 0.98)]),
        (Kind.LOOP, [Part((0, 8), (12, 20), 1), Part((8, 20), (0, 12), 1)]),
    ],
)
def test_a_match_that_covers_nearly_all_of_both_joins(kind: Kind, parts: list[Part]) -> None:
    (card,) = dealt([match(A, B, 0.9), part_of(A, C, kind, *parts)])
    assert card.files == (A, B, C)
    assert card.is_of_copies


def test_a_recut_of_all_is_on_the_card_of_its_files_but_joins_none() -> None:
    recut = part_of(A, C, Kind.RECUT, Part((0, 8), (12, 20), 1), Part((8, 20), (0, 12), 1))
    (card,) = dealt([match(A, B, 0.9), match(B, C, 0.9), recut])
    assert not card.is_of_copies
    assert len(dealt([match(A, B, 0.9), recut])) == 2


def test_without_known_lengths_only_a_match_of_all_joins() -> None:
    assert len(dealt([match(A, B, 0.9), match(B, C, 0.8, Kind.SPEED)])) == 2


def test_copies_of_copies_need_no_decision_of_their_own() -> None:
    settled = Settled([*best_of(dict.fromkeys([A, B, C], False), A)])
    assert all(pair in settled for pair in [(A, B), (A, C), (B, C)])
    assert (A, D) not in settled


def test_what_is_told_apart_is_so_with_all_its_copies() -> None:
    settled = Settled(
        [
            Judgement(A, B, BETTER),
            Judgement(C, D, SAME),
            Judgement(B, D, NOT_RELATED),
            Judgement(A, E, ALTERNATES),
        ]
    )
    assert all(pair in settled for pair in [(A, C), (A, D), (B, C), (B, E)])
    assert (C, E) not in settled


def test_the_best_of_a_group_is_better_than_each_of_the_others() -> None:
    judgements = list(best_of({A: False, B: True, C: False}, C))
    assert judgements == [Judgement(C, A, BETTER), Judgement(C, B, BETTER, deletes=True)]
