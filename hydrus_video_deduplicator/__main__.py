"""`python -m hydrus_video_deduplicator`, and the command `hydrus-video-deduplicator`."""

import signal
import sys


def main() -> int:
    """Run the program; returns its exit code.

    Worker processes import this module too and need no command line.
    """
    from hydrus_video_deduplicator.cli import main as run  # noqa: PLC0415

    code = run()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # only Python's own shutdown is left to interrupt
    return code


if __name__ == "__main__":
    sys.exit(main())
