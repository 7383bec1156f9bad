from tests.api.conftest import world
from tests.api.test_team_permissions import teams
from tests.server.own_fixtures import _pristine, databases, installation, unmade

__all__ = ["_pristine", "databases", "installation", "teams", "unmade", "world"]
