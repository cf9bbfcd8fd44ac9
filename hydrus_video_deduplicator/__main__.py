"""`python -m hydrus_video_deduplicator`."""

import sys

from hydrus_video_deduplicator.cli import main

if __name__ == "__main__":  # worker processes import this module too
    sys.exit(main())
