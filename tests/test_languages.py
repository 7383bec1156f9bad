"""Language codes: which are known, what other spellings settle to, and what is proposed instead."""

import re
import string
import subprocess
import sys
import time
import unicodedata
from pathlib import Path

import pytest
from babel import Locale, localedata
from hypothesis import given
from hypothesis import strategies as st
from langcodes import Language

from amara_api.kernel import languages
from amara_api.kernel.language_cldr import ALIASES, CLDR
from amara_api.kernel.language_table import INTERNAL, LISTED, NOT_AS_NAMED, RIGHT_TO_LEFT_SCRIPTS
from amara_api.kernel.languages import Added
from tests import language_data

ROOT = Path(__file__).parent.parent
KNOWN = LISTED | INTERNAL | CLDR


@pytest.fixture
def added():
    """`added(("abq", "Abaza"), ...)`: with these languages of operators."""

    def install(*rows):
        languages.install(Added(*row, *(True, None)[len(row) - 2 :]) for row in rows)

    yield install
    languages.install(())


# --- the tables ----------------------------------------------------------------------------------


def test_the_list_is_that_of_the_service():
    assert len(languages.listed()) == 321
    assert languages.listed() == LISTED
    assert list(languages.listed()) == sorted(LISTED)
    assert all(code == code.lower() and name == name.strip() for code, name in KNOWN.items())


def test_the_table_of_cldr_is_what_the_package_says():
    assert language_data.text().split() == language_data.TABLE.read_text("utf-8").split(), (
        "run `make languages`"
    )


def test_every_language_that_cldr_names_is_known():
    for code, name in Locale("en").languages.items():
        stored = code.lower().replace("_", "-")
        assert languages.is_known(stored) is (code != "und"), code
        if stored in CLDR:
            assert languages.name(stored) == name


def test_no_code_is_in_two_tables():
    assert len(KNOWN) == len(LISTED) + len(INTERNAL) + len(CLDR)
    assert len(INTERNAL) == 37
    assert all(languages.is_known(code) for code in KNOWN)
    assert all(code in LISTED for code in NOT_AS_NAMED)


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
        # Not listed, and CLDR's.
        ("sw", "Swahili"),
        ("en-us", "English (United States)"),
        ("yue", "Cantonese"),
        ("zh", "Chinese, Yue"),
        # Not a language at all: shown as it is.
        ("xx-none", "xx-none"),
    ],
)
def test_name(code, name):
    assert languages.name(code) == name


# --- spellings -----------------------------------------------------------------------------------

SETTLED = {
    # Case, underscores and blanks.
    "en": "en",
    "EN": "en",
    "pt-BR": "pt-br",
    "pt_BR": "pt-br",
    " zh-hans ": "zh-hans",
    # A Norwegian that YAML did not turn into False.
    "NO": "no",
    "x-other": "x-other",
    # Three letters, of both sets of ISO 639-2.
    "eng": "en",
    "ger": "de",
    "deu": "de",
    "fra": "fr",
    "fre": "fr",
    "por": "pt",
    "per": "fa",
    "mri": "mi",
    "tgl": "tl",
    "twi": "tw",
    "mol": "mo",
    "rum": "ro",
    "nld-BE": "nl-be",
    # What was withdrawn.
    "iw": "he",
    "in": "id",
    "ji": "yi",
    "jw": "jv",
    "scc": "sr",
    "he-IL": "he",
    "iw-IL": "he",
    "in-ID": "id",
    "en-UK": "en-gb",
    "i-klingon": "tlh",
    "sgn-US": "ase",
    "zh-min-nan": "nan",
    "art-lojban": "jbo",
    # Twins, to the one that is listed.
    "sw": "swa",
    "am": "amh",
    "ha": "hau",
    "pa": "pan",
    "zu": "zul",
    "yo": "yor",
    "ak": "aka",
    "fy": "fy-nl",
    "fry": "fy-nl",
    # Members for which CLDR takes the whole.
    "arb": "ar",
    "pes": "fa",
    "swh": "swa",
    "zsm": "ms",
    # The likely script and region add nothing.
    "de-DE": "de",
    "fr-FR": "fr",
    "ja-JP": "ja",
    "sr-Cyrl": "sr",
    "sr-RS": "sr",
    "sr-Latn-RS": "sr-latn",
    "hi-IN": "hi",
    "sw-TZ": "swa",
    "zh-Hant-HK": "zh-hk",
    "zh-Hant-TW": "zh-tw",
    "zh-Hans-CN": "zh-cn",
    "zh-Hans-SG": "zh-sg",
    "zh-cmn-Hans-CN": "zh-cn",
    "en-US-u-hc-h12": "en-us",
    # The longest code that is meant.
    "pt-PT": "pt-pt",
    "pt-Latn-PT": "pt-pt",
    "es-ES": "es-es",
    "es-Latn-ES": "es-es",
    "zh-Hant": "zh-hant",
    "zh-TW": "zh-tw",
    # The service's own codes, whatever they look like.
    "zh": "zh",
    "srp": "srp",
    "st": "st",
    "sot": "sot",
    "ff": "ff",
    "ful": "ful",
    "mo": "mo",
    "sh": "sh",
    "tl": "tl",
    "nb": "nb",
    "prs": "prs",
    "gug": "gug",
    # CLDR's.
    "yue": "yue",
    "zh-yue": "yue",
    "yue-HK": "yue",
    "zxx": "zxx",
    "kmr": "ku",
}
NOT_SETTLED = [
    *("", " ", "-", "en-", "-en", "e n", "en\x00", "../", "en/../de", "en'--", "en--us"),
    # The Kelvin sign, whose lower case is an ordinary k; full width; half a pair.
    *("\u212ao", "ｅｎ", "\ud800", "é", "٠"),
    *("e" * 200, "en-" + "a" * 8 + "-a" * 40, "x-klingon", "english", "xx", "qqq", "und", "root"),
    # More is said than any code says.
    *("es-US", "en-NZ", "ar-SA", "en-XX", "mn-Mong", "pa-Arab", "zh-Hant-MO", "sr-Cyrl-ME"),
    *("de-1996", "ca-valencia", "en-GB-oed", "en-x-mine", "de-t-en"),
    # Two codes say the same, or the likely one is another language to this service.
    *("st-ZA", "ff-SN", "zho", "chi", "cmn", "zh-Latn"),
    # Languages without data: their region says something.
    *("wau-us", "hb-us"),
]


