"""Large bodies leave threads to everybody else."""

import asyncio
import threading

from django.http import HttpResponse

from amara_api.kernel.intake import asgi

LARGE = b"x" * (asgi._LARGE + 1)


def test_they_have_half_of_the_threads_and_small_ones_go_on():
    gate, lock = threading.Event(), threading.Lock()
    running = most = 0

    def below(environ):
        nonlocal running, most
        if len(environ["wsgi.input"].read()) == len(LARGE):
            with lock:
                running += 1
                most = max(most, running)
            assert gate.wait(20)
            with lock:
                running -= 1
        return HttpResponse()

    front = asgi.Front(below, 4)

    async def ask(body):
        sent = []

        async def receive():
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message):
            sent.append(message)

        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "path": "/api/",
            "query_string": b"",
            "headers": [(b"content-length", b"%d" % len(body))],
        }
        await front(scope, receive, send)
        return sent[0]["status"]

    async def many_at_once():
        large = [asyncio.ensure_future(ask(LARGE)) for _ in range(8)]
        given_up = asyncio.ensure_future(ask(LARGE))
        async with asyncio.timeout(20):
            while running < 2:
                await asyncio.sleep(0.01)
        small = await asyncio.gather(*(ask(b"x") for _ in range(20)))
        assert not any(each.done() for each in large)
        given_up.cancel()
        gate.set()
        return small + await asyncio.gather(*large)

    assert asyncio.run(many_at_once()) == [200] * 28
    assert most == 2
