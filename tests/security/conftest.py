from tests.api.conftest import world
from tests.api.test_team_permissions import teams

__all__ = ["teams", "world"]
