"""A run is held up and called off between one piece of work and the next."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event as Signal
from typing import BinaryIO

import pytest
from clocks import Clock
from pools import Threads, pair

from hydrus_video_deduplicator.stages.ending import Ending
from hydrus_video_deduplicator.stages.events import Event, Found
from hydrus_video_deduplicator.stages.gate import Gate, TimeUp, gated
from hydrus_video_deduplicator.stages.workers import Crew

EVENTS = [Found(1, 1), Found(2, 2), Found(3, 3)]


def letting_go(gate: Gate, why: str) -> Iterator[Event]:
    """A run that is held after its first event, and let go by another thread."""
    for event in EVENTS:
        yield event
        gate.hold(why, held=True)
        with ThreadPoolExecutor(1) as another:
            another.submit(gate.hold, why, held=False)


def test_a_run_goes_on_when_it_is_let_go() -> None:
    gate = Gate()
    assert list(gated(letting_go(gate, "a pause"), gate)) == EVENTS


def test_each_reason_holds_it_alone() -> None:
    gate = Gate()
    assert gate.hold("a pause", held=True)
    assert gate.hold("somebody is here", held=True)
    assert not gate.hold("a pause", held=True)
    assert gate.why == "a pause, somebody is here"
    assert gate.hold("a pause", held=False)
    assert not gate.is_open
    assert gate.hold("somebody is here", held=False)
    assert gate.is_open
    assert gate.why == ""


def test_a_run_that_is_called_off_ends_as_with_ctrl_c_even_while_it_is_held() -> None:
    gate = Gate()
    run = gated(iter(EVENTS), gate)
    assert next(run) == EVENTS[0]
    gate.hold("a pause", held=True)
    gate.call_off()
    with pytest.raises(KeyboardInterrupt):
        next(run)


def test_nobody_waits_at_the_gate_once_the_time_is_up() -> None:
    clock = Clock()
    gate = Gate(Ending(60, clock))
    gate.hold("a pause", held=True)
    clock.now = 60
    gate.wait()


def test_nothing_begins_if_the_time_is_up_while_it_is_held() -> None:
    ticks = count()
    gate = Gate(Ending(3, lambda: next(ticks)))  # after three looks
    gate.enter()
    gate.hold("a pause", held=True)
    with pytest.raises(TimeUp):
        gate.enter()


def test_what_is_not_held_begins_although_the_time_is_up() -> None:
    gate = Gate(Ending(0))
    gate.enter()
    gate.hold("a pause", held=True)
    gate.call_off()
    with pytest.raises(KeyboardInterrupt):
        gate.enter()


def test_a_pause_is_not_slow_work() -> None:
    clock = Clock()
    gate = Gate(clock=clock)
    clock.now = 10
    gate.hold("a pause", held=True)
    clock.now = 100
    assert gate.clock() == 10
    gate.hold("somebody is here", held=True)
    gate.hold("a pause", held=False)
    clock.now = 200
    assert gate.clock() == 10
    gate.hold("somebody is here", held=False)
    clock.now = 205
    assert gate.clock() == 15


def test_no_file_is_handed_over_while_it_is_held() -> None:
    ticks = count()
    gate = Gate()
    gate.hold("a pause", held=True)
    files = iter([("a", Stub())])
    with ThreadPoolExecutor(1) as executor:
        ending = Ending(3, lambda: next(ticks))  # after three looks
        crew = Crew(Threads(executor), 60, ending, gate=gate)
        assert list(crew.work_through(nothing, files, pair)) == []
    assert [name for name, _ in files] == ["a"]


def test_a_run_that_waits_for_a_file_can_be_called_off() -> None:
    gate, is_seen = Gate(), Signal()

    def call_off(source: Stub) -> None:
        gate.call_off()
        is_seen.wait()

    with ThreadPoolExecutor(1) as executor:
        crew = Crew(Threads(executor), 60, gate=gate)
        with pytest.raises(KeyboardInterrupt):
            list(crew.work_through(call_off, iter([("a", Stub())]), pair))
        is_seen.set()


class Stub:
    def open(self) -> BinaryIO:
        raise AssertionError("nobody reads it")


def nothing(source: Stub) -> None:
    """What is not done to any file."""
