from web.routes import match


def test_too_short():
    assert match("/a/{b}/{c}", "/a/1") is None


def test_too_long():
    assert match("/a/{b}", "/a/1/2") is None


def test_values():
    assert match("/a/{b}/c/{d}", "/a/1/c/2/") == {"b": "1", "d": "2"}
    assert match("/", "/") == {}
