"""What counting requests by the hour (AMARA_FIGURES) costs each, in CPU time of the process.

Run it as ``python -m benchmarks.figures``. No server, no network and no database: the outermost
middleware is called around an answer that is there already, with figures and without in turn, and
the least of all rounds is told. Other work on the machine only adds.
"""

import argparse
import os
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amara_api.settings")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what counting costs a request.")
    parser.add_argument("--requests", type=int, default=3000, help="in a round (3000)")
    parser.add_argument("--rounds", type=int, default=60, help="of each kind (60)")
    asked = parser.parse_args()
    import django

    django.setup()
    from django.conf import settings
    from django.http import HttpResponse
    from django.test import RequestFactory

    from amara_api.kernel import hours
    from amara_api.kernel.watching import Watch

    response, request = HttpResponse(), RequestFactory().get("/api/")
    watch = Watch(lambda _: response)

    def cost(counted: bool) -> float:
        """Microseconds of a request."""
        settings.AMARA_FIGURES = counted
        began = time.process_time()
        for _ in range(asked.requests):
            watch(request)
        return (time.process_time() - began) / asked.requests * 1e6

    rounds = [(cost(False), cost(True)) for _ in range(asked.rounds)]
    without, counting = (min(kind) for kind in zip(*rounds, strict=True))
    # Nothing of this is to be written.
    hours.forget()
    said = (
        f"without {without:.2f} µs, with {counting:.2f} µs: {counting - without:.2f} µs a request"
    )
    print(said)


if __name__ == "__main__":
    main()
