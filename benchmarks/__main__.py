"""All measurements, one after the other: ``python -m benchmarks``."""

from benchmarks import cold_load, pictures, posts, what_if


def main() -> None:
    """Measure everything."""
    for measurement in (cold_load, pictures, posts, what_if):
        measurement.main()


if __name__ == "__main__":
    main()
