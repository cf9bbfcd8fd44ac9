"""`python -m hydrus_video_deduplicator`, and the command `hydrus-video-deduplicator`."""

import signal
import sys


def main() -> int:
    """Run the program; returns its exit code.

    Worker processes import this module too, and need nothing of the command line.
    """
    from hydrus_video_deduplicator.cli import main as run  # noqa: PLC0415

    code = run()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # nothing is left to interrupt but Python's end
    return code


if __name__ == "__main__":
    sys.exit(main())
