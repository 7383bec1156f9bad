# ruff: noqa: E501 - tables of samples read better unbroken
"""What is repeated to make a file slow to read. Each must cost twice the time at twice the size."""

from __future__ import annotations

SRT = "1\n00:00:00,000 --> 00:00:01,000\n"
VTT = "WEBVTT\n\n00:00.000 --> 00:01.000\n"
SBV = "0:00:00.000,0:00:01.000\n"
SSA = "[Events]\nDialogue: 0,0:00:00.00,0:00:01.00,,,0,0,0,,"
P = "<tt><body><div><p>"
END = "</p></div></body></tt>"
TEXT = '[{"start":1,"end":1,"text":"'

# A format, what comes first, what is repeated, what comes last.
FAMILIES = [
    *[("srt", SRT, unit, "x") for unit in (
        "<", "<b>", "</b>", "<i\n", "<v a>", "<font color=", "<font color=red>", "{", "{\\", "{\\b1}",
        "{\\an8", "-", "-->", "-->\n", "1\n", "1\n\n", "\n", "\n ", " ", "\u200b", "\n\u200b",
        "-\u200b", "<\u200b", "&", "&lt;", "00:", ",")],
    *[("srt", "", unit, "") for unit in (
        "1", "1\n", "1\n\n", " ", "\t", "\n", "-->", "-->\n", "00:", "00:00:00,000 ", "00:00:00,000\n",
        "--> 00:00:01,000\n", "00:00:00,000 -->\n", "1\n00:00:00,000 --> \n\n",
        "00:00:00,000 --> 00:00:01,000\n", "1\n00:00:00,000 --> 00:00:01,000\n\n",
        "1\n00:00:00,000 --> 00:00:01,000\nx\n\n", "0:0:0 --> 0:0:1\n", "0:0:x --> 0:0:1\n", "\u200b")],
    *[("srt", "00:00:00,000 --> ", unit, "x") for unit in (" ", "\t", "0", "9", "1", "00:", "-", ",")],
    *[("srt", "00:00:00,000 -->", unit, "") for unit in (" ", "0", " 0")],
    *[("srt", "00:00:00,000 --> 00:00:01,", unit, "\nx") for unit in ("0", "9", " ")],
    *[("srt", "00:00:00,000 --> 00:00:01,000", unit, "x\nx") for unit in (" ", "\t", " X1:0", " -->")],
    ("srt", "", "0", ":00:00,000 --> 00:00:01,000\nx"),
    ("srt", "00:00:00,000", " ", "--> 00:00:01,000\nx"),
    *[("vtt", VTT, unit, "x") for unit in (
        "<", "<b>", "</b>", "<i\n", "&", "&lt;", "<v a>", "<v a>x</v>", "<v ", "<c.a.a>", "<c.a", "<ruby>",
        "<rt>", "<ruby>a<rt>b", "<ruby><rt>", "</ruby>", "<00:00.500>", "-->", "-->\n", "x --> y\n", "00:",
        "{", "{\\b1}", "1\n", "\n", " ", "\u200b", "\u200b\n", "-\u200b")],
    *[("vtt", "WEBVTT\n\n", unit, "") for unit in (
        "NOTE\n", "NOTE\n\n", "NOTE x\n", "NOTE x\n\n", "STYLE\n", "STYLE\n\n", "STYLE\nx\n\n",
        "REGION\nid:a\n\n", "x\n", "x\n\n", "-->\n", "-->\n\n", "--> ", "0", "00:", "\n", " ", " \n",
        "00:00.000 ", "00:00.000\n", "00:00.000 -->\n", "00:00.000 --> \n\n", "--> 00:01.000\n",
        "00:00.000 --> 00:01.000\n", "00:00.000 --> 00:01.000\n\n", "x\n00:00.000 --> 00:01.000\n",
        "x\n00:00.000 --> 00:01.000\nx\n\n", "NOTE x\n\n00:00.000 --> 00:01.000\nx\n\n")],
    ("vtt", VTT + "<c", ".a", ">"), ("vtt", VTT + "<c", ".a.a", "x"), ("vtt", VTT + "&#", "9", ";"),
    ("vtt", VTT + "&", "a", ";"), ("vtt", VTT + "<v ", "a", ""), ("vtt", VTT + "<v ", "a ", ">x"),
    ("vtt", "WEBVTT ", "x", "\n\n"), ("vtt", "WEBVTT\n", "x: y\n", "\n"), ("vtt", "WEBVTT\n\nNOTE", " ", "x"),
    ("vtt", "WEBVTT\n\n", "x", "\n00:00.000 --> 00:01.000\nx"),
    *[("vtt", "WEBVTT\n\n00:00.000 --> ", unit, "x") for unit in (" ", "\t", "0", "00:")],
    *[("vtt", "WEBVTT\n\n00:00.000 --> 00:01.000", unit, "") for unit in (
        " line:0", " ", " x", " line:", ":", " align:start", " -->")],
    ("vtt", "WEBVTT\n\n00:00.000 --> 00:01.000 ", "line:0 ", "\nx"),
    ("vtt", "WEBVTT\n\n00:00.000 --> 00:01.000 line:", "9", "%\nx"),
    *[("sbv", SBV, unit, "x") for unit in (
        "x\n\n", "[", "[br]", " ", "\n ", "\n", "0:00:0x.000,0:0\n", SBV, SBV + "\n", SBV + "x\n\n", ",",
        "0:", "-->", "<b>", "\u200b")],
    *[("sbv", "", unit, "") for unit in (
        "0:00:00.000,", "0:00:00.000,\n", ",0:00:01.000\n", "0:00:00.000\n", "0", "0:", "00:", ",", ",\n",
        "1\n", "\n", " ", "[x]\n", SBV, SBV + "x\n\n")],
    *[("sbv", "0:00:00.000,", unit, "x") for unit in ("0", " ", "0:")],
    *[("ssa", SSA, unit, "}") for unit in (
        "{", "{\\b1}", "{\\b1}x", "{\\i1", "\\", "\\\u200b", "{\\rx}", ",", "}{", "}", "{}", "{{}}")],
    *[("ssa", SSA, unit, "") for unit in ("{", "{\\b1}", "\\N", "\\n", "\\h", " ", ",", "<b>", "\u200b")],
    *[("ssa", SSA + "{", unit, "}") for unit in ("\\", "\\rx", "\\c&H", "\\b1", "f", "(", "\\t(", "0")],
    *[("ssa", "", unit, "") for unit in (
        "Dialogue: \n", "Dialogue: 0,0:00:00.00,", "Dialogue: 0,0:00:00.00,0:00:01.00,,,0,0,0,,x\n", "a",
        "a\n", "\n", ",", ":", "Format: Start, End, Text\n", "Style: a,b\n", "[", "[Events]\n", "; x\n",
        "Comment: 0,0:00:00.00,0:00:01.00,,,0,0,0,,x\n")],
    *[("ssa", "[Events]\n" + head, unit, "\n") for head, unit in (
        ("Format: ", "Start, "), ("Format: ", ","), ("Dialogue: ", ","), ("Dialogue: ", "0"),
        ("Dialogue: 0,0:00:00.", "0"), ("Dialogue:", " "), ("", SSA[9:] + "x\n"))],
    *[("dfxp", P, unit, END) for unit in (
        "<br/>", "&amp;", " \n", " <br/>", "\n", "\u200b", "<span/>", "<span>x</span>",
        '<span begin="1s">x</span>', "<set display=''/>", "<metadata/>", "<!--x-->",
        '<span xmlns:t="http://www.w3.org/ns/ttml#styling" t:ruby="container"/>',
        '<span xmlns:t="http://www.w3.org/ns/ttml#styling" t:ruby="text">x</span>')],
    *[("dfxp", "<tt><body><div>", unit, "</div></body></tt>") for unit in (
        "<p/>", "<p begin='x'/>", "<p begin='1s' end='2s'>x</p>", "<p xml:id='a'/>", " ", "<div/>")],
    *[("dfxp", "<tt><head>", unit, "</head></tt>") for unit in (
        "<styling/>", "<layout/>", "<metadata/>", "x", "<styling><style xml:id='a' style='a'/></styling>",
        "<layout><region xml:id='a'/></layout>")],
    *[("dfxp", "", unit, "") for unit in ("<tt>", "<", "&a;", " ", "<!---->", "<?x?>")],
    ("dfxp", '<tt><body style="', "a ", '"/></tt>'),
    *[("dfxp", '<tt><body><div><p begin="', unit, tail + END) for unit, tail in (
        ("1", 's">x'), ("1", '">x'), ("00:", '">x'), (" ", '1s">x'), (".", '">x'))],
    *[("json", TEXT, unit, '"}]') for unit in (
        "<", "<b ", "<b>", "</b>", "<b>x</b>", "<i\\n", "&", "&amp;", "<br>", "\\n", " ", "\\u200b", "{",
        "-->")],
    *[("json", "", unit, "") for unit in ("[", '{"a":', "1", "-", " ", "{", ",", '"')],
    *[("json", "[", unit, '{"start":0,"end":1,"text":"x"}]') for unit in (
        '{"start":0,"end":1,"text":"x"},', "{},", "[],", " ")],
    ("json", '[{"start":', "1", ',"end":1,"text":""}]'),
    *[("txt", "x", unit, "y") for unit in (
        "\n", " ", "\n ", " \n", "\t", "\u200b", "\u200b\n", "\n\n\u200b", "x\n\n")],
    *[("youtube", "<transcript>", unit, "</transcript>") for unit in (
        "<text start='1'>&lt;b&gt;</text>", "<text/>", "<text start='1'>x</text>", " ")],
    *[("youtube", "<transcript><text start='1'>", unit, "</text></transcript>") for unit in (
        "&lt;", "&amp;lt;b", "&amp;amp;", "\n", " ")],
]  # fmt: skip
