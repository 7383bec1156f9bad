"""A url is unique in its team, and among the videos without one: its scope becomes the team.

Before, all public videos were one scope. Where one team has a url twice, the one that stands in the
team's scope already, else the oldest, has it; the others stay, each in a scope of its own below 0.
Nothing is deleted, and `videos.services` goes on refusing the url in that team.
"""

from django.db import migrations
from django.db.models import BigIntegerField, Case, Exists, F, OuterRef, Subquery, When
from django.db.models.functions import Coalesce


def scope_by_team(apps, schema_editor):
    _settle(apps, _of_team())


def scope_by_visibility(apps, schema_editor):
    """Back: what is public once more in one scope, as far as nobody else has it there."""
    public = When(video__is_public=True, then=0)
    _settle(apps, Case(public, default=_of_team(), output_field=BigIntegerField()))
    urls = apps.get_model('videos', 'VideoUrl').objects
    # As before, the others stay in their team's.
    _take(urls, _of_team())


def _of_team():
    return Coalesce('video__team', 0, output_field=BigIntegerField())


def _settle(apps, place):
    urls = apps.get_model('videos', 'VideoUrl').objects
    # First out of the way: else rows that swap places would meet.
    wrong = urls.annotate(place=place).exclude(scope=F('place'))
    urls.filter(pk__in=wrong.values('pk')).update(scope=-F('pk'))
    _take(urls, place)


def _take(urls, place):
    """Let those without a scope have the one at ``place``, where nobody has it."""
    there = urls.filter(fingerprint=OuterRef('fingerprint'), scope=OuterRef('place'))
    older = urls.annotate(place=place).filter(
        fingerprint=OuterRef('fingerprint'), place=OuterRef('place'), pk__lt=OuterRef('pk'),
        scope__lt=0,
    )
    placed = urls.annotate(place=place)
    free = placed.filter(~Exists(there), ~Exists(older), scope__lt=0)
    own = Subquery(placed.filter(pk=OuterRef('pk')).values('place')[:1])
    urls.filter(pk__in=free.values('pk')).update(scope=own)


class Migration(migrations.Migration):

    dependencies = [
        ('videos', '0003_language'),
    ]

    operations = [migrations.RunPython(scope_by_team, scope_by_visibility)]
