//! What came and went, in the order in which it did.

use std::collections::BTreeMap;

pub const OPENING: &str = "brought forward";

#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    Bought,
    Sown,
    Given,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Posting {
    pub day: u32,
    pub plant: String,
    pub change: i64,
    pub reason: Reason,
}

#[derive(Default)]
pub struct Ledger {
    postings: Vec<Posting>,
}

impl Ledger {
    pub fn post(&mut self, posting: Posting) {
        self.postings.push(posting);
    }

    pub fn balance(&self) -> BTreeMap<&str, i64> {
        let mut found = BTreeMap::new();
        for one in &self.postings {
            *found.entry(one.plant.as_str()).or_insert(0) += one.change;
        }
        found
    }
}
