"""`python -m hydrus_video_deduplicator`, and the command `hydrus-video-deduplicator`."""

import sys


def main() -> int:
    """Run the program; returns its exit code.

    Worker processes import this module too, and need nothing of the command line.
    """
    from hydrus_video_deduplicator.cli import main as run  # noqa: PLC0415

    return run()


if __name__ == "__main__":
    sys.exit(main())
