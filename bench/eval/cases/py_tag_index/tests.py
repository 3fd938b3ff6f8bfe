from subject import normalized_tags

assert normalized_tags([" Red ", "red", "", "Blue"]) == ["red", "blue"]
assert normalized_tags(["green"]) == ["green"]
start = ["old"]
assert normalized_tags(["new"], start) is start
assert start == ["old", "new"]
