"""What happens in parallel to a run on a Hydrus: a popup, and checks whether it is idle."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Event as Signal
from threading import Thread

from hydrus_video_deduplicator.cli.display import in_one_line
from hydrus_video_deduplicator.cli.terminal import log, say
from hydrus_video_deduplicator.errors import CallFailed, DeduplicatorError, NotInHydrus
from hydrus_video_deduplicator.library import Pair
from hydrus_video_deduplicator.library.hydrus import (
    Card,
    Connection,
    HydrusPopup,
    Wish,
    is_idle,
)
from hydrus_video_deduplicator.stages.events import Event, Posted
from hydrus_video_deduplicator.stages.gate import Gate
from hydrus_video_deduplicator.stages.paging import in_order
from hydrus_video_deduplicator.stages.progress import Progress
from hydrus_video_deduplicator.store import PostState
from hydrus_video_deduplicator.wording import counted

UPDATE_SECONDS = 1.0
"""Between two updates of the popup, and so, at most, until a press of its buttons is seen."""

IDLE_SECONDS = 5.0
"""Between two checks whether Hydrus is idle. Its options count in minutes."""

FINISH_ATTEMPTS = 3
"""At the end, as nobody else finishes the popup."""

DISMISS_SECONDS = 60
"""Until a popup goes that has nothing to tell. A scheduled run would leave one each night."""

NEW = frozenset({PostState.RECORDED, PostState.NOT_RECORDED})
"""States of a pair that Hydrus did not hold before."""

TITLE = "hydrus video deduplicator"
PAUSED = "paused in Hydrus"
IN_USE = "waiting until Hydrus is idle"
PERCENT = 100


@contextmanager
def attending(look: Callable[[], None], seconds: float) -> Iterator[None]:
    """Call `look` now, and then so often in a thread of its own."""
    is_over = Signal()

    def attend() -> None:
        while not is_over.wait(seconds):
            look()

    look()
    thread = Thread(target=attend, name="attendant", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


class RunPopup:
    """Shows a run in a popup, and obeys its buttons. A popup that cannot be shown costs nothing."""

    def __init__(
        self,
        connection: Connection,
        progress: Progress,
        gate: Gate,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._popup = HydrusPopup(connection.beside(), TITLE)
        self._progress = progress
        self._gate = gate
        self._sleep = sleep
        self._pairs: dict[Pair, PostState] = {}

    def kept(self, run: Iterable[Event]) -> Iterator[Event]:
        """The events of the run, passed on."""
        for event in run:
            if isinstance(event, Posted) and event.state in NEW:
                self._pairs[event.match.pair] = event.state
            yield event

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Keep it up to date; finish it in any case."""
        said = "Ended by an error."
        try:
            with attending(self.look, UPDATE_SECONDS):
                yield
            said = "Done."
        except KeyboardInterrupt:
            said = "Interrupted. Finished work is kept."
            raise
        except (DeduplicatorError, CallFailed) as error:
            said = f"Ended by an error: {error}"
            raise
        finally:
            self._finish(said, is_done=said == "Done.")

    def look(self) -> None:
        """Bring the popup up to date, and do what its user wants."""
        try:
            wish = self._popup.show(self._card())
        except CallFailed as error:
            log.debug("the popup in Hydrus: %s", error)
            return
        if wish is Wish.CANCEL:
            self._gate.call_off()
        elif self._gate.hold(PAUSED, held=wish is Wish.PAUSE):
            say("Paused in Hydrus." if wish is Wish.PAUSE else "No longer paused in Hydrus.")

    def _card(self) -> Card:
        progress = self._progress
        share = progress.share()
        return Card(
            text=in_one_line(progress),
            gauge=None if share is None else (round(share * PERCENT), PERCENT),
            more="; ".join(filter(None, [f"{self._found()} so far", self._gate.why])),
        )

    def _found(self) -> str:
        pairs = counted(len(self._pairs), "new pair")
        unrecorded = sum(state is PostState.NOT_RECORDED for state in self._pairs.values())
        return f"{pairs}, {unrecorded:,} of them not recorded" if unrecorded else pairs

    def _finish(self, said: str, *, is_done: bool) -> None:
        found = self._found()
        card = Card(f"{said} {found}.", files=in_order(self._pairs), label=found)
        dismiss_after = DISMISS_SECONDS if is_done and not self._pairs else None
        for _ in range(FINISH_ATTEMPTS):
            self._sleep(UPDATE_SECONDS)  # since the last update
            try:
                self._popup.finish(card, dismiss_after)
            except CallFailed as error:
                log.debug("the popup in Hydrus: %s", error)
            else:
                return


@contextmanager
def while_idle(connection: Connection, gate: Gate) -> Iterator[None]:
    """Hold the run at the gate unless Hydrus is idle.

    Raises `NotInHydrus` if Hydrus does not tell.
    """
    if is_idle(connection) is None:
        raise NotInHydrus("This Hydrus is too old for --when-idle, which needs v672 or newer.")
    beside = connection.beside()

    def look() -> None:
        try:
            in_use = is_idle(beside) is False
        except CallFailed as error:  # the run itself waits for a Hydrus that is away
            log.debug("whether Hydrus is idle: %s", error)
            return
        if gate.hold(IN_USE, held=in_use):
            say("Hydrus is in use: waiting until it is idle." if in_use else "Hydrus is idle.")

    with attending(look, IDLE_SECONDS):
        yield
