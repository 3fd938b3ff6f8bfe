use durations::{parse, show};

#[test]
fn there_and_back() {
    for seconds in [1, 60, 3600, 7325, 86400] {
        assert_eq!(parse(&show(seconds)), Ok(seconds));
    }
}
