"""The command line, ``coalition``: the same questions as over HTTP, through the same code.

Data goes to stdout, everything else to stderr. A command ends with 0 where it did what it was asked, with 1 where that
was refused or failed, and with 2 where it was called wrongly.
"""
