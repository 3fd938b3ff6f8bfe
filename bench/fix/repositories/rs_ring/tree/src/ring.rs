//! A list that forgets its oldest items.

pub struct Ring {
    items: Vec<String>,
    first: usize,
    size: usize,
}

impl Ring {
    pub fn new(size: usize) -> Self {
        Ring { items: Vec::with_capacity(size), first: 0, size }
    }

    /// Adds an item; the oldest one makes room for it.
    pub fn push(&mut self, item: &str) {
        if self.items.len() < self.size {
            self.items.push(item.to_string());
        } else {
            self.items[self.first] = item.to_string();
            self.first = (self.first + 1) % self.items.len();
        }
    }

    /// The items, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let count = self.items.len();
        (0..count).map(move |n| self.items[(self.first + n) % count].as_str())
    }

    pub fn last(&self) -> Option<&str> {
        self.iter().last()
    }
}
