#[cfg(test)]
mod t {
    use super::*;

    #[test]
    fn reads_releases() {
        let text = "# Notes\n\n- not this\n## Next\n\n- Added: tabs\n- Faster\n## 1.1 (2026-02-01)\n- Fixed: a: b\n\
                    text\n## 1.0 (2026-01-01)\n";
        let releases = parse_releases(text);
        let versions: Vec<&str> = releases.iter().map(|release| release.version.as_str()).collect();
        assert_eq!(versions, ["Next", "1.1", "1.0"]);
        assert_eq!((releases[0].date.as_deref(), releases[1].date.as_deref()), (None, Some("2026-02-01")));
        assert_eq!(releases[0].of_kind(Kind::Added), ["tabs"]);
        assert_eq!(releases[0].of_kind(Kind::Other), ["Faster"]);
        assert_eq!(releases[1].of_kind(Kind::Fixed), ["a: b"]);
        assert_eq!(newer_than(&releases, "1.1").len(), 1);
        assert_eq!(newer_than(&releases, "0.9").len(), 3);
    }
}
