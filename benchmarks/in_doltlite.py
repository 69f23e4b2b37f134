"""Branch, change, query and compare in DoltLite: SQLite with version control, run as a script in its own environment.

It reads rows (sequence, pledge, contributor, least, most, is_over) as JSON lines on stdin: what each event left of its
pledge, computed beforehand. It prints the seconds of each question. DoltLite replaces SQLite for the whole interpreter,
so it cannot share one with the ledger.
"""

import json
import sqlite3
import sys
import time

import doltlite  # type: ignore[import-not-found] # noqa: F401 - from here on, sqlite3 is DoltLite

QUESTIONS = 20
LATEST = """
SELECT contributor, sum(least), sum(most) FROM events JOIN
    (SELECT pledge, max(sequence) AS sequence FROM events GROUP BY pledge) USING (pledge, sequence)
WHERE NOT is_over GROUP BY contributor"""

UNLIKE = "SELECT * FROM dolt_diff_events WHERE to_commit = (SELECT commit_hash FROM dolt_log LIMIT 1)"


def main() -> None:
    """Measure in a new database at the given path."""
    store = sqlite3.connect(sys.argv[1], isolation_level=None)
    store.execute("CREATE TABLE events (sequence INTEGER PRIMARY KEY, pledge, contributor, least, most, is_over)")
    store.execute("CREATE INDEX by_pledge ON events (pledge, sequence)")
    store.execute("BEGIN")
    store.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", map(json.loads, sys.stdin))
    store.execute("COMMIT")
    store.execute("SELECT dolt_commit('-A', '-m', 'the record')").fetchall()
    late = [row[0] for row in store.execute("SELECT DISTINCT pledge FROM events ORDER BY sequence DESC LIMIT 50")]
    print(json.dumps([ask(store, late[2 * n], late[2 * n + 1]) for n in range(QUESTIONS)]))


def ask(store: sqlite3.Connection, omitted: str, halved: str) -> float:
    """Omit a pledge's last event and halve another pledge on a branch, add up, compare, and drop the branch."""
    began = time.perf_counter()
    store.execute("SELECT dolt_branch('what-if')").fetchall()
    store.execute("SELECT dolt_checkout('what-if')").fetchall()
    store.execute("DELETE FROM events WHERE sequence = (SELECT max(sequence) FROM events WHERE pledge = ?)", [omitted])
    store.execute("UPDATE events SET least = least / 2, most = (most + 1) / 2 WHERE pledge = ?", [halved])
    store.execute("SELECT dolt_commit('-A', '-m', 'what if')").fetchall()
    store.execute(LATEST).fetchall()
    store.execute(
        "SELECT * FROM dolt_diff_events WHERE to_commit = (SELECT commit_hash FROM dolt_log LIMIT 1)"
    ).fetchall()
    store.execute("SELECT dolt_checkout('main')").fetchall()
    store.execute("SELECT dolt_branch('-D', 'what-if')").fetchall()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
