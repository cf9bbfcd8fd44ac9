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
    assert together(asked) == [81, 2, 256]


def test_questions_of_one_shape_are_answered_at_once() -> None:
    squares = Squares()
    together(power(number, 2, squares) for number in range(5))
    assert squares.stacks == [5, 5]


def test_questions_of_other_shapes_are_answered_apart() -> None:
    squares = Squares()
    assert together(ask(squares, number, (number,)) for number in range(3)) == [0, 1, 4]
    assert squares.stacks == [1, 1, 1]


def test_the_question_of_most_waits_for_those_that_come_to_it() -> None:
    squares, other = Squares(), Squares()

    def late() -> Asking[int]:
        yield from ask(other, 1, ())
        return (yield from power(4, 1, squares))

    assert together([power(2, 1, squares), power(3, 1, squares), late()]) == [4, 9, 16]
    assert squares.stacks == [3]


def test_a_computation_may_go_alone() -> None:
    assert alone(power(2, 2, Squares())) == 16
