"""What is kept of what happened. Keys are strings: this app imports no other."""

from activity.models.callbacks import Callback, Notification, Outbox
from activity.models.records import ActivityRecord
from activity.models.tallies import Tally

__all__ = ["ActivityRecord", "Callback", "Notification", "Outbox", "Tally"]
