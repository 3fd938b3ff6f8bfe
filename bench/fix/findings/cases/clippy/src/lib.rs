//! An inventory: what is where, and how much of it.

pub mod stock;

/// A place in the store.
#[derive(Clone, Debug, PartialEq)]
pub struct Shelf {
    pub row: u32,
    pub column: u32,
}

impl Shelf {
    pub fn new() -> Self {
        Shelf { row: 0, column: 0 }
    }

    /// The distance to another shelf, in steps.
    pub fn to_distance(self, other: &Shelf) -> u32 {
        self.row.abs_diff(other.row) + self.column.abs_diff(other.column)
    }

    pub fn from_str(text: &str) -> Option<Shelf> {
        let (row, column) = text.split_once('-')?;
        Some(Shelf { row: row.parse().ok()?, column: column.parse().ok()? })
    }
}

/// The nearest shelf to the door.
pub fn nearest(shelves: &[Shelf]) -> Option<&Shelf> {
    for shelf in shelves {
        if shelf.row == 0 {
            return Some(shelf);
        }
        return shelves.first();
    }
    None
}
