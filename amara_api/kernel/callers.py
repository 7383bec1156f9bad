"""From where a request comes: the address that limits count by and the record keeps."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from django.http import HttpRequest

# What one household or machine has of IPv6; within it an address costs nothing.
_ONE_CALLER = 64


def address_of(request: HttpRequest) -> str:
    """The caller's address in its shortest spelling; empty if the server was not told one.

    Behind proxies (`AMARA_BEHIND_PROXY`) it is the one that the outermost of our
    ``AMARA_PROXY_COUNT`` proxies saw. What comes before it in ``X-Forwarded-For`` anybody can
    write. Where the proxies tell no address, theirs stands for all who come through them.
    """
    peer = _plain(request.META.get("REMOTE_ADDR", ""))
    if not settings.AMARA_BEHIND_PROXY:
        return peer
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    return _plain(hops[-min(settings.AMARA_PROXY_COUNT, len(hops))]) or peer


def caller_of(request: HttpRequest) -> str:
    """The address as limits count it: of IPv6 the network that one caller has."""
    address = address_of(request)
    if ":" in address:
        return str(ip_network(f"{address}/{_ONE_CALLER}", strict=False).network_address)
    return address


def _plain(told: str) -> str:
    """One spelling of each address; empty for what is none."""
    bare = told.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:  # Some proxies add the port.
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address)