@pytest.mark.parametrize(("typed", "stored"), SETTLED.items())
def test_spellings_settle(typed, stored):
    assert languages.normalise(typed) == stored


@pytest.mark.parametrize("typed", NOT_SETTLED, ids=ascii)
def test_what_is_not_surely_one_code_is_none(typed):
    assert languages.normalise(typed) is None
    assert languages.unknown(typed).startswith("Unknown language code: ")


@given(st.text() | st.from_regex(r"[a-zA-Z]{2,4}([-_][a-zA-Z0-9]{2,8}){0,3}", fullmatch=True))
def test_normalise_answers_a_stored_code_or_none(text):
    code = languages.normalise(text)
    assert code is None or (languages.is_known(code) and languages.normalise(code) == code)
    assert code is None or code not in ALIASES


@pytest.mark.parametrize("code", LISTED)
def test_listed_codes_are_themselves(code):
    assert languages.normalise(code) == languages.normalise(code.upper()) == code


def test_two_letters_and_three_are_one():
    """For every stored code of two letters that ISO 639 also writes with three."""
    checked = 0
    for code in KNOWN:
        if len(code) != 2 or code in NOT_AS_NAMED:
            continue
        for variant in "TB":
            try:
                longer = Language.make(language=code).to_alpha3(variant)
            except LookupError:
                continue
            # Where both are listed they are two languages to this service.
            if longer not in LISTED:
                assert languages.normalise(longer) == languages.normalise(code), longer
                checked += 1
    assert checked > 200


def test_likely_script_and_region_change_nothing():
    """A code written out in full is the code, or one that says as much."""
    for code in LISTED:
        full = str(Language.get(code).maximize()).lower()
        settled = languages.normalise(full)
        if settled is not None and code not in NOT_AS_NAMED:
            again = str(Language.get(settled).maximize()).lower()
            assert again == full, (code, full, settled)


def test_aliases_are_known_and_name_the_same_language():
    for alias, code in ALIASES.items():
        assert alias in INTERNAL or alias in CLDR
        assert languages.normalise(alias) == code
        assert code in LISTED
        meant = {Language.get(each).maximize().language for each in (alias, code)}
        assert len(meant) == 1, alias


@pytest.mark.parametrize("code", INTERNAL)
def test_forms_of_a_region_or_script_stay_themselves(code):
    if "-" in code:
        assert languages.normalise(code) == code


def test_is_known_takes_the_stored_form_only():
    assert languages.is_known("pt-br")
    assert languages.is_known("iw")  # older tracks carry it
    assert not languages.is_known("pt-BR")
    assert not languages.is_known("eng")
    assert not languages.is_known("")


# --- what is proposed ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("es-US", ["es", "es-419"]),
        ("en-NZ", ["en", "en-gb"]),
        ("zh-MO", ["zh-hk"]),
        ("st-ZA", ["sot", "st"]),
        ("cmn", ["zh-cn"]),
        ("pa-Arab", ["pan"]),
        ("english", ["en"]),
        ("German", ["de"]),
        ("Brazilian Portuguese", ["pt-br"]),
        ("portugese", ["pt"]),
        ("French Canada", ["fr-ca"]),
        ("klingon", ["tlh"]),
        ("pt br", ["pt", "pt-br"]),
        ("qqq", []),
        ("x" * 5000, []),
        ("\x00", []),
        ("\ud800", []),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_nearest(typed, first):
    found = languages.nearest(typed)
    assert found[: len(first)] == first
    assert bool(found) is bool(first)


