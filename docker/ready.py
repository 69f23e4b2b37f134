"""The image's health check: succeeds if the service at the given URL is ready. It uses no proxy."""

import http.client
import sys
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 4


def is_ready(url: str) -> bool:
    """Returns whether the service answers 200 OK; without an answer, it is not ready."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "127.0.0.1", address.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", address.path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(not is_ready(sys.argv[1]))
