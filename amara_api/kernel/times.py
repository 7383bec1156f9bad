"""Times as the API writes and reads them.

Out: ``YYYY-MM-DDTHH:MM:SSZ``, UTC, no fraction: Go, Java and ``strptime`` clients parse exactly
that. In: unix seconds, ISO 8601 with or without a zone (none means UTC), a date alone, a space
instead of ``T``.
"""

from datetime import UTC, datetime

UNREADABLE = "No time: {sent}. Use unix seconds or ISO 8601."


def iso(moment: datetime | None) -> str | None:
    """``moment`` (aware, UTC as the ORM returns it) as the API prints it."""
    if moment is None:
        return None
    if moment.utcoffset():
        moment = moment.astimezone(UTC)
    return f"{moment.isoformat(timespec='seconds')[:19]}Z"


def parse(text: str) -> datetime:
    """The moment that ``text`` names. Raises ValueError when it names none."""
    text = text.strip()
    try:
        seconds = float(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
    else:
        try:
            moment = datetime.fromtimestamp(seconds, UTC)
        except (OverflowError, OSError) as error:
            raise ValueError(text) from error
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(text) from error
