import json

from subject import ApiError, Client, Response


class FakeTransport:
    def __init__(self):
        self.sent = []

    def send(self, method, url, headers, body):
        self.sent.append((method, url, dict(headers), body))
        if url.endswith("/sessions"):
            return Response(201, json.dumps({"token": json.loads(body)["name"] + "-token"}).encode())
        if method == "DELETE":
            return Response(204)
        if "/issues?" in url:
            page = int(url.rpartition("=")[2])
            return Response(200, json.dumps({"items": [{"id": page}], "next_page": 2 if page == 1 else None}).encode())
        if "missing" in url:
            return Response(404, b"no such project")
        return Response(200, b'{"slug": "a/b"}')


transport = FakeTransport()
client = Client("https://example.org/api/", transport)
other = Client("https://example.org/api", transport)
client.sign_in("ada", "secret")
assert client.project("a/b") == {"slug": "a/b"}
method, url, headers, body = transport.sent[-1]
assert (method, url, body) == ("GET", "https://example.org/api/projects/a%2Fb", None)
assert headers == {"Authorization": "Bearer ada-token", "Accept": "application/json"}
assert [issue["id"] for issue in client.issues("a", state="open")] == [1, 2]
assert transport.sent[-1][1].endswith("/projects/a/issues?state=open&page=2")
other.project("a")
assert "Authorization" not in transport.sent[-1][2]
given = {"X-Team": "7"}
third = Client("https://example.org/api", transport, given)
third.sign_in("bob", "secret")
third.project("a")
assert transport.sent[-1][2]["X-Team"] == "7" and given == {"X-Team": "7"}
client.sign_out()
client.sign_out()
assert transport.sent[-1][0] == "DELETE" and sum(call[0] == "DELETE" for call in transport.sent) == 1
try:
    client.project("missing")
except ApiError as error:
    assert error.status == 404
else:
    raise AssertionError("no error")
