//! Limits how often clients may call the API. Times are milliseconds of a clock that never goes
//! backwards.

use std::collections::HashMap;

/// How many calls a client may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// How many calls are possible at once after a long pause.
    pub burst: u32,
    /// How many calls are possible in each second in the long run.
    pub per_second: u32,
}

impl Quota {
    /// The parts in a full bucket.
    fn capacity(self) -> u64 {
        u64::from(self.burst) * PARTS_PER_CALL
    }
}

/// The answer to a call.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    Allowed,
    /// The call has to be made again, but not before this time has passed.
    RetryAfter(u64),
    /// The call costs more than the burst, so it can never be made.
    Never,
}

/// One call is worth a thousand parts, so that a part accrues in whole milliseconds.
const PARTS_PER_CALL: u64 = 1000;

struct Bucket {
    parts: u64,
    updated_at: u64,
}

impl Bucket {
    fn full(quota: Quota, now: u64) -> Self {
        Bucket {
            parts: quota.capacity(),
            updated_at: now,
        }
    }

    /// Adds what has accrued since the last update. A bucket holds no more than the burst.
    fn refill(&mut self, quota: Quota, now: u64) {
        let elapsed = now.saturating_sub(self.updated_at);
        let accrued = elapsed.saturating_mul(u64::from(quota.per_second));
        self.parts = self.parts.saturating_add(accrued).min(quota.capacity());
        self.updated_at = now;
    }

    fn is_full(&self, quota: Quota) -> bool {
        self.parts >= quota.capacity()
    }
}

/// Counts the calls of all clients. Each of them has the same quota.
pub struct RateLimiter {
    quota: Quota,
    buckets: HashMap<String, Bucket>,
}

impl RateLimiter {
    /// Creates a limiter. Both parts of the quota have to be at least 1.
    pub fn new(quota: Quota) -> Self {
        assert!(
            quota.burst > 0 && quota.per_second > 0,
            "the quota is empty"
        );
        RateLimiter {
            quota,
            buckets: HashMap::new(),
        }
    }

    /// Decides on a call that counts as `cost` calls. Only an allowed call uses up the quota.
    pub fn check(&mut self, client: &str, cost: u32, now: u64) -> Verdict {
        if cost > self.quota.burst {
            return Verdict::Never;
        }
        let quota = self.quota;
        let bucket = self
            .buckets
            .entry(client.to_owned())
            .or_insert_with(|| Bucket::full(quota, now));
        bucket.refill(quota, now);
        let price = u64::from(cost) * PARTS_PER_CALL;
        if bucket.parts >= price {
            bucket.parts -= price;
            return Verdict::Allowed;
        }
        let missing = price - bucket.parts;
        Verdict::RetryAfter(missing.div_ceil(u64::from(quota.per_second)))
    }

    /// Forgets the clients whose bucket is full again, which makes no difference to them.
    pub fn sweep(&mut self, now: u64) {
        let quota = self.quota;
        self.buckets.retain(|_, bucket| {
            bucket.refill(quota, now);
            !bucket.is_full(quota)
        });
    }

    /// How many clients are remembered.
    pub fn clients(&self) -> usize {
        self.buckets.len()
    }
}
