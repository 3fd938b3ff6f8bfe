/// A vineyard, whose vines stand in rows of equal length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vineyard {
    /// How many vines each row has.
    pub row_length: usize,
    /// The years in which the vines were planted, row by row.
    pub planted: Vec<u16>,
}

impl Vineyard {
    /// The year in which a vine was planted; rows and places are counted from 0.
    ///
    /// # Panics
    ///
    /// If the vineyard has no such row, or the row has no such place.
    pub fn year(&self, row: usize, place: usize) -> u16 {
        assert!(place < self.row_length, "there is no place {place} in a row");
        self.planted[row * self.row_length + place]
    }
}
