from tests.server.own_fixtures import _pristine, databases, installation, unmade

__all__ = ["_pristine", "databases", "installation", "unmade"]
