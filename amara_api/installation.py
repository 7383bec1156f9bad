"""An installation: its files beside the database, its secret, and whether it can work at all."""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core import checks
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from amara_api.kernel.models import Fact
from users.models import ApiKey

if TYPE_CHECKING:
    from django.core.checks import CheckMessage

KEY_FILE = "admin.key"
PASSWORD_FILE = "admin.password"  # noqa: S105  # nosec B105 # a file
# What the checks of this server are registered with, for a start that has no time for Django's.
CHECKS = "amara"
NOT_SET_UP = "There is nothing to serve yet. Run `manage.py setup` first."
SECRETLESS = "There is no secret. Run `manage.py setup`, which makes one, or set SECRET_KEY."
BEHIND = "The database is not up to date. Run `manage.py setup` first."


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


def shown(path: Path) -> str:
    """``path`` as short as it can be typed from here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


# --- whether it can work -------------------------------------------------------------------------


def faults() -> tuple[list[str], list[str]]:
    """What cannot work, and what is only unsafe or odd: sentences from the settings alone."""
    errors: list[str] = []
    warnings: list[str] = []
    for message in checks.run_checks(tags=[CHECKS]):
        (errors if message.is_serious() else warnings).append(sentence(message))
    return errors, warnings


def sentence(message: CheckMessage) -> str:
    return f"{message.msg} {message.hint or ''}".strip()


def behind() -> int:
    """How many migrations have not been applied."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def trouble(error: Exception) -> str:
    """What an operator has to do about an error of the database; empty if that is no answer."""
    try:
        if behind():
            return BEHIND
    except (DatabaseError, InterfaceError) as worse:
        return unreachable(worse)
    return unreachable(error) if isinstance(error, OperationalError | InterfaceError) else ""


def unreachable(error: Exception) -> str:
    """Why there is no database, on one line; drivers write several."""
    return f"The database cannot be reached: {' '.join(str(error).split())}"


# --- its secret ----------------------------------------------------------------------------------

# Each setting and what the database knows it by.
_SECRETS = {"AMARA_KEY_PEPPER": "pepper", "SECRET_KEY": "secret"}  # nosec B105 # names
_LABEL = b"amara_api: which secret an installation has"
PUT_BACK = (
    "Put back the secret.key (or SECRET_KEY, AMARA_KEY_PEPPER) that belongs to this database, or "
    "run `manage.py setup --new-secret` to go on without the old keys."
)


def has_secret() -> bool:
    return bool(settings.SECRET_KEY != settings.NO_SECRET)


def make_secret() -> Path | None:
    """Make the secret that sessions and key digests depend on; this process has it at once.

    Returns where the one before is kept, if there was one.
    """
    path, kept = settings.SECRET_KEY_FILE, None
    if path.exists():
        kept = path.replace(path.with_name(f"{path.name}.old"))
    secret = secrets.token_urlsafe(48)
    write_private(path.name, secret)
    _go_on_with(secret)
    return kept


def take_secret() -> None:
    """Go on with the secret that somebody else has made since this process began without one."""
    if not has_secret() and settings.SECRET_KEY_FILE.exists():
        _go_on_with(settings.SECRET_KEY_FILE.read_text(encoding="utf-8").strip())


def _go_on_with(secret: str) -> None:
    if settings.AMARA_KEY_PEPPER == settings.SECRET_KEY:
        settings.AMARA_KEY_PEPPER = secret
    settings.SECRET_KEY = secret


def foreign_secret() -> str:
    """Says so if the keys in the database were made with another secret, or with one that is
    lost; empty if not, or if there is no database to ask."""
    try:
        if not has_secret():
            return f"There is no secret, but the database has API keys. {PUT_BACK}" * _has_keys()
        if _differs("AMARA_KEY_PEPPER") and _has_keys():
            return f"The API keys in this database are another secret's, so none works. {PUT_BACK}"
    except (DatabaseError, InterfaceError):
        pass
    return ""


def changed_secret() -> str:
    """Says what has ended if `SECRET_KEY` is another than at the last start, and keys go on."""
    if not _differs("SECRET_KEY"):
        return ""
    return (
        "SECRET_KEY is another than at the last start: people have to log in again, and links in "
        "mails sent before lead nowhere."
    )


def note_secret() -> None:
    """From now on this secret is the database's own."""
    for name, value in fingerprints().items():
        if Fact.objects.filter(name=name, value=value).exists():
            continue
        Fact.objects.update_or_create(name=name, defaults={"value": value})


def fingerprints() -> dict[str, str]:
    """Of this process's secrets, by which the database knows them. They tell nothing else."""
    return {name: _fingerprint(getattr(settings, each)) for each, name in _SECRETS.items()}


def foreign(theirs: dict[str, str]) -> str:
    """Says what does not work here of data with these fingerprints; empty if all does."""
    ours = fingerprints()
    if theirs["pepper"] != ours["pepper"]:
        return (
            "The secret here is not that of the server which the data comes from, so no API key "
            f"works, and people have to log in again. {PUT_BACK}"
        )
    if theirs["secret"] != ours["secret"]:
        return "SECRET_KEY is another than there: people have to log in again."
    return ""


def _differs(setting: str) -> bool:
    noted = Fact.objects.filter(name=_SECRETS[setting]).values_list("value", flat=True).first()
    return noted is not None and noted != _fingerprint(getattr(settings, setting))


def _has_keys() -> bool:
    return ApiKey.objects.exists()


def _fingerprint(secret: str) -> str:
    """Tells one secret from another and nothing of either: 128 bits of a keyed digest."""
    return hmac.digest(secret.encode(), _LABEL, "sha256").hex()[:32]
