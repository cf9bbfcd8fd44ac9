"""Many pairs judged side by side: what several of them need is computed in one stack.

NumPy takes longer to be called than to compare a few frames. So a judgement is a generator, which
yields what it asks for and is sent the answer; those of many pairs are answered at once.
"""

from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

T = TypeVar("T")
Q = TypeVar("Q")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and what answers many of one shape."""

    answers: Callable[[Sequence[Any]], Sequence[Any]]
    question: Any
    shape: tuple[int, ...]


Asking = Generator[Asked, Any, T]
"""A computation that asks on its way."""


def ask(
    answers: Callable[[Sequence[Q]], Sequence[R]], question: Q, shape: tuple[int, ...]
) -> Asking[R]:
    """The answer to a question. `answers` gives those to many questions of one shape."""
    answer: R = yield Asked(answers, question, shape)
    return answer


def together(computations: Iterable[Asking[T]], at_once: int) -> Iterator[T]:
    """The results of computations, in order, of which `at_once` go on side by side.

    As one ends, the next one begins: so there are many to a stack until the last ones.
    """
    results: dict[int, T] = {}
    waiting: defaultdict[tuple[Any, ...], list[tuple[int, Asking[T], Any]]] = defaultdict(list)

    def go_on(number: int, computation: Asking[T], answer: Any) -> None:
        try:
            asked = computation.send(answer)
        except StopIteration as end:
            results[number] = end.value
        else:
            waiting[asked.answers, asked.shape].append((number, computation, asked.question))

    coming = enumerate(computations)
    told = 0
    while True:
        room = at_once - sum(map(len, waiting.values()))
        begun = list(islice(coming, room))
        for number, computation in begun:
            go_on(number, computation, None)
        while told in results:
            yield results.pop(told)
            told += 1
        if waiting:
            # The question that was asked first: meanwhile more come to the rest.
            oldest = next(iter(waiting))
            some = waiting.pop(oldest)
            answers = oldest[0]([question for _, _, question in some])
            for (number, computation, _), answer in zip(some, answers, strict=True):
                go_on(number, computation, answer)
        elif not begun:
            return


def alone(computation: Asking[T]) -> T:
    """The result of one computation."""
    (result,) = together([computation], at_once=1)
    return result
