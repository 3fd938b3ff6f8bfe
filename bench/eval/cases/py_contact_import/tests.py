import tempfile
from pathlib import Path

from subject import read_contacts

with tempfile.TemporaryDirectory() as name:
    path = Path(name) / "contacts.csv"
    path.write_bytes(b"\xef\xbb\xbfemail,name\r\na@example.org, Zo\xc3\xab \r\n ,Nobody\r\nb@example.org\r\n")
    assert read_contacts(path) == [
        {"email": "a@example.org", "name": "Zoë"},
        {"email": "b@example.org", "name": ""},
    ]
