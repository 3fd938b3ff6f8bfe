//! Reads `.env` files.

use std::collections::BTreeMap;
use std::fmt;

/// What is wrong with a line.
#[derive(Debug, PartialEq, Eq)]
pub enum Problem {
    NoEquals,
    BadKey,
    OpenQuote,
}

/// A problem together with its line, counted from 1.
#[derive(Debug, PartialEq, Eq)]
pub struct EnvError {
    pub line: usize,
    pub problem: Problem,
}

impl fmt::Display for EnvError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.problem {
            Problem::NoEquals => "there is no equals sign",
            Problem::BadKey => "the key is not a valid name",
            Problem::OpenQuote => "the quoted value does not end",
        };
        write!(out, "line {}: {}", self.line, text)
    }
}

impl std::error::Error for EnvError {}

fn is_key(text: &str) -> bool {
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts_well && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The value without its quotation marks, if it has any.
fn unquote(value: &str) -> Result<&str, Problem> {
    match value.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"').ok_or(Problem::OpenQuote),
        None => Ok(value),
    }
}

/// Key and value of a line such as `export NAME="value"`. Values may contain any character.
fn parse_line(line: &str) -> Result<(&str, &str), Problem> {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (key, value) = line.split_once('=').ok_or(Problem::NoEquals)?;
    let key = key.trim();
    if !is_key(key) {
        return Err(Problem::BadKey);
    }
    Ok((key, unquote(value.trim())?))
}

/// All variables in the text of a file. Empty lines and lines that start with `#` are
/// skipped; if a key occurs again, its last value counts.
pub fn parse_env(text: &str) -> Result<BTreeMap<String, String>, EnvError> {
    let mut variables = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = parse_line(line).map_err(|problem| EnvError { line: index + 1, problem })?;
        variables.insert(key.to_string(), value.to_string());
    }
    Ok(variables)
}