@given(st.text(max_size=80))
def test_nearest_are_stored_codes(text):
    found = languages.nearest(text)
    assert len(found) <= 5
    assert len(set(found)) == len(found)
    assert all(languages.normalise(code) == code for code in found)


def test_the_sentence():
    assert re.fullmatch(
        r"Unknown language code: es-us\. Did you mean (es, )([\w-]+, )*[\w-]+ or [\w-]+\?",
        languages.unknown("es-us"),
    )
    assert languages.unknown("pa-Arab") == "Unknown language code: pa-Arab. Did you mean pan?"
    assert languages.unknown("qqq") == "Unknown language code: qqq"
    assert languages.unknown("qqq", "No such language") == "No such language: qqq"
    assert len(languages.unknown("q" * 10_000)) < 150
    languages.unknown("\ud800").encode()


# --- direction -----------------------------------------------------------------------------------


def test_direction_is_that_of_the_script():
    right = "prs ps yi dv sd ckb ks aeb fa-af iw he ar arc arq arz fa pnb ug ur ku-arab pa-arab"
    right += " uz-arab az-arab az-ir nqo ff-adlm rhg syr jrb ar-001 x-other-not haz ae"
    left = "en az ku uz pa pan zh ja sr-latn hi-latn ur-latn sd-in sd-deva ug-cyrl az-latn hb"
    left += " meta-wiki x-arab x-other ha ms sgn"
    assert [c for c in right.split() if not languages.is_rtl(c)] == ["x-other-not"]
    assert [c for c in left.split() if languages.is_rtl(c)] == []
    assert (languages.direction("he"), languages.direction("en")) == ("rtl", "ltr")


def test_direction_is_that_of_cldrs_locales():
    """CLDR says of each locale in which order its characters stand."""
    locales = {each: Locale.parse(each) for each in localedata.locale_identifiers()}
    locales.pop("root", None)
    wrong = [
        each
        for each, locale in locales.items()
        if languages.is_rtl(each.lower().replace("_", "-"))
        is not (locale.character_order == "right-to-left")
    ]
    assert len(locales) > 900
    assert wrong == []


# ISO 15924 codes and the name of the script in Unicode, where the two differ in more than case.
_NAMES = {
    "adlm": "ADLAM", "arab": "ARABIC", "armi": "IMPERIAL ARAMAIC", "avst": "AVESTAN",
    "chrs": "CHORASMIAN", "cprt": "CYPRIOT", "elym": "ELYMAIC", "hatr": "HATRAN",
    "hebr": "HEBREW", "hung": "OLD HUNGARIAN", "khar": "KHAROSHTHI", "lydi": "LYDIAN",
    "mand": "MANDAIC", "mani": "MANICHAEAN", "mend": "MENDE KIKAKUI",
    "merc": "MEROITIC CURSIVE", "mero": "MEROITIC HIEROGLYPHIC", "narb": "OLD NORTH ARABIAN",
    "nbat": "NABATAEAN", "nkoo": "NKO", "orkh": "OLD TURKIC", "ougr": "OLD UYGHUR",
    "palm": "PALMYRENE", "phli": "INSCRIPTIONAL PAHLAVI", "phlp": "PSALTER PAHLAVI",
    "phnx": "PHOENICIAN", "prti": "INSCRIPTIONAL PARTHIAN", "rohg": "HANIFI ROHINGYA",
    "samr": "SAMARITAN", "sarb": "OLD SOUTH ARABIAN", "sogd": "SOGDIAN", "sogo": "OLD SOGDIAN",
    "syrc": "SYRIAC", "thaa": "THAANA", "yezi": "YEZIDI",
}  # fmt: skip
# Forms of Arabic and Syriac, and scripts of a newer Unicode than some Pythons have.
_WITHOUT_LETTERS = {"aran", "syre", "syrj", "syrn", "gara", "sidt"}


def test_scripts_from_right_to_left_are_those_of_unicode():
    assert _NAMES.keys() | _WITHOUT_LETTERS == RIGHT_TO_LEFT_SCRIPTS
    found = set()
    for point in range(sys.maxunicode):
        letter = chr(point)
        if unicodedata.bidirectional(letter) in {"R", "AL"}:
            name = re.split(r" (?:LETTER|LIGATURE|SYLLABLE) ", unicodedata.name(letter, ""))
            if len(name) > 1:
                found.add(name[0])
    cased = re.compile(r" (CAPITAL|SMALL)$")
    found = {cased.sub("", name) for name in found} - {"GARAY", "SIDETIC"}
    # Presentation forms, modifiers and the like begin with the name of their script.
    of_script = {
        name: [each for each in found if each.startswith(name)] for name in _NAMES.values()
    }
    assert all(of_script.values())
    assert found == {each for names in of_script.values() for each in names}


