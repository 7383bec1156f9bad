"""The address of a caller: what only our own proxies can have written, in one spelling."""

import pytest
from django.test import RequestFactory

from amara_api.kernel.callers import address_of, caller_of

PROXY = "10.0.0.9"


def asked(forwarded=None, peer=PROXY):
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return RequestFactory().get("/", REMOTE_ADDR=peer, **headers)


@pytest.mark.parametrize(
    ("peer", "told"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::1"),
        ("", ""),  # A server on a Unix socket.
        ("unix:", ""),
    ],
)
def test_without_a_proxy_only_the_connection_counts(settings, peer, told):
    settings.AMARA_BEHIND_PROXY = False
    assert address_of(asked(peer=peer)) == told
    assert address_of(asked("203.0.113.5", peer=peer)) == told


@pytest.mark.parametrize(
    ("count", "forwarded", "told"),
    [
        (1, "198.51.100.1", "198.51.100.1"),
        # Whatever callers wrote themselves stands before what the proxy saw.
        (1, "203.0.113.5, 198.51.100.1", "198.51.100.1"),
        (1, "203.0.113.5,,,198.51.100.1 ", "198.51.100.1"),
        (2, "203.0.113.5, 198.51.100.1, 10.0.0.8", "198.51.100.1"),
        (3, "203.0.113.5, 198.51.100.1, 10.0.0.7, 10.0.0.8", "198.51.100.1"),
        # Who came to the inner proxy directly.
        (2, "198.51.100.1", "198.51.100.1"),
        (1, "198.51.100.1:51234", "198.51.100.1"),
        (1, "[2001:db8::2]:443", "2001:db8::2"),
        (1, "2001:0db8::0002", "2001:db8::2"),
        (1, "::FFFF:198.51.100.1", "198.51.100.1"),
        # No address at all: nothing that a caller wrote takes its place.
        (1, "203.0.113.5, unknown", PROXY),
        (1, "203.0.113.5, _hidden", PROXY),
        (1, "203.0.113.5,", PROXY),
        (1, "", PROXY),
        (1, None, PROXY),
        (1, "1" * 10_000, PROXY),
        (1, "1.2.3.4\x00", PROXY),
    ],
)
def test_behind_proxies_the_outermost_of_ours_is_believed(settings, count, forwarded, told):
    settings.AMARA_BEHIND_PROXY = True
    settings.AMARA_PROXY_COUNT = count
    assert address_of(asked(forwarded)) == told


def test_one_caller_of_ipv6_is_a_network(settings):
    settings.AMARA_BEHIND_PROXY = False
    here, there = asked(peer="2001:db8:1:2::1"), asked(peer="2001:db8:1:2:ffff::9")
    assert caller_of(here) == caller_of(there) == "2001:db8:1:2::"
    assert caller_of(asked(peer="2001:db8:1:3::1")) == "2001:db8:1:3::"
    assert caller_of(asked(peer="192.0.2.7")) == "192.0.2.7"
    assert caller_of(asked(peer="")) == ""
