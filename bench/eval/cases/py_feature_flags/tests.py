from subject import parse_flags

assert parse_flags("") == {}
assert parse_flags("dark-mode, new-search = On,") == {"dark-mode": True, "new-search": True}
assert parse_flags("beta=false,x=0,y=") == {"beta": False, "x": False, "y": False}
