"""Proxies: which client a forwarded request comes from.

A proxy on this machine connects from a loopback address, and many send the service's own address as ``Host``. So a
forwarded request does not count as one of this machine, unless the settings name the proxy. A named proxy states its
client in ``X-Forwarded-For``; if it does not, the client is unknown.
"""

import re
from ipaddress import ip_address

from fastapi import Request

from api.services import services
from api.settings import is_loopback

_PASSED_ON = re.compile(r"forwarded|via|x-forwarded(-.+)?|x-real-ip")
"""The names of headers that only proxies send (RFC 7239; RFC 9110, section 7.6.3; and usage)."""


def forwarding_header(request: Request) -> str | None:
    """Return the name of the first header that marks the request as forwarded; ``None`` if there is none."""
    return next((name for name in request.headers if _PASSED_ON.fullmatch(name)), None)


def client_address(request: Request) -> str | None:
    """Return the client's IP address: that of the connection, or what a named proxy says; ``None`` if it is unknown."""
    peer = request.client.host if request.client else ""
    hops = [peer]
    if _is_named(request, peer):
        hops = [hop.strip() for hop in ",".join(request.headers.getlist("x-forwarded-for")).split(",")]
    # Whatever the client itself has sent comes first; each proxy adds the address that it saw.
    address = next((hop for hop in reversed(hops) if not _is_named(request, hop)), hops[0])
    return address if _is_address(address) else None


def is_of_this_machine(request: Request) -> bool:
    """Whether a request comes from this machine, to a name of this machine, and was forwarded by named proxies only.

    Any site can point its own name to this machine, and its scripts could then read what is open to loopback.
    """
    peer = request.client.host if request.client else ""
    if forwarding_header(request) and not _is_named(request, peer):
        return False
    address = client_address(request)
    hosts = [request.headers.get("host", ""), *request.headers.getlist("x-forwarded-host")]
    return address is not None and is_loopback(address) and all(map(_names_this_machine, hosts))


def _is_named(request: Request, address: str) -> bool:
    proxies = services(request).settings.proxies
    return bool(proxies) and _is_address(address) and any(ip_address(address) in network for network in proxies)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _names_this_machine(host: str) -> bool:
    return is_loopback(re.sub(r":[0-9]*$", "", host).strip("[]").lower())
