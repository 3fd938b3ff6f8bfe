from pathnames import common_folder, is_inside, normalise, split_extension

assert normalise("a//b/./c/../d/") == "a/b/d"
assert normalise("../../a") == "a"
assert split_extension("x/y.tar.gz") == ("x/y.tar", ".gz")
assert split_extension("x.y/z") == ("x.y/z", "")
assert split_extension(".env") == (".env", "")
assert split_extension("name.py") == ("name", ".py")
assert is_inside("a/b/c", "a/b/") and is_inside("a/b", "a/b")
assert not is_inside("a/bc", "a/b") and not is_inside("a/b/../c", "a/b")
assert common_folder(["a/b/c.py", "a/b/d/e.py", "a/b/f.py"]) == "a/b"
assert common_folder(["a/x.py", "b/x.py"]) == ""
