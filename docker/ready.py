"""The image's health check: succeeds if the service at the URL is ready; uses no proxy."""

import http.client
import sys
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 4


def is_ready(url: str) -> bool:
    """Whether the service answers that it is ready; no answer means no."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "127.0.0.1", where.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", where.path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(not is_ready(sys.argv[1]))
