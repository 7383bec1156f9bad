"""What a 304 costs beside the answer that it stands for, in CPU time of the process. See README.md.

Run it as ``python -m benchmarks.conditional``, after ``manage.py setup --demo``: on the database
and data folder that the environment names. No server and no network: the application is called.
"""

import argparse
import io
import json
import os
import sys
import time

os.environ.setdefault("LOG_LEVEL", "CRITICAL")

Answer = tuple[str, dict[str, str], bytes]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure 304 beside 200.")
    parser.add_argument("--times", type=int, default=200, help="of each request (200)")
    times = parser.parse_args().times
    from amara_api.wsgi import application  # isort: skip - it sets Django up
    from django.conf import settings

    from amara_api.kernel.rest import memory

    key = (settings.DATA_DIR / "admin.key").read_text().strip()
    settings.AMARA_LIMITS = dict.fromkeys(settings.AMARA_LIMITS)

    def ask(path: str, **headers: str) -> Answer:
        address, _, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": address,
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "8000",
            "HTTP_HOST": "localhost:8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
            "HTTP_X_API_KEY": key,
            **headers,
        }
        got: list[object] = []
        body = b"".join(application(environ, lambda *told: got.extend(told)))
        status, headers_of_answer = got[:2]
        return str(status), dict(headers_of_answer), body  # type: ignore[call-overload]

    def cost(path: str, forget: bool = False, **headers: str) -> float:
        """µs of the quickest quarter's slowest: other work on the machine only adds."""
        taken = []
        for _ in range(times):
            if forget:
                memory.forget()
            start = time.process_time()
            ask(path, **headers)
            taken.append(time.process_time() - start)
        return sorted(taken)[times // 4] * 1e6

    video = json.loads(ask("/api/videos/")[2])["objects"][0]["id"]
    subtitles = f"/api/videos/{video}/languages/en/subtitles/"
    print("| GET | bytes | 200, µs | 304 | of it | 304 after a write | of it |")
    print(f"|---|{'---:|' * 6}")
    for path in (
        "/api/",
        "/api/languages/",
        f"/api/videos/{video}/",
        "/api/videos/",
        "/api/videos/?format=xml",
        "/api/videos/?format=yaml",
        f"/api/videos/{video}/languages/",
        "/api/teams/",
        "/api/users/me/",
        "/api/activity/",
        subtitles,
        f"{subtitles}?format=srt",
        f"{subtitles}actions/",
    ):
        _, headers, body = ask(path)
        known = {"HTTP_IF_NONE_MATCH": headers["ETag"]}
        whole = cost(path)
        kept, anew = cost(path, **known), cost(path, forget=True, **known)
        name = path.replace(video, "ID")
        print(
            f"| {name} | {len(body)} | {whole:.0f} | {kept:.0f} | {kept / whole:.2f} "
            f"| {anew:.0f} | {anew / whole:.2f} |"
        )


if __name__ == "__main__":
    main()
