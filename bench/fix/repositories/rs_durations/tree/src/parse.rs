//! Reads durations.

#[derive(Debug, PartialEq, Eq)]
pub enum Error {
    NoNumber(String),
    NoUnit(String),
}

/// The seconds of a unit.
fn seconds_of(unit: &str) -> Result<u64, Error> {
    match unit {
        "s" => Ok(1),
        "m" => Ok(60),
        "h" => Ok(3600),
        _ => Err(Error::NoUnit(unit.to_string())),
    }
}

/// The seconds of a text of numbers with units, separated by spaces.
pub fn parse(text: &str) -> Result<u64, Error> {
    let mut total = 0;
    for part in text.split_whitespace() {
        let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        let (number, unit) = part.split_at(end);
        let number: u64 = number.parse().map_err(|_| Error::NoNumber(part.to_string()))?;
        total += number * seconds_of(unit)?;
    }
    Ok(total)
}
