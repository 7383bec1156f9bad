"""The files of an installation beside its database: the secret, and the first account's key."""

import os
import secrets
from pathlib import Path

from django.conf import settings

KEY_FILE = "admin.key"
PASSWORD_FILE = "admin.password"  # noqa: S105 - the name of a file


def data_file(name: str) -> Path:
    return Path(settings.DATA_DIR) / name


def write_private(name: str, text: str) -> Path:
    """Write a file in the data folder that only its owner can read."""
    path = data_file(name)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{text}\n")
    return path


def ensure_data_dir() -> Path:
    path = Path(settings.DATA_DIR)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    # The static server looks here too, for files that an operator adds.
    (path / "static").mkdir(exist_ok=True)
    return path


def ensure_secret() -> bool:
    """Make the secret that sessions and key digests depend on, unless there is one already.

    It takes effect in this process too.
    """
    if settings.SECRET_KEY != settings.NO_SECRET:
        return False
    secret = secrets.token_urlsafe(48)
    write_private(settings.SECRET_KEY_FILE.name, secret)
    settings.SECRET_KEY = secret
    if settings.AMARA_KEY_PEPPER == settings.NO_SECRET:
        settings.AMARA_KEY_PEPPER = secret
    return True


def unreachable(error: Exception) -> str:
    """Why there is no database, on one line; drivers write several."""
    return f"The database cannot be reached: {' '.join(str(error).split())}"


def shown(path: Path) -> str:
    """``path`` as short as it can be typed from here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
