//! The register of baptisms of a parish.

use std::collections::BTreeMap;
use std::fmt;

/// An entry of the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baptism {
    /// The number of the entry within its year, from 1.
    pub number: u32,
    /// The year of the baptism.
    pub year: u16,
    /// The full name of the child.
    pub name: String,
}

/// The error for an entry whose year and number are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The entry that was not added.
    pub refused: Baptism,
}

impl fmt::Display for Taken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "entry {}/{} exists already", self.refused.year, self.refused.number)
    }
}

impl std::error::Error for Taken {}

/// A register, in which every entry is known by its year and its number.
#[derive(Debug, Default)]
pub struct Register {
    entries: BTreeMap<(u16, u32), Baptism>,
}

impl Register {
    /// A register without entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an entry.
    ///
    /// # Errors
    ///
    /// If there is an entry with the same year and number, that one stays as it is, and the new
    /// one is given back in the error.
    pub fn add(&mut self, baptism: Baptism) -> Result<(), Taken> {
        let key = (baptism.year, baptism.number);
        if self.entries.contains_key(&key) {
            return Err(Taken { refused: baptism });
        }
        self.entries.insert(key, baptism);
        Ok(())
    }

    /// The entry with a year and a number, if there is one.
    pub fn get(&self, year: u16, number: u32) -> Option<&Baptism> {
        self.entries.get(&(year, number))
    }

    /// The entries of a year by their numbers.
    pub fn of_year(&self, year: u16) -> impl Iterator<Item = &Baptism> {
        self.entries.range((year, 0)..=(year, u32::MAX)).map(|(_, baptism)| baptism)
    }

    /// The number for the next entry of a year: one more than the highest, or 1 if there is none.
    ///
    /// # Panics
    ///
    /// If the highest number is `u32::MAX`.
    pub fn next_number(&self, year: u16) -> u32 {
        let last = self.of_year(year).last().map_or(0, |baptism| baptism.number);
        last.checked_add(1).expect("the numbers of the year are used up")
    }
}
