"""The command line, ``coalition``: the same questions as over HTTP, through the same code.

Data goes to stdout, everything else to stderr. The exit code is 0 for success, 1 if the command was refused
or failed, and 2 for wrong usage.
"""
