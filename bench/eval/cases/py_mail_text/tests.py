from subject import body_text

assert body_text("Zoë".encode(), None) == "Zoë"
assert body_text("Zoë".encode("latin-1"), "iso-8859-1") == "Zoë"
assert body_text(b"ok", "x-unknown") == "ok"
assert body_text(b"Zo\xeb \x81", "utf-8") == "Zoë \ufffd"
