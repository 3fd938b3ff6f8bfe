use std::collections::HashMap;

struct Lease {
    owner: String,
    /// The first second at which the lease is no longer held.
    expires_at: u64,
}

impl Lease {
    fn is_held(&self, now: u64) -> bool {
        now < self.expires_at
    }
}

/// Leases on named resources. Times are seconds since the start of the service.
pub struct LeaseTable {
    duration: u64,
    leases: HashMap<String, Lease>,
}

impl LeaseTable {
    /// Creates a table whose leases are held for `duration` seconds.
    pub fn new(duration: u64) -> Self {
        LeaseTable {
            duration,
            leases: HashMap::new(),
        }
    }

    /// Takes or renews a lease. Returns false if it is held by another owner.
    pub fn acquire(&mut self, resource: &str, owner: &str, now: u64) -> bool {
        if self
            .owner(resource, now)
            .is_some_and(|holder| holder != owner)
        {
            return false;
        }
        let lease = Lease {
            owner: owner.to_owned(),
            expires_at: now.saturating_add(self.duration),
        };
        self.leases.insert(resource.to_owned(), lease);
        true
    }

    /// Who holds the lease on a resource at present.
    pub fn owner(&self, resource: &str, now: u64) -> Option<&str> {
        self.leases
            .get(resource)
            .filter(|lease| lease.is_held(now))
            .map(|lease| lease.owner.as_str())
    }

    /// Gives a lease back. Returns false if `owner` does not hold it.
    pub fn release(&mut self, resource: &str, owner: &str, now: u64) -> bool {
        if self.owner(resource, now) != Some(owner) {
            return false;
        }
        self.leases.remove(resource).is_some()
    }

    /// Removes the leases that are no longer held.
    pub fn sweep(&mut self, now: u64) {
        self.leases.retain(|_, lease| lease.is_held(now));
    }
}
