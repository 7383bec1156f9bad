import pytest
from hypothesis import given
from hypothesis import strategies as st

from amara_api import languages
from amara_api.language_table import INTERNAL, LISTED


def test_the_list_is_that_of_the_service():
    assert len(languages.LANGUAGES) == 321
    assert list(languages.LANGUAGES) == sorted(languages.LANGUAGES)
    assert all(
        code == code.lower() and name == name.strip() and name
        for code, name in (LISTED | INTERNAL).items()
    )


def test_internal_codes_are_known_and_not_listed():
    assert len(INTERNAL) == 37
    assert not INTERNAL.keys() & languages.LANGUAGES.keys()
    assert all(languages.is_known(code) for code in INTERNAL)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("hr", "Croatian"),
        ("zh-cn", "Chinese, Simplified"),
        ("zh-hk", "Chinese, Traditional (Hong Kong)"),
        ("swa", "Swahili"),
        ("es-ar", "Spanish, Argentinian"),
        ("pt-br", "Portuguese, Brazilian"),
        ("meta-tw", "Metadata: Twitter"),
        # Renamed, and added, after 2017.
        ("gn", "Guarani"),
        ("kin", "Kinyarwanda"),
        ("mos", "Mooré (Mossi)"),
        ("es-419", "Spanish (Latin America)"),
        ("x-other", "Other"),
        # Internal.
        ("sw", "Swahili"),
        ("en-us", "English (United States)"),
        # Not a language at all: shown as it is.
        ("xx-none", "xx-none"),
    ],
)
def test_name(code, name):
    assert languages.name(code) == name


@pytest.mark.parametrize(
    ("given_code", "stored"),
    [
        ("en", "en"),
        ("EN", "en"),
        ("pt-BR", "pt-br"),
        ("pt_BR", "pt-br"),
        (" zh-hans ", "zh-hans"),
        # A Norwegian that YAML did not turn into False.
        ("NO", "no"),
        ("x-other", "x-other"),
        ("", None),
        ("x-klingon", None),
        ("english", None),
        ("en-", None),
        ("e n", None),
        ("en\x00", None),
        ("../", None),
        ("en/../de", None),
        ("en'--", None),
        # The Kelvin sign, whose lower case is an ordinary k.
        ("\u212ao", None),
        ("ｅｎ", None),
        ("e" * 200, None),
        ("\ud800", None),
    ],
)
def test_normalise(given_code, stored):
    assert languages.normalise(given_code) == stored


@given(st.text())
def test_normalise_answers_a_known_code_or_none(text):
    code = languages.normalise(text)
    assert code is None or (languages.is_known(code) and languages.normalise(code) == code)


def test_is_known_takes_the_stored_form_only():
    assert languages.is_known("pt-br")
    assert not languages.is_known("pt-BR")
    assert not languages.is_known("")


def test_direction():
    right_to_left = {code for code in LISTED | INTERNAL if languages.is_rtl(code)}
    assert right_to_left == {"ar", "arc", "arq", "arz", "fa", "he", "pnb", "ug", "ur"}
    assert languages.direction("he") == "rtl"
    for code in ("en", "az", "ckb", "dv", "ps", "sd", "yi"):
        assert languages.direction(code) == "ltr"
