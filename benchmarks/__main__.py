"""Runs all measurements, one after the other: ``python -m benchmarks``."""

from benchmarks import cold_load, kept, pictures, posts, record_pages, timelines, what_if


def main() -> None:
    """Run all measurements."""
    for measurement in (cold_load, pictures, kept, posts, timelines, what_if, record_pages):
        measurement.main()


if __name__ == "__main__":
    main()
