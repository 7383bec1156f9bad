"""How many rows a long list of a team has, and where its rows are, whatever it is filtered by.

Lists of tasks, requests, members and applications can be asked for by any of a dozen filters at
once, so nobody can keep all of them as the lists of videos are kept (`videos.counts`). What is kept
is found out instead: the first who asks for a long list has it counted, and that is remembered
(`LongList`). From then on triggers note each row that comes, goes or changes (`ListNote`), one note
for all lists, with all that a list may ask of it; whoever reads adds the notes that the list's own
condition takes. docs/adr/0046-long-lists-of-teams.md.

What is remembered can be forgotten at any time: then it is counted anew.
"""

from teams.long_lists.checking import without_triggers, wrong
from teams.long_lists.keeping import tidy_some
from teams.long_lists.of_videos import take_over_by_and_by
from teams.long_lists.of_videos import wrong as unlike_videos
from teams.long_lists.reading import Listed
from teams.long_lists.things import LISTS, NOTES
from teams.long_lists.triggers import begin, begin_anew, install, keep_counting, remove
from teams.models import ListNote, LongList

MODELS = (LongList, ListNote)

__all__ = [
    "LISTS",
    "MODELS",
    "NOTES",
    "Listed",
    "begin",
    "begin_anew",
    "install",
    "keep_counting",
    "remove",
    "take_over_by_and_by",
    "tidy_some",
    "unlike_videos",
    "without_triggers",
    "wrong",
]
