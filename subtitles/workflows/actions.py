"""The actions of all workflows: the buttons of the original's editor.

The documentation of 2016, Subtitle Actions Resource.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Action:
    """``complete`` is what the action makes of the language's completeness; None leaves it.

    ``synced_sets_complete`` marks the action that asks the cues instead.
    """

    name: str
    label: str
    complete: bool | None
    synced_sets_complete: bool = False


SAVE_DRAFT = Action("save-draft", "Save Draft", None)
PUBLISH = Action("publish", "Publish", True)
# Of tasks.
COMPLETE = Action("complete", "Complete", True)
APPROVE = Action("approve", "Approve", True)
SEND_BACK = Action("send-back", "Send Back", False)
# Of subtitle requests.
ENDORSE = Action("endorse", "Endorse", True)
# Never listed: what older programs mean by ``is_complete``.
UNPUBLISH = Action("unpublish", "Unpublish", False)
API_COMPLETE = Action("api-complete", "API Complete", None, synced_sets_complete=True)
