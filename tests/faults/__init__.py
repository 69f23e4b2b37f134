"""Faults under load, on real stores: what was acknowledged is never lost, and nothing is recorded twice or by halves.

``load.py`` writes and notes every answer, ``auditor.py`` compares the store with the notes; each module breaks
something else meanwhile. A short form runs with the other tests, the long one with ``make faults`` (``conftest.py``).
"""
