#!/usr/bin/env bash
# A fresh install of hydrusvideodeduplicator takes a PyAV with which it can hash no file.
#
# hydrusvideodeduplicator 0.12.0, av 19.0.2, av 16.0.1; Python 3.12.
# What it does: the peer computes the hash of one MP4 with the PyAV that its requirements allow, and
# with the one that its lock file names.
# Seen:
#   av 19.0.2: TypeError: open() got an unexpected keyword argument 'metadata_encoding'
#   av 16.0.1: a hash of 3 frames
# Ends with 1 if a release behaves otherwise. Needs a Python 3.12, which PYTHON may name.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.12}" -m venv "$work/venv"
cd "$work"
cat >hash.py <<'PYTHON'
import sys
from importlib.metadata import version

import av
import numpy as np
from hydrusvideodeduplicator.vpdqpy.vpdqpy import Vpdq

with av.open("a.mp4", "w") as container:
    stream = container.add_stream("mpeg4", rate=10)
    stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
    random = np.random.default_rng(1)
    for _ in range(30):
        picture = random.integers(0, 255, (96, 128, 3)).astype(np.uint8)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
    container.mux(stream.encode(None))
try:
    said = f"a hash of {len(Vpdq.computeHash('a.mp4', num_threads=1))} frames"
except TypeError as error:
    said = f"TypeError: {error}"
print(f"av {version('av')}: {said}")
sys.exit(sys.argv[1] not in said)
PYTHON
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    hydrusvideodeduplicator==0.12.0 av==19.0.2
"$work/venv/bin/python" hash.py metadata_encoding
"$work/venv/bin/pip" install --quiet --disable-pip-version-check av==16.0.1
"$work/venv/bin/python" hash.py "a hash of"
