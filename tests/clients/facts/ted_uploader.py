"""The uploader of TED's translators: PHP's curl, which sends an array of fields as multipart."""

import json

from tests.clients.wire import FRENCH, JSON, Fact

DFXP = (
    '<tt xmlns="http://www.w3.org/ns/ttml" xml:lang="">\n'
    '  <head><metadata xmlns:ttm="http://www.w3.org/ns/ttml#metadata"><ttm:title/></metadata></head>\n'
    '  <body region="amara-subtitle-area"><div>\n'
    '      <p begin="00:00:01.000" end="00:00:02.500">one &amp; two<br/>three</p>\n'
    "  </div></body>\n"
    "</tt>"
)
OLD = ("Accept: */*", "X-api-username: USERNAME", "X-apikey: SECRET")
BOUNDARY = "------------------------d74496d66958873e"


def multipart(**fields):
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    return "".join([*parts, f"--{BOUNDARY}--\r\n"])


FACTS = [
    Fact(
        "TED uploader",
        "asks for open tasks without saying true",
        "GET",
        "/api/teams/TEAM/tasks/?open",
        holds=lambda a: len(a.json["objects"]) == 1,
    ),
    Fact(
        "TED uploader",
        "looks for a task of its user",
        "GET",
        "/api2/partners/teams/TEAM/tasks/?format=json&video_id=TEAM_VIDEO&language=en&open"
        "&assignee=USERNAME&limit=1",
        OLD,
        key=False,
        holds=lambda a: a.json["objects"] == [],
    ),
    Fact(
        "TED uploader",
        "finds the task that is open",
        "GET",
        "/api2/partners/teams/TEAM/tasks/?format=json&video_id=TEAM_VIDEO&language=en&open&limit=1",
        OLD,
        key=False,
        holds=lambda a: len(a.json["objects"]) == 1,
    ),
    Fact(
        "TED uploader",
        "writes the speaker's name with blanks, in JSON in a part",
        "POST",
        "/api2/partners/videos/VIDEO/languages/ja/subtitles/",
        (*OLD, "Expect: 100-continue", f"Content-Type: multipart/form-data; boundary={BOUNDARY}"),
        multipart(
            sub_format="dfxp",
            subtitles=DFXP,
            title="Talk",
            description="Of a talk",
            metadata='{"speaker - name":"Anna"}',
        ),
        key=False,
        status=201,
        holds=lambda a: (
            a.json["metadata"] == {"speaker-name": "Anna"}
            and "one &amp; two" in a.json["subtitles"]
        ),
    ),
    Fact(
        "TED uploader",
        "writes it so in a JSON body",
        "POST",
        FRENCH,
        (JSON,),
        json.dumps(
            {"sub_format": "dfxp", "subtitles": DFXP, "metadata": {"speaker - name": "Anna"}}
        ),
        status=201,
        holds=lambda a: a.json["metadata"] == {"speaker-name": "Anna"},
    ),
]
