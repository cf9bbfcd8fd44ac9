"""Pools for tests."""

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")


def pair(name: str, outcome: T) -> tuple[str, T]:
    """What a crew may `keep`: the name with the outcome."""
    return name, outcome


@dataclass(frozen=True)
class Threads:
    """A `Pool` in this process: what runs in it can be watched."""

    inner: Executor
    workers: int = 1
    asked: list[int] = field(default_factory=list)
    """What `slots` has answered."""

    def executor(self) -> Executor:
        return self.inner

    def lone_executor(self) -> Executor:
        return ThreadPoolExecutor(1)

    def replace(self) -> None:
        raise AssertionError("a thread does not die alone")

    def hold(self) -> None:
        pass

    def resume(self) -> None:
        pass

    def slots(self) -> int:
        self.asked.append(self.workers)
        return self.workers

    def understood(self, error: Exception) -> Exception:
        return error


@contextmanager
def in_threads(*_: object) -> Iterator[Threads]:
    """In place of `ProcessPool`, for runs that need not wait until a process has started."""
    with ThreadPoolExecutor(1) as executor:
        yield Threads(executor)
