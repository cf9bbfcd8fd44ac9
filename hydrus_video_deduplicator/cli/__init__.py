"""The command line: parse, run a command, and turn what happens into words and an exit code."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hydrus_video_deduplicator.cli.completing import complete, completion_script
from hydrus_video_deduplicator.cli.dotenv_file import read_dotenv
from hydrus_video_deduplicator.cli.owner_only import owner_only
from hydrus_video_deduplicator.cli.parser import parse
from hydrus_video_deduplicator.cli.terminal import Terminal, log
from hydrus_video_deduplicator.cli.terminating import TERMINATED, Terminated, heeding_sigterm
from hydrus_video_deduplicator.errors import (
    CallFailed,
    DeduplicatorError,
    HydrusGone,
)
from hydrus_video_deduplicator.settings import Settings, resolve

INTERRUPTED = 130
"""Exit code after Ctrl+C, as shells know it."""

CHANGING = ("run", "hash", "search", "rollback", "remove-tags")
"""Commands that may have done something when they are interrupted."""

BROKEN_PIPE = 141
"""Exit code when the reader of the output has closed it, as shells know it."""


@owner_only()
def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit code. The one place where errors become messages."""
    terminal = Terminal()
    with terminal.opened(), heeding_sigterm():
        if arguments is None:
            complete()
        command, given = parse(sys.argv[1:] if arguments is None else arguments)
        debug, as_json = bool(given.get("debug")), bool(given.get("json"))
        try:
            dotenv = read_dotenv(Path(".env"), "HYDRUS_API_KEY")
            settings = resolve(given, os.environ, dotenv)
            debug, as_json = settings.debug, settings.json
            terminal.set_up(
                quiet=settings.quiet, verbose=settings.verbose, log_file=settings.log_file
            )
            code = _run(command, settings, terminal, given)
            sys.stdout.flush()  # else a closed pipe shows only when Python ends
            return code
        except BrokenPipeError:  # as with `| head`, which wants no more
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115
            return BROKEN_PIPE
        except DeduplicatorError as error:
            log.error("error: %s", error, exc_info=debug)
            return _failed(str(error), error.exit_code, as_json)
        except CallFailed as error:  # of a call that the whole run needs
            log.error(
                "error: %s. Finished work is kept: run again to continue.", error, exc_info=debug
            )
            return _failed(str(error), HydrusGone.exit_code, as_json)
        except KeyboardInterrupt as interrupt:
            is_terminated = isinstance(interrupt, Terminated)
            said = "Ended by SIGTERM." if is_terminated else "Interrupted."
            kept = " Finished work is kept: run again to continue." if command in CHANGING else ""
            log.warning("%s%s", said, kept)
            return _failed(said, TERMINATED if is_terminated else INTERRUPTED, as_json)


def _failed(error: str, code: int, as_json: bool) -> int:
    """The exit code; with --json, also prints the error on stdout."""
    if as_json:
        print(json.dumps({"error": error, "exit_code": code}), flush=True)
    return code


def _run(command: str, settings: Settings, terminal: Terminal, given: Mapping[str, Any]) -> int:
    """Each command loads only what it needs: what hashes and compares takes a second to import."""
    if command == "completion":
        print(completion_script(given["shell"]))
        return 0
    if command == "request-key":
        from hydrus_video_deduplicator.cli.requesting import obtain_key  # noqa: PLC0415

        return obtain_key(settings, Path(".env") if given.get("save") else None)
    if command in ("check", "status", "explain"):
        from hydrus_video_deduplicator.cli import inspecting  # noqa: PLC0415

        if command == "explain":
            return inspecting.explain_pair(settings, given)
        return inspecting.check(settings) if command == "check" else inspecting.status(settings)
    if command in ("report", "review"):
        from hydrus_video_deduplicator.cli import reporting, reviewing  # noqa: PLC0415

        is_review = command == "review"
        return reviewing.review(settings) if is_review else reporting.report(settings, terminal)
    from hydrus_video_deduplicator.cli.running import work  # noqa: PLC0415

    return work(command, settings, terminal)
