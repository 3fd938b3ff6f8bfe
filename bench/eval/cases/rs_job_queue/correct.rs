//! Jobs that are to be run at a certain time.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashSet};

/// What `schedule` returns, to cancel the job later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ticket(u64);

struct Entry {
    /// In seconds since the epoch.
    due: u64,
    /// Jobs are numbered in the order in which they were scheduled.
    number: u64,
    name: String,
}

/// The queue is a heap whose greatest entry comes out first. Therefore an entry is greater if it is
/// due earlier; of those that are due at the same time, the one that was scheduled first.
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        other
            .due
            .cmp(&self.due)
            .then_with(|| other.number.cmp(&self.number))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}

/// A queue of named jobs.
#[derive(Default)]
pub struct JobQueue {
    heap: BinaryHeap<Entry>,
    /// The numbers of the jobs in the heap that have not been cancelled.
    live: HashSet<u64>,
    next_number: u64,
}

impl JobQueue {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a job.
    pub fn schedule(&mut self, name: &str, due: u64) -> Ticket {
        let number = self.next_number;
        self.next_number += 1;
        self.live.insert(number);
        self.heap.push(Entry {
            due,
            number,
            name: name.to_owned(),
        });
        Ticket(number)
    }

    /// Removes a job. Returns false if it has been taken out or cancelled already.
    pub fn cancel(&mut self, ticket: Ticket) -> bool {
        self.live.remove(&ticket.0)
    }

    /// Takes out the jobs that are due, in the order in which they are to be run.
    pub fn take_due(&mut self, now: u64) -> Vec<String> {
        let mut names = Vec::new();
        while self.next_due().is_some_and(|due| due <= now) {
            if let Some(entry) = self.heap.pop() {
                self.live.remove(&entry.number);
                names.push(entry.name);
            }
        }
        names
    }

    /// When the next job is due.
    pub fn next_due(&mut self) -> Option<u64> {
        self.drop_cancelled();
        self.heap.peek().map(|entry| entry.due)
    }

    /// How many jobs wait.
    pub fn len(&self) -> usize {
        self.live.len()
    }

    pub fn is_empty(&self) -> bool {
        self.live.is_empty()
    }

    /// Removes cancelled jobs from the top of the heap.
    fn drop_cancelled(&mut self) {
        while let Some(entry) = self.heap.peek() {
            if self.live.contains(&entry.number) {
                break;
            }
            self.heap.pop();
        }
    }
}
