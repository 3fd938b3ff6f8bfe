use std::collections::VecDeque;

/// Keeps the last lines of a log for the status page.
pub struct LogTail {
    capacity: usize,
    lines: VecDeque<String>,
}

impl LogTail {
    /// Creates a tail that holds at most `capacity` lines.
    pub fn new(capacity: usize) -> Self {
        LogTail {
            capacity,
            lines: VecDeque::new(),
        }
    }

    /// Adds a line, and drops the oldest ones when there are more than `capacity`.
    pub fn push(&mut self, line: &str) {
        self.lines.push_back(line.to_owned());
        while self.lines.len() > self.capacity {
            self.lines.pop_front();
        }
    }

    /// The lines that are held, the oldest first.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }
}