# --- what operators add --------------------------------------------------------------------------


def test_an_added_language_is_known_and_listed(added):
    assert languages.normalise("abq") is None
    added(("abq", "Abaza"), ("x-mine", "Our own", False), ("de-de", "German (Germany)"))
    assert languages.normalise("ABQ") == languages.normalise("abq-Cyrl") == "abq"
    assert languages.name("abq") == "Abaza"
    assert languages.normalise("x-Mine") == "x-mine"
    assert languages.normalise("de-DE") == "de-de"
    assert languages.normalise("deu-Latn-DE") == "de-de"
    assert languages.listed().keys() - LISTED.keys() == {"abq", "de-de"}
    assert list(languages.listed()) == sorted(languages.listed())
    assert languages.nearest("Abaza language") == []
    assert languages.nearest("abaza") == ["abq"]
    added()
    assert languages.normalise("abq") is None
    assert languages.normalise("de-DE") == "de"


def test_a_known_language_can_be_renamed_and_hidden(added):
    added(("sot", "Sesotho", False), ("yue", "Yue", True))
    assert (languages.name("sot"), languages.name("yue")) == ("Sesotho", "Yue")
    assert languages.normalise("sot") == "sot"
    assert set(languages.listed()) ^ set(LISTED) == {"sot", "yue"}


def test_an_operator_may_know_the_direction_better(added):
    added(("x-rtl", "Right", True, True), ("ku", "Kurdish", True, True), ("yi", "Yiddish"))
    assert [languages.is_rtl(code) for code in ("x-rtl", "ku", "yi")] == [True, True, True]
    added(("yi", "Yiddish", True, False))
    assert [languages.is_rtl(code) for code in ("x-rtl", "ku", "yi")] == [False, False, False]


@pytest.mark.parametrize(
    ("code", "other"),
    [
        *(("iw", "he"), ("sw", "swa"), ("eng", "en"), ("in", "id"), ("fy", "fy-nl")),
        *(("de-de", None), ("en", None), ("zh", None), ("abq", None), ("x-mine", None)),
    ],
)
def test_other_spellings_are_no_languages(code, other):
    assert languages.other_spelling_of(code) == other


@pytest.fixture
def source():
    """Rows that are read as a server reads its own; and how often that was."""

    class Source:
        rows = ()
        reads = 0

        def __call__(self):
            self.reads += 1
            return self.rows

    made = Source()
    languages.watch(made)
    yield made
    languages.watch(None)


def test_rows_are_read_anew_after_a_while(source, monkeypatch):
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    assert languages.name("en") == "English"
    source.rows = [Added("en", "Anglish", True, None)]
    assert languages.name("en") == "English"
    assert source.reads == 1
    now += 4.9
    assert languages.name("en") == "English"
    now += 0.2
    assert languages.name("en") == "Anglish"
    assert source.reads == 2
    source.rows = [Added("en", "Inglish", True, None)]
    languages.reread()
    assert languages.name("en") == "Inglish"


def test_an_unknown_code_is_looked_for_at_once_but_not_by_everybody(source, monkeypatch):
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    assert languages.normalise("abq") is None
    source.rows = [Added("abq", "Abaza", True, None)]
    now += 0.3
    assert languages.normalise("abq") == "abq"
    before = source.reads
    for n in range(1000):
        now += 0.001
        assert languages.normalise(f"q{n}") is None
        assert not languages.is_known(f"q{n}")
    assert source.reads - before <= 4


def test_rows_that_cannot_be_read_now_leave_what_was(source, monkeypatch):
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    source.rows = [Added("abq", "Abaza", True, None)]
    assert languages.is_known("abq")
    source.rows = None
    now += 10
    assert languages.is_known("abq")
    source.rows = ()
    now += 0.3
    assert not languages.is_known("abq")


# --- cost ----------------------------------------------------------------------------------------


def test_langcodes_is_loaded_for_unusual_codes_only():
    program = (
        "import sys; from amara_api.kernel import languages as l; "
        "assert l.normalise('sw') == 'swa' and l.is_rtl('fa-af') and l.name('yue'); "
        "print('langcodes' in sys.modules, l.normalise('eng'), 'langcodes' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "en", "True"]


def test_strangers_cannot_fill_the_memory():
    letters = string.ascii_lowercase
    for first in letters:
        for second in letters:
            for third in letters[:12]:
                languages.normalise(f"en-{first}{second}{third}a-us")
    assert len(Language._PARSE_CACHE) < 10_000
    assert len(Language._INSTANCES) < 30_000
