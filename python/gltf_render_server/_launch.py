"""Becomes the server, which ends when its parent ends, however that comes about (Linux).

    python _launch.py PARENT PROGRAM [ARGUMENT ...]

Without this a server would go on for good if Python is killed. More exactly it ends with the thread that
has started it.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(sys.argv[1]):
        sys.exit("The parent has ended already.")
    os.execv(sys.argv[2], sys.argv[2:])
