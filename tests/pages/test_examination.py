"""The examination of pages can fail, in every size and scheme that it says it looks at."""

import re

import pytest
from playwright.sync_api import Browser, Page

from tests.pages.barriers import OF_COLOURS, assert_none_in_both_schemes, violations
from tests.pages.test_browser import chromium

__all__ = ["chromium"]

SOUND = (
    "<!doctype html><html lang='en'><head><title>A page</title><style>{style}</style></head>"
    "<body><main><h1>A page</h1><p>Some words.</p>{more}</main></body></html>"
)
GREY = "p { color: #ccc; background: #fff }"


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Page:
    return chromium.new_page()


@pytest.mark.parametrize(
    ("style", "more", "rule"),
    [
        (GREY, "", "color-contrast"),
        (f"@media (prefers-color-scheme: dark) {{ {GREY} }}", "", "color-contrast"),
        ("", "<input>", "label"),
        ("", "<img src='data:,'>", "image-alt"),
    ],
    ids=["contrast", "contrast in the dark", "a field without a name", "a picture without words"],
)
def test_a_barrier_is_found(page: Page, style: str, more: str, rule: str) -> None:
    page.set_content(SOUND.format(style="", more=""))
    assert_none_in_both_schemes(page, "sound")
    page.set_content(SOUND.format(style=style, more=more))
    with pytest.raises(AssertionError, match=rule):
        assert_none_in_both_schemes(page, "spoilt")


def test_every_rule_about_colours_is_asked_in_both_schemes(page: Page) -> None:
    page.set_content(SOUND.format(style="", more=""))
    violations(page)
    told = page.evaluate("axe.getRules().map(rule => [rule.ruleId, rule.tags, rule.help])")
    about = {
        name
        for name, tags, text in told
        if ("cat.color" in tags or re.search("colou?r", text, re.I)) and "wcag2aaa" not in tags
    }
    assert about == set(OF_COLOURS)
