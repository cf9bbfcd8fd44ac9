"""Find duplicate videos in a Hydrus Network client through its Client API."""

import os

__version__ = "0.2.0"

# The work is spread over processes. With threads of BLAS as well, matrices as small as ours took
# twice the time. NumPy reads this when it is imported, so it is set here.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
