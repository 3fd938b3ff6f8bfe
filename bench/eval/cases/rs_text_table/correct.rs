//! Lays out tables as plain text, for reports that are sent by mail.

/// On which side of a column its cells stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

struct Column {
    title: String,
    align: Align,
}

/// A table with a title above each column.
#[derive(Default)]
pub struct TextTable {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

/// Fills a cell up with blanks to a number of characters.
fn pad(text: &str, width: usize, align: Align) -> String {
    match align {
        Align::Left => format!("{text:<width$}"),
        Align::Right => format!("{text:>width$}"),
    }
}

impl TextTable {
    /// Creates a table without columns.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a column to the right of the others.
    pub fn column(mut self, title: &str, align: Align) -> Self {
        self.columns.push(Column {
            title: title.to_owned(),
            align,
        });
        self
    }

    /// Adds a row. Missing cells at its end are empty; cells beyond the last column are not shown.
    pub fn row<I>(&mut self, cells: I)
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// The table as lines of text: the titles, a rule, and the rows.
    pub fn render(&self) -> String {
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|index| self.width(index))
            .collect();
        let titles: Vec<&str> = self
            .columns
            .iter()
            .map(|column| column.title.as_str())
            .collect();
        let rule: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
        let mut lines = vec![self.line(&titles, &widths), rule.join("  ")];
        for row in &self.rows {
            let cells: Vec<&str> = (0..self.columns.len())
                .map(|index| cell(row, index))
                .collect();
            lines.push(self.line(&cells, &widths));
        }
        lines.join("\n")
    }

    /// The width of a column in characters: that of its title or of its widest cell.
    fn width(&self, index: usize) -> usize {
        let title = self.columns[index].title.as_str();
        self.rows
            .iter()
            .map(|row| cell(row, index))
            .chain([title])
            .map(|text| text.chars().count())
            .max()
            .unwrap_or(0)
    }

    fn line(&self, cells: &[&str], widths: &[usize]) -> String {
        let padded: Vec<String> = self
            .columns
            .iter()
            .zip(cells.iter().zip(widths))
            .map(|(column, (cell, &width))| pad(cell, width, column.align))
            .collect();
        padded.join("  ").trim_end().to_owned()
    }
}

fn cell(row: &[String], index: usize) -> &str {
    row.get(index).map_or("", String::as_str)
}
