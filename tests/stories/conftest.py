"""People who tell stories."""

import pytest
import time_machine

from subtitles import storage
from tests import golden
from tests.stories.telling import Story


@pytest.fixture
def story(db, monkeypatch, api_for):
    """Real people with real keys, and nothing else yet."""
    from tests.factories import UserFactory

    monkeypatch.setattr(storage, "renditions", storage.Renditions())
    golden.FixedIds(monkeypatch)
    golden.fix_numbers()
    with time_machine.travel(golden.CLOCK, tick=False) as clock:
        people = {
            "owner": UserFactory(username="owner", is_partner=True),
            "contributor": UserFactory(username="contributor"),
            "reviewer": UserFactory(username="reviewer"),
            "manager": UserFactory(username="manager"),
            "outsider": UserFactory(username="outsider"),
            "critic": UserFactory(username="critic"),
        }
        yield Story({name: api_for(person) for name, person in people.items()}, clock)
