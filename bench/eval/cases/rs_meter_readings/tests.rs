#[cfg(test)]
mod t {
    use super::*;

    #[test]
    fn reads_and_sums_up() {
        let readings = parse_readings("roof, 1, 100\nhall,1,40\n\nroof,30,350\nroof,15,200\n").unwrap();
        assert_eq!(readings.len(), 4);
        assert_eq!(readings[1], Reading { meter: "hall".into(), day: 1, watt_hours: 40 });
        assert_eq!(consumption(&readings), BTreeMap::from([("hall", 0), ("roof", 250)]));
    }

    #[test]
    fn refuses_bad_lines() {
        let problem = |text: &str| parse_readings(text).unwrap_err().problem;
        assert_eq!(problem("roof,1"), Problem::WrongFieldCount);
        assert_eq!(problem(",1,2"), Problem::NoMeter);
        assert_eq!(problem("roof,0,2"), Problem::BadDay);
        assert_eq!(problem("roof,1,48 kWh"), Problem::BadCount);
        let error = parse_readings("roof,1,2\n\nroof,367,2").unwrap_err();
        assert_eq!(error.to_string(), "line 3: the day is not from 1 to 366");
    }
}
