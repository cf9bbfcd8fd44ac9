#!/usr/bin/env bash
# A decoded picture whose side data was looked at stays until Python collects its garbage.
#
# av 18.1.0 (FFmpeg 8.1).
# What it does: `frame.side_data` makes a container that holds the frame, which holds the container.
# A frame of 4K takes 12 MB, so a program that asks every frame for its display matrix holds
# hundreds of megabytes that nothing refers to.
# Seen:
#   pictures left, side data not looked at: 0
#   pictures left, side data looked at: 24
#   after gc.collect(): 0
# Ends with 1 if a release behaves otherwise.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    av==18.1.0 numpy==2.3.5
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import gc
from io import BytesIO

import av
import numpy as np

file = BytesIO()
with av.open(file, "w", format="mp4") as container:
    stream = container.add_stream("libx264", rate=24)
    stream.width, stream.height = 160, 120
    for level in range(24):
        picture = np.full((120, 160, 3), 10 * level, np.uint8)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
    container.mux(stream.encode())


def left(looks: bool) -> int:
    gc.collect()
    gc.disable()
    file.seek(0)
    with av.open(file) as container:
        for frame in container.decode(video=0):
            if looks:
                frame.side_data
    del frame
    return sum(isinstance(each, av.VideoFrame) for each in gc.get_objects())


without, looked = left(False), left(True)
gc.collect()
after = sum(isinstance(each, av.VideoFrame) for each in gc.get_objects())
print(f"pictures left, side data not looked at: {without}")
print(f"pictures left, side data looked at: {looked}")
print(f"after gc.collect(): {after}")
raise SystemExit((without, looked, after) != (0, 24, 0))
PYTHON
