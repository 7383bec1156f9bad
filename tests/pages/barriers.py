"""What axe-core says of a page, asked for as little as tells everything.

Only violations are carried out of the browser, and the script is read once by each page. A page
that was examined in one colour scheme is asked in the other for the rules about colours alone: all
others read the document, its texts and its sizes, which a colour scheme does not change.
"""

from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Frame, Page

from tests.pages.looks import looked_at

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# All of axe-core's rules that look at colours, but for those of level AAA, which are off:
# `test_examination.py` asks axe.
OF_COLOURS = ("color-contrast", "link-in-text-block")
# What fades from one colour to another has arrived.
_RUN = """async options => {
  await new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  for (const moving of document.getAnimations()) {
    if (Number.isFinite(moving.effect?.getComputedTiming().endTime)) moving.finish();
  }
  const found = await axe.run(document, {resultTypes: ["violations"], ...options});
  return {violations: found.violations};
}"""


def violations(page: Page | Frame, **options: Any) -> AxeResults:
    """With axe's own options: `runOnly` and the like."""
    looked_at(page.url)
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return AxeResults(page.evaluate(_RUN, options))


def assert_none_in_both_schemes(page: Page, about: object) -> None:
    """On the page as it is, at its size. It stays in the dark scheme."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        only = {"runOnly": list(OF_COLOURS)} if scheme != SCHEMES[0] else {}
        found = violations(page, **only)
        assert found.violations_count == 0, (about, scheme, found.generate_report())
