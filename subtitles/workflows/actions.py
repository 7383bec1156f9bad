"""The actions of all workflows: the buttons of the original's editor.

The documentation of 2016, Subtitle Actions Resource.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Action:
    """``complete`` is what the action makes of the language's completeness; None leaves it.

    ``synced_sets_complete`` marks the action that asks the cues instead. ``steps`` marks what ends
    a step of the work: it is meant for the step that the caller saw, and for no later one.
    """

    name: str
    label: str
    complete: bool | None
    synced_sets_complete: bool = False
    steps: bool = False


SAVE_DRAFT = Action("save-draft", "Save Draft", None)
PUBLISH = Action("publish", "Publish", True)
# Of tasks.
COMPLETE = Action("complete", "Complete", True, steps=True)
APPROVE = Action("approve", "Approve", True, steps=True)
SEND_BACK = Action("send-back", "Send Back", False, steps=True)
# Of subtitle requests.
ENDORSE = Action("endorse", "Endorse", True, steps=True)
# The same name where nobody has asked for the subtitles: nobody else has to look at them.
UPDATE = Action("endorse", "Update subtitles", True, steps=True)
# Never listed: what older programs mean by ``is_complete``.
UNPUBLISH = Action("unpublish", "Unpublish", False)
API_COMPLETE = Action("api-complete", "API Complete", None, synced_sets_complete=True)
