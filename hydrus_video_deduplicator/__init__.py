"""Find duplicate videos in a Hydrus Network client through its Client API."""

import os

__version__ = "0.2.0"

# The work is spread over processes. Threads of BLAS besides them, on matrices as small as ours,
# took twice the time. It is read when NumPy is imported, hence here.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
