#[cfg(test)]
mod t {
    use super::*;

    #[test]
    fn limits_calls() {
        let mut limiter = RateLimiter::new(Quota { burst: 3, per_second: 2 });
        assert_eq!(limiter.check("a", 4, 0), Verdict::Never);
        assert_eq!(limiter.check("a", 2, 0), Verdict::Allowed);
        assert_eq!(limiter.check("a", 2, 0), Verdict::RetryAfter(500));
        assert_eq!(limiter.check("b", 3, 0), Verdict::Allowed);
        assert_eq!(limiter.check("a", 2, 499), Verdict::RetryAfter(1));
        assert_eq!(limiter.check("a", 2, 500), Verdict::Allowed);
        limiter.sweep(1500);
        assert_eq!(limiter.clients(), 1);
        assert_eq!(limiter.check("a", 3, 60_000), Verdict::Allowed);
        assert_eq!(limiter.check("a", 1, 60_000), Verdict::RetryAfter(500));
        limiter.sweep(60_000);
        assert_eq!(limiter.clients(), 1);
    }
}
