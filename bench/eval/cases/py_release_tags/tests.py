from subject import Version, known_versions, latest_release, next_candidate, next_release, parse_tag

assert parse_tag("v1.4.0") == Version(1, 4, 0)
assert parse_tag("v1.4.0-rc.2") == Version(1, 4, 0, 2)
for text in ("1.4.0", "v1.4", "v1.04.0", "v1.4.0.1", "v1.4.0-internal", "v1.4.0-rc.0", "v1.4.0\n"):
    try:
        parse_tag(text)
    except ValueError:
        pass
    else:
        raise AssertionError(text)

tags = ["v1.10.0-rc.1", "v1.9.3", "stable", "v1.10.0-rc.2", "v1.9.10", "v1.9.11-internal"]
assert [version.tag for version in known_versions(tags)] == ["v1.9.3", "v1.9.10", "v1.10.0-rc.1", "v1.10.0-rc.2"]
assert latest_release(tags) == Version(1, 9, 10) and latest_release(["v1.0.0-rc.1"]) is None
assert known_versions(["v1.0.0", "v1.0.0-rc.3"])[-1].is_final
assert next_release(Version(1, 9, 10), "major") == Version(2, 0, 0)
assert next_release(Version(1, 9, 10), "minor") == Version(1, 10, 0)
assert next_release(Version(1, 9, 10), "patch") == Version(1, 9, 11)
assert next_candidate(Version(1, 10, 0), tags).tag == "v1.10.0-rc.3"
assert next_candidate(Version(2, 0, 0), tags).tag == "v2.0.0-rc.1"
