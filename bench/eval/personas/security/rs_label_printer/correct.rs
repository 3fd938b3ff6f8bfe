//! Prints the shipping labels of a warehouse.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const MAX_COPIES: u8 = 10;

/// A label that waits to be printed.
#[derive(Debug, Clone)]
pub struct Label {
    /// The name that the customer has given.
    pub recipient: String,
    /// The absolute path of the document with the label.
    pub document: PathBuf,
    pub copies: u8,
}

/// Why a label wasn't printed.
#[derive(Debug)]
pub enum PrintError {
    BadLabel(&'static str),
    Start(io::Error),
    Refused(Option<i32>),
}

impl fmt::Display for PrintError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PrintError::BadLabel(reason) => write!(out, "the label is wrong: {reason}"),
            PrintError::Start(error) => write!(out, "lp cannot be started: {error}"),
            PrintError::Refused(code) => write!(out, "lp has refused the label: {code:?}"),
        }
    }
}

impl std::error::Error for PrintError {}

fn check(label: &Label) -> Result<(), PrintError> {
    if label.copies == 0 || label.copies > MAX_COPIES {
        return Err(PrintError::BadLabel("too many copies, or none"));
    }
    if !label.document.is_absolute() {
        return Err(PrintError::BadLabel("the path of the document is relative"));
    }
    Ok(())
}

fn run_lp(title: &str, copies: u8, document: &Path) -> io::Result<std::process::ExitStatus> {
    Command::new("lp")
        .args(["-d", "labels", "-n", &copies.to_string(), "-t", title, "--"])
        .arg(document)
        .stdin(Stdio::null())
        .status()
}

/// Sends a label to the printer; its title in the queue is the name of the recipient.
pub fn print_label(label: &Label) -> Result<(), PrintError> {
    check(label)?;
    let title = format!("Label for {}", label.recipient);
    let status = run_lp(&title, label.copies, &label.document).map_err(PrintError::Start)?;
    if status.success() {
        Ok(())
    } else {
        Err(PrintError::Refused(status.code()))
    }
}
