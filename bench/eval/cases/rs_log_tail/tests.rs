#[cfg(test)]
mod t {
    use super::*;

    #[test]
    fn keeps_the_last() {
        let mut tail = LogTail::new(2);
        for line in ["a", "b", "c"] {
            tail.push(line);
        }
        assert_eq!(tail.lines().collect::<Vec<_>>(), ["b", "c"]);
        let mut none = LogTail::new(0);
        none.push("x");
        assert_eq!(none.lines().count(), 0);
    }
}
