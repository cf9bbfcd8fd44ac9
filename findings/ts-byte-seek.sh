#!/usr/bin/env bash
# PyAV says that no format seeks to a byte; MPEG-TS does.
#
# av 18.1.0 (FFmpeg 8.1).
# What it does: the documentation of `InputContainer.seek` calls `unsupported_byte_offset`
# "not supported by any known format". In MPEG-TS it leads to the next packet behind that byte.
# Seen:
#   asked for 25% of the bytes: at 25%, 2.3 s
#   asked for 50% of the bytes: at 50%, 4.9 s
#   asked for 75% of the bytes: at 75%, 7.5 s
# Ends with 1 if a release behaves otherwise.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    av==18.1.0 numpy==2.3.5
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
from io import BytesIO

import av
import numpy as np

assert "not supported by any known format" in (av.container.InputContainer.seek.__doc__ or "")
random = np.random.default_rng(1)
file = BytesIO()
with av.open(file, "w", format="mpegts") as container:
    stream = container.add_stream("mpeg2video", rate=25)
    stream.width, stream.height, stream.bit_rate = 320, 240, 2_000_000
    for _ in range(250):
        noise = random.integers(0, 256, (240, 320, 3), np.uint8)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(noise, format="rgb24")))
    container.mux(stream.encode())

size = len(file.getvalue())
is_near = True
for share in (0.25, 0.5, 0.75):
    file.seek(0)
    with av.open(file) as container:
        container.seek(int(share * size), unsupported_byte_offset=True)
        packet = next(container.demux(video=0))
        at, time = packet.pos / size, float(packet.pts * packet.time_base)
    is_near &= abs(at - share) < 0.02
    print(f"asked for {share:.0%} of the bytes: at {at:.0%}, {time:.1f} s")
raise SystemExit(not is_near)
PYTHON
