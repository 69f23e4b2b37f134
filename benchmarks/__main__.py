"""Runs all measurements, one after the other: ``python -m benchmarks``."""

from benchmarks import any_order, cached_answers, cold_load, pictures, posts, record_pages, reported, timelines, what_if


def main() -> None:
    """Run all measurements."""
    for measurement in (
        cold_load,
        pictures,
        cached_answers,
        posts,
        timelines,
        what_if,
        record_pages,
        reported,
        any_order,
    ):
        measurement.main()


if __name__ == "__main__":
    main()
