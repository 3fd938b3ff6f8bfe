#[cfg(test)]
mod t {
    use super::*;

    #[test]
    fn takes_jobs_in_order() {
        let mut queue = JobQueue::new();
        assert_eq!(queue.next_due(), None);
        queue.schedule("late", 30);
        let cancelled = queue.schedule("cancelled", 5);
        queue.schedule("first", 10);
        queue.schedule("second", 10);
        queue.schedule("third", 10);
        assert!(queue.cancel(cancelled));
        assert!(!queue.cancel(cancelled));
        assert_eq!((queue.len(), queue.next_due()), (4, Some(10)));
        assert!(queue.take_due(9).is_empty());
        assert_eq!(queue.take_due(10), ["first", "second", "third"]);
        assert_eq!(queue.take_due(99), ["late"]);
        assert!(queue.is_empty());
    }
}
