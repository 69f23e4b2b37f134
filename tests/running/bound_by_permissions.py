"""Runs a program that is bound by file permissions, even for root: ``python -m ... PROGRAM ARGUMENTS``.

On Linux, root reads and writes whatever it likes by a capability, which a process can give up for the program that it
becomes.
"""

import ctypes
import os
import sys

PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1

if os.geteuid() == 0 and ctypes.CDLL(None, use_errno=True).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0):
    raise SystemExit(f"the capability cannot be given up: {os.strerror(ctypes.get_errno())}")
os.execv(sys.argv[1], sys.argv[1:])
