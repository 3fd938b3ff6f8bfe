#[cfg(test)]
mod t {
    use super::*;

    #[test]
    fn truncates() {
        assert_eq!(truncate_label("short", 10), "short");
        assert_eq!(truncate_label("two words", 4), "two");
        assert_eq!(truncate_label("naïve", 3), "na");
        assert_eq!(truncate_label("日本", 2), "");
    }
}
