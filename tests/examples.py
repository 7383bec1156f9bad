"""How many examples Hypothesis invents."""

from hypothesis import HealthCheck, settings


def examples(count: int) -> settings:
    """`count` of them in a long run, and the share of the profile's in the suite (`conftest`)."""
    share = settings.default.max_examples / 100
    return settings(
        max_examples=max(round(count * share), 5),
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
