"""What must be true of the record and of what callbacks are told. A sentence for each row that says
otherwise."""

from collections.abc import Iterator

from django.db.models import F, Max, Q

from activity.models import ActivityRecord, Notification, Outbox, Tally


def findings() -> Iterator[str]:
    yield from _outboxes()
    yield from _notifications()
    yield from _tallies()
    yield from _copies()


def _outboxes() -> Iterator[str]:
    """A number that was given stays given, whatever is cleared away since."""
    behind = Outbox.objects.annotate(highest=Max("team__notifications__number")).filter(
        highest__gt=F("last_number")
    )
    for slug, last, highest in behind.values_list("team__slug", "last_number", "highest"):
        yield (
            f"The outbox of team {slug} says that number {last} was the last, and {highest} was "
            "given. Set `last_number` to that."
        )
    lost = Notification.objects.filter(team__outbox=None)
    for slug in lost.values_list("team__slug", flat=True).distinct():
        yield f"Team {slug} was told something and has no outbox. Restore it from a backup."


def _notifications() -> Iterator[str]:
    rows = Notification.objects.order_by("pk").values_list("pk", "number", "data")
    for pk, number, data in rows.iterator(chunk_size=500):
        if not isinstance(data, dict) or data.get("number") != number:
            yield f"Notification {pk} has number {number} and tells another. Delete it."
    strange = Notification.objects.filter(callback__isnull=False).exclude(callback__team=F("team"))
    for pk, callback in strange.values_list("pk", "callback").iterator():
        yield f"Notification {pk} goes to callback {callback} of another team. Delete it."


def _tallies() -> Iterator[str]:
    """What a tally counts is not kept; more than there is it cannot be."""
    last = ActivityRecord.objects.aggregate(last=Max("pk"))["last"] or 0
    for pk, upto, count in Tally.objects.values_list("pk", "upto", "count").iterator():
        if upto > last or count > ActivityRecord.objects.filter(pk__lte=upto).count():
            yield f"Tally {pk} counts more records than there are. Delete it."


def _copies() -> Iterator[str]:
    """A copy stays in the team that a video left, of a record that is where the video is."""
    wrong = ActivityRecord.objects.filter(copy_of__isnull=False).filter(
        ~Q(type=F("copy_of__type")) | Q(copy_of__copy_of__isnull=False)
    )
    for pk, original in wrong.values_list("pk", "copy_of").iterator():
        yield f"Record {pk} is a copy of record {original}, and says something else. Delete it."
