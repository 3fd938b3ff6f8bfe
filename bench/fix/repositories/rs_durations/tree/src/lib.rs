//! Durations such as `1h 30m`.

mod parse;

pub use parse::{parse, Error};

/// So many seconds as text, without parts that are zero.
pub fn show(seconds: u64) -> String {
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
    let shown: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n}{unit}")).collect();
    if shown.is_empty() { "0s".to_string() } else { shown.join(" ") }
}
