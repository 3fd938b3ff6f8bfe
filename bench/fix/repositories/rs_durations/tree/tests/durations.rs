use durations::{parse, show, Error};

#[test]
fn minutes_and_seconds() {
    assert_eq!(parse("2m 5s"), Ok(125));
}

#[test]
fn an_hour_and_a_half() {
    assert_eq!(parse("1h 30m"), Ok(5400));
}

#[test]
fn what_is_no_duration() {
    assert_eq!(parse("m"), Err(Error::NoNumber("m".to_string())));
    assert_eq!(parse("5"), Err(Error::NoUnit("".to_string())));
}

#[test]
fn shown() {
    assert_eq!(show(3661), "1h 1m 1s");
    assert_eq!(show(0), "0s");
}
