"""What is stored under a code that is only another spelling of a listed one moves to that.

Where a video has subtitles under both codes, both stay, and with the older ones their notes, tasks,
requests and records.
"""

from django.db import migrations
from django.db.models import Exists, OuterRef

# As `amara_api.kernel.languages` settles them since then.
ALIASES = {
    'am': 'amh', 'fy': 'fy-nl', 'ha': 'hau', 'iw': 'he', 'ln': 'lin', 'mg': 'mlg', 'om': 'orm',
    'pa': 'pan', 'qu': 'que', 'rn': 'run', 'rw': 'kin', 'sn': 'sna', 'so': 'som', 'sw': 'swa',
    'ti': 'tir', 'tn': 'tsn', 'wo': 'wol', 'xh': 'xho', 'yo': 'yor', 'zu': 'zul',
}


def settle(apps, schema_editor):
    Language = apps.get_model('subtitles', 'SubtitleLanguage')
    for alias, code in _in_use(Language):
        _move(Language, alias, code, unique=('video',))
    kept = {
        alias: list(Language.objects.filter(language_code=alias).values_list('video', flat=True))
        for alias in ALIASES
    }
    # Each with what must be unique beside the code.
    for app, name, unique in (
        ('teams', 'Task', ('video', 'type')),
        ('teams', 'SubtitleRequest', ('video',)),
        ('subtitles', 'SubtitleNote', ()),
        ('activity', 'ActivityRecord', ()),
    ):
        model = apps.get_model(app, name)
        for alias, code in _in_use(model):
            _move(model, alias, code, unique=unique, kept=kept[alias])
    Video = apps.get_model('videos', 'Video')
    for alias, code in _in_use(Video, 'primary_audio_language_code'):
        spoken = Video.objects.filter(primary_audio_language_code=alias)
        spoken.update(primary_audio_language_code=code)
    TeamLanguage = apps.get_model('teams', 'TeamLanguage')
    for alias, code in _in_use(TeamLanguage):
        _move(TeamLanguage, alias, code, unique=('team',))
        TeamLanguage.objects.filter(language_code=alias).delete()
    # They count what is found by language.
    apps.get_model('activity', 'Tally').objects.all().delete()


def _in_use(model, column='language_code'):
    found = model.objects.filter(**{f'{column}__in': ALIASES}).order_by()
    return [(alias, ALIASES[alias]) for alias in found.values_list(column, flat=True).distinct()]


def _move(model, alias, code, *, unique, kept=()):
    rows = model.objects.filter(language_code=alias)
    if kept:
        rows = rows.exclude(video__in=kept)
    if unique:
        same = {name: OuterRef(name) for name in unique}
        rows = rows.filter(~Exists(model.objects.filter(language_code=code, **same)))
    # By key: some databases do not change a table that they are reading.
    keys = list(rows.values_list('pk', flat=True))
    for start in range(0, len(keys), 500):
        model.objects.filter(pk__in=keys[start : start + 500]).update(language_code=code)


class Migration(migrations.Migration):

    dependencies = [
        ('activity', '0009_deletions'),
        ('subtitles', '0005_title_of_language'),
        ('teams', '0007_deadlines'),
        ('videos', '0003_language'),
    ]

    operations = [migrations.RunPython(settle, migrations.RunPython.noop)]
