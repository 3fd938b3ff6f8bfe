//! Reads the files in which the electricity meters of a building are exported.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// The state of a meter on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    pub meter: String,
    /// Days since the beginning of the year, from 1.
    pub day: u16,
    /// What the meter has counted since it was installed.
    pub watt_hours: u64,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Problem {
    WrongFieldCount,
    NoMeter,
    BadDay,
    BadCount,
}

/// A problem together with its line, counted from 1.
#[derive(Debug, PartialEq, Eq)]
pub struct ReadError {
    pub line: usize,
    pub problem: Problem,
}

impl fmt::Display for ReadError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.problem {
            Problem::WrongFieldCount => "there should be three fields",
            Problem::NoMeter => "the name of the meter is missing",
            Problem::BadDay => "the day is not from 1 to 366",
            Problem::BadCount => "the count is not a number",
        };
        write!(out, "line {}: {}", self.line, text)
    }
}

impl std::error::Error for ReadError {}

/// Reads a line such as `basement, 12, 48200`. A line with a field that is not valid is refused.
impl FromStr for Reading {
    type Err = Problem;

    fn from_str(line: &str) -> Result<Self, Problem> {
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        let [meter, day, count] = fields[..] else {
            return Err(Problem::WrongFieldCount);
        };
        if meter.is_empty() {
            return Err(Problem::NoMeter);
        }
        let day = parse_day(day)?;
        let watt_hours = count.parse().map_err(|_| Problem::BadCount)?;
        Ok(Reading {
            meter: meter.to_owned(),
            day,
            watt_hours,
        })
    }
}

fn parse_day(field: &str) -> Result<u16, Problem> {
    match field.parse() {
        Ok(day @ 1..=366) => Ok(day),
        _ => Err(Problem::BadDay),
    }
}

/// All readings in the text of a file. Empty lines are skipped.
pub fn parse_readings(text: &str) -> Result<Vec<Reading>, ReadError> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(index, line)| {
            line.parse().map_err(|problem| ReadError {
                line: index + 1,
                problem,
            })
        })
        .collect()
}

/// What each meter has counted from its lowest reading to its highest, in watt hours.
pub fn consumption(readings: &[Reading]) -> BTreeMap<&str, u64> {
    let mut ranges: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for reading in readings {
        let count = reading.watt_hours;
        let (lowest, highest) = ranges.entry(&reading.meter).or_insert((count, count));
        *lowest = (*lowest).min(count);
        *highest = (*highest).max(count);
    }
    ranges
        .into_iter()
        .map(|(meter, (lowest, highest))| (meter, highest - lowest))
        .collect()
}
