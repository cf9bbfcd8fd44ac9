"""Where messages go: to the terminal or a cron log, and to a file if one is wanted.

All messages go through `logging`: problems as warnings or errors, progress as information, each
file and pair as debugging.
"""

import codecs
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from hydrus_video_deduplicator.errors import UsageError
from hydrus_video_deduplicator.untrusted import printable

log: Final = logging.getLogger("hydrus_video_deduplicator")

IN_ASCII = str.maketrans({"→": "->", "…": "...", "×": "x", "–": "-", "—": "-", "’": "'"})
"""Replacements for our characters on consoles that lack them."""


def say(text: str, *, to_copy: bool = False) -> None:
    """A line to the user, on stderr. to_copy: it is not broken into several on a terminal."""
    log.info("%s", text, extra={"to_copy": to_copy})


class Terminal:
    """Shows what is logged while it is open."""

    def __init__(self) -> None:
        self.console = Console(stderr=True, markup=False, highlight=False, emoji=False)
        self.is_quiet = False
        self._shown = _ToConsole(self.console)
        self._handlers: list[logging.Handler] = [self._shown]

    @property
    def is_live(self) -> bool:
        """Whether a screen can be kept up to date there."""
        return self.console.is_terminal and not self.console.is_dumb_terminal and not self.is_quiet

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Take what is logged."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors=_IN_PLAIN)
        before = log.level
        log.setLevel(logging.DEBUG)
        log.addHandler(self._shown)
        try:
            yield
        finally:
            log.setLevel(before)
            for handler in self._handlers:
                log.removeHandler(handler)
                handler.close()

    def set_up(self, *, quiet: bool, verbose: bool, log_file: Path | None) -> None:
        """Show as much as is wanted. Raises `UsageError` if the file cannot be written."""
        self.is_quiet = quiet
        self._shown.setLevel(
            logging.WARNING if quiet else logging.DEBUG if verbose else logging.INFO
        )
        if log_file is None:
            return
        try:
            handler = logging.FileHandler(log_file, encoding="utf-8", errors=_IN_PLAIN)
        except OSError as error:
            raise UsageError(
                f"Cannot write {log_file}: {error.strerror}. Choose another --log-file."
            ) from error
        with suppress(OSError):  # some file systems have no owners
            log_file.chmod(0o600)
        handler.setFormatter(_OneLine("%(asctime)s %(levelname)s %(message)s"))
        log.addHandler(handler)
        self._handlers.append(handler)


class _OneLine(logging.Formatter):
    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # the name of logging
        return printable(super().formatMessage(record))


class _ToConsole(logging.Handler):
    """Prints through rich, which keeps the live lines below."""

    def __init__(self, console: Console) -> None:
        super().__init__(logging.INFO)
        self._console = console
        self.setFormatter(_OneLine("%(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        style = "bold red" if record.levelno >= logging.ERROR else ""
        text = Text(self.format(record), style)
        # what is piped is not broken into lines, so that it can be searched
        is_one_line = getattr(record, "to_copy", False) or not self._console.is_terminal
        self._console.print(text, soft_wrap=is_one_line)


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """Replaces the characters that a console cannot show."""
    assert isinstance(error, UnicodeEncodeError)
    text = error.object[error.start : error.end].translate(IN_ASCII)
    return text.encode("ascii", "backslashreplace").decode("ascii"), error.end


_IN_PLAIN = "hydrus_video_deduplicator.plainly"
codecs.register_error(_IN_PLAIN, _plainly)
