import pytest

from tests.outbound import fakes


@pytest.fixture
def receiver(settings):
    """A server that takes events, at an address that may be asked although it is private."""
    settings.AMARA_OUTBOUND_ALLOW = ["127.0.0.0/8"]
    settings.AMARA_CALLBACK_SECONDS = 2.0
    with fakes.running() as fake:
        yield fake
