"""Which files are judged together, and what follows from a decision."""

from hydrus_video_deduplicator.library import Judgement, Relation
from hydrus_video_deduplicator.match import Kind, Match, Part
from hydrus_video_deduplicator.review.cards import Settled, best_of, dealt

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


def test_an_excerpt_between_files_of_one_group_is_on_their_card() -> None:
    cards = dealt([match(A, B, 0.9), match(B, C, 0.9), match(A, C, 0.8, Kind.EXCERPT)])
    assert [len(card.matches) for card in cards] == [3]
    assert not cards[0].is_of_copies


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
