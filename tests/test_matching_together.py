"""Computations that go on side by side: what they ask for is answered in stacks."""

from collections.abc import Sequence

from hydrus_video_deduplicator.matching.together import Asking, alone, ask, together


class Squares:
    """Answers with squares, and keeps how many were asked at once."""

    def __init__(self) -> None:
        self.stacks: list[int] = []

    def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.stacks.append(len(numbers))
        return [number * number for number in numbers]


def power(number: int, squarings: int, squares: Squares) -> Asking[int]:
    for _ in range(squarings):
        number = yield from ask(squares, number, ())
    return number


def test_the_results_are_in_order_although_some_ask_for_longer() -> None:
    squares = Squares()
    asked = [power(3, 2, squares), power(2, 0, squares), power(2, 3, squares)]
    assert list(together(asked, at_once=3)) == [81, 2, 256]


def test_questions_of_one_shape_are_answered_at_once() -> None:
    squares = Squares()
    list(together((power(number, 2, squares) for number in range(5)), at_once=5))
    assert squares.stacks == [5, 5]


def test_questions_of_other_shapes_are_answered_apart() -> None:
    squares = Squares()
    asked = (ask(squares, number, (number,)) for number in range(3))
    assert list(together(asked, at_once=3)) == [0, 1, 4]
    assert squares.stacks == [1, 1, 1]


def test_as_one_ends_the_next_begins() -> None:
    squares = Squares()
    asked = (power(2, squarings, squares) for squarings in (3, 1, 1, 1))
    assert list(together(asked, at_once=2)) == [256, 4, 4, 4]
    assert squares.stacks == [2, 2, 2]


def test_no_more_are_begun_than_go_on_side_by_side() -> None:
    begun: list[int] = []

    def noted(number: int) -> Asking[int]:
        begun.append(number)
        return (yield from power(number, 1, Squares()))

    results = together(map(noted, range(5)), at_once=2)
    assert next(results) == 0
    assert begun == [0, 1, 2]


def test_those_that_ask_nothing_end_at_once() -> None:
    asked = (power(number, 0, Squares()) for number in range(5))
    assert list(together(asked, at_once=2)) == [0, 1, 2, 3, 4]


def test_the_oldest_question_is_answered_first_and_more_come_to_the_others() -> None:
    squares, other = Squares(), Squares()

    def late() -> Asking[int]:
        yield from ask(other, 1, ())
        return (yield from power(4, 1, squares))

    assert list(together([late(), power(2, 1, squares), power(3, 1, squares)], 3)) == [16, 4, 9]
    assert squares.stacks == [3]


def test_a_computation_may_go_alone() -> None:
    assert alone(power(2, 2, Squares())) == 16
