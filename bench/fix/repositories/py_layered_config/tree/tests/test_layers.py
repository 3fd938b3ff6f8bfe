from layers.load import load
from layers.lookup import lookup


def test_later_wins():
    assert load('{"a": 1}', '{"a": 2}') == {"a": 2}


def test_nested():
    settings = load('{"server": {"port": 80, "host": "a"}}', '{"server": {"port": 81}}')
    assert lookup(settings, "server.port") == 81
    assert lookup(settings, "server.host") == "a"


def test_default():
    assert lookup({}, "a.b", 5) == 5
