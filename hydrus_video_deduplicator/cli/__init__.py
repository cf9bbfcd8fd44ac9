"""The command line: parse, run a command, and turn what happens into words and an exit code."""

import logging
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from hydrus_video_deduplicator.cli import commands
from hydrus_video_deduplicator.cli.dotenv_file import read_dotenv
from hydrus_video_deduplicator.cli.owner_only import owner_only
from hydrus_video_deduplicator.cli.parser import parse
from hydrus_video_deduplicator.errors import CallFailed, DeduplicatorError, HydrusGone
from hydrus_video_deduplicator.settings import Settings

INTERRUPTED = 130
"""Exit code after Ctrl+C, as shells know it."""


@owner_only()
def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit code. The one place where errors become messages."""
    command, given = parse(sys.argv[1:] if arguments is None else arguments)
    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    debug = bool(given.get("debug"))
    try:
        save = given.pop("save", False)
        settings = Settings.resolve(given, os.environ, read_dotenv(Path(".env"), "HYDRUS_API_KEY"))
        debug = settings.debug
        return commands.run_command(command, settings, save_key=save)
    except DeduplicatorError as error:
        if debug:
            traceback.print_exc()
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except CallFailed as error:  # of a call that the whole run needs
        print(f"error: {error}. What is done is kept: run again to go on.", file=sys.stderr)
        return HydrusGone.exit_code
    except KeyboardInterrupt:
        print("Interrupted. What is done is kept: run again to go on.", file=sys.stderr)
        return INTERRUPTED
