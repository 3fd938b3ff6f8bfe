//! A history of what was typed.

mod ring;

pub use ring::Ring;

/// The last commands, without those that repeat the one before.
pub struct History {
    commands: Ring,
}

impl History {
    /// A history of at most `size` commands.
    pub fn new(size: usize) -> Self {
        History { commands: Ring::new(size) }
    }

    pub fn add(&mut self, command: &str) {
        let command = command.trim();
        if command.is_empty() || self.commands.last() == Some(command) {
            return;
        }
        self.commands.push(command);
    }

    /// All commands, the oldest first.
    pub fn list(&self) -> Vec<&str> {
        self.commands.iter().collect()
    }
}
