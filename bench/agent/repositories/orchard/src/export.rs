//! The ledger as a table for other programs.

use crate::ledger::Posting;

const BETWEEN: char = '|';

pub fn rows(postings: &[Posting]) -> String {
    let mut text = String::new();
    for one in postings {
        text += &format!("{}{BETWEEN}{}{BETWEEN}{}\n", one.day, one.plant, one.change);
    }
    text
}
