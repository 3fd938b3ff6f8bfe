from subject import branch_of

assert branch_of({"ref": "refs/heads/feature/x"}) == "feature/x"
assert branch_of({"ref": "refs/tags/v1"}) is None
