from subject import HeaderMap, parse_headers, without_hop_by_hop

headers = parse_headers(b"Host: example.org\r\nAccept: text/html\r\naccept:  text/plain \r\n\r\nbody")
assert len(headers) == 3 and "HOST" in headers and "Cookie" not in headers
assert headers.get_all("ACCEPT") == ["text/html", "text/plain"] and headers.get("accept") == "text/html"
headers.set("ACCEPT", "*/*")
assert list(headers) == [("Host", "example.org"), ("ACCEPT", "*/*")]
assert headers.render() == b"Host: example.org\r\nACCEPT: */*\r\n\r\n"
assert headers.remove("host") == 1 and headers.remove("host") == 0

received = HeaderMap([("Connection", "close, X-Trace"), ("x-trace", "1"), ("upgrade", "h2c"), ("Date", "today")])
assert list(without_hop_by_hop(received)) == [("Date", "today")] and len(received) == 4
for name, value in (("a b", "x"), ("", "x"), ("a", "x\r\ny: z"), ("a", "\u20ac")):
    try:
        headers.add(name, value)
    except ValueError:
        pass
    else:
        raise AssertionError(name)
