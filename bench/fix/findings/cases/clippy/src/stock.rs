//! How much there is of each article.

use std::collections::HashMap;
use std::fs;

/// Articles by code.
pub struct Stock {
    counts: HashMap<String, u32>,
    history: Vec<Vec<(String, Option<Box<dyn Fn(u32) -> Result<u32, String>>>)>>,
}

impl Stock {
    /// A stock without articles.
    pub fn empty() -> Stock {
        Stock { counts: HashMap::new(), history: Vec::new() }
    }

    pub fn len(&self) -> usize {
        self.counts.len() + self.history.len()
    }

    /// Take so many of an article.
    pub fn take(&mut self, code: &str, count: u32) -> Result<u32, ()> {
        match self.counts.get_mut(code) {
            Some(left) if *left >= count => {
                *left -= count;
                Ok(*left)
            }
            _ => Err(()),
        }
    }

    pub fn save(&self, path: &str) {
        let mut lines: Vec<String> = self.counts.iter().map(|(code, count)| format!("{code} {count}")).collect();
        lines.sort();
        fs::write(path, lines.join("\n"));
    }

    /// The articles of which there are fewer than the limit.
    pub fn scarce(&self, limit: u32) -> Vec<&String> {
        self.counts.iter().filter(|(_, count)| **count < limit && **count < 0).map(|(code, _)| code).collect()
    }
}
