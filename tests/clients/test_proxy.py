"""The stand-in for amara.org is itself no source of surprises."""

import http.client
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
import requests

from .proxy import AmaraProxy


class Echo(BaseHTTPRequestHandler):
    """Answers what it was asked."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        seen = {"target": self.path, "headers": dict(self.headers), "body": body.decode()}
        self.send_response(201)
        self.end_headers()
        self.wfile.write(json.dumps(seen).encode())

    do_GET = do_POST

    def do_DELETE(self):
        self.send_response(204)
        self.end_headers()

    def log_message(self, format, *args):
        pass


@pytest.fixture(scope="module")
def amara(tmp_path_factory):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    upstream = f"http://127.0.0.1:{server.server_port}"
    with AmaraProxy(upstream, tmp_path_factory.mktemp("proxy")) as proxy:
        yield proxy
    server.shutdown()
    server.server_close()


@pytest.fixture
def client(amara):
    with requests.Session() as session:
        session.trust_env = False
        session.proxies = {"http": amara.url, "https": amara.url}
        session.verify = str(amara.ca_file)
        yield session


@pytest.mark.parametrize("host", ["amara.org", "www.amara.org", "staging.amara.org"])
def test_amara_is_the_server_behind(client, amara, host):
    answer = client.post(f"https://{host}/api/?a=b", data={"c": "d"}, timeout=30)
    seen = answer.json()
    assert answer.status_code == 201
    assert (seen["target"], seen["body"]) == ("/api/?a=b", "c=d")
    assert seen["headers"]["Host"] == seen["headers"]["X-Forwarded-Host"] == host
    assert seen["headers"]["X-Forwarded-Proto"] == "https"
    last = amara.exchanges[-1]
    assert (last.method, last.url) == ("POST", f"https://{host}/api/?a=b")
    assert (last.request_body, last.status) == (b"c=d", 201)


def test_one_connection_serves_several_requests(client):
    for _ in range(3):
        assert client.delete("https://amara.org/api/", timeout=30).status_code == 204
        assert client.post("https://amara.org/api/", data="x", timeout=30).json()["body"] == "x"


def test_nothing_is_added_that_the_client_left_out(client):
    client.headers.clear()
    seen = client.post("https://amara.org/api/", data=b"{}", timeout=30).json()
    assert not {"Content-Type", "Accept"} & seen["headers"].keys()


def test_a_body_in_chunks_arrives_whole(client):
    chunks = iter([b"one ", b"two"])
    assert (
        client.post("https://amara.org/api/", data=chunks, timeout=30).json()["body"] == "one two"
    )


def test_an_absolute_request_without_tls_is_one_of_http(client):
    seen = client.get("http://amara.org/api/", timeout=30).json()
    assert (seen["target"], seen["headers"]["X-Forwarded-Proto"]) == ("/api/", "http")


@pytest.mark.parametrize(
    "url", ["https://www.youtube.com/", "https://amara.org.example/", "https://evilamara.org/"]
)
def test_other_hosts_are_refused(client, amara, url):
    with pytest.raises(requests.exceptions.ProxyError):
        client.get(url, timeout=30)
    assert amara.refused[-1] == f"{urlsplit(url).netloc}:443"
    plain = url.replace("https:", "http:")
    assert client.get(plain, timeout=30).status_code == 403
    assert amara.refused[-1] == plain


def test_who_does_not_know_the_authority_does_not_trust_it(client):
    client.verify = True
    with pytest.raises(requests.exceptions.SSLError):
        client.get("https://amara.org/", timeout=30)


def test_the_certificate_stands_up_to_a_strict_check(amara):
    context = ssl.create_default_context(cafile=str(amara.ca_file))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    place = urlsplit(amara.url)
    connection = http.client.HTTPSConnection(place.hostname, place.port, context=context)
    connection.set_tunnel("amara.org", 443)
    connection.request("GET", "/")
    assert connection.getresponse().status == 201
    connection.close()


def test_a_server_that_is_gone_is_a_bad_gateway(tmp_path):
    with AmaraProxy("http://127.0.0.1:9", tmp_path) as proxy:
        options = {"proxies": {"https": proxy.url}, "verify": str(proxy.ca_file), "timeout": 30}
        assert requests.get("https://amara.org/api/", **options).status_code == 502
