//! Reads release notes that are written in a simple form of Markdown.

use std::iter::Peekable;
use std::str::Lines;

/// What kind of change a note describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Added,
    Fixed,
    Other,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Note {
    pub kind: Kind,
    pub text: String,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Release {
    pub version: String,
    /// The day of the release as it is written in the heading; missing for what is not released yet.
    pub date: Option<String>,
    pub notes: Vec<Note>,
}

impl Release {
    /// The texts of all notes of a kind.
    pub fn of_kind(&self, kind: Kind) -> Vec<&str> {
        self.notes
            .iter()
            .filter(|note| note.kind == kind)
            .map(|note| note.text.as_str())
            .collect()
    }
}

const HEADING: &str = "## ";

/// Version and date of a heading such as `1.4.0 (2026-02-01)`.
fn parse_heading(heading: &str) -> (String, Option<String>) {
    let heading = heading.trim();
    match heading.split_once(" (") {
        Some((version, rest)) => {
            let date = rest.trim_end_matches(')');
            (version.trim_end().to_owned(), Some(date.to_owned()))
        }
        None => (heading.to_owned(), None),
    }
}

/// The note in a line such as `- Fixed: the clock is no longer late`. Other lines have none.
fn parse_note(line: &str) -> Option<Note> {
    let item = line.strip_prefix("- ")?.trim();
    let (kind, text) = match item.split_once(": ") {
        Some(("Added", text)) => (Kind::Added, text),
        Some(("Fixed", text)) => (Kind::Fixed, text),
        _ => (Kind::Other, item),
    };
    Some(Note {
        kind,
        text: text.to_owned(),
    })
}

/// Reads the notes up to the next heading, which stays in `lines` for the caller.
fn parse_notes(lines: &mut Peekable<Lines<'_>>) -> Vec<Note> {
    let mut notes = Vec::new();
    while let Some(line) = lines.next_if(|line| !line.starts_with(HEADING)) {
        notes.extend(parse_note(line));
    }
    notes
}

/// All releases in the order of the file. What precedes the first heading is skipped.
pub fn parse_releases(text: &str) -> Vec<Release> {
    let mut lines = text.lines().peekable();
    let mut releases = Vec::new();
    while let Some(line) = lines.next() {
        let Some(heading) = line.strip_prefix(HEADING) else {
            continue;
        };
        let (version, date) = parse_heading(heading);
        let notes = parse_notes(&mut lines);
        releases.push(Release {
            version,
            date,
            notes,
        });
    }
    releases
}

/// The releases that are newer than a version; all of them if the version is not in the list, where
/// the newest comes first.
pub fn newer_than<'a>(releases: &'a [Release], version: &str) -> &'a [Release] {
    let end = releases
        .iter()
        .position(|release| release.version == version);
    &releases[..end.unwrap_or(releases.len())]
}
