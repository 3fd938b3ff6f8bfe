#[cfg(test)]
mod t {
    use super::*;

    #[test]
    fn leases() {
        let mut table = LeaseTable::new(10);
        assert!(table.acquire("disk", "a", 0));
        assert!(!table.acquire("disk", "b", 9));
        assert!(table.acquire("disk", "a", 5));
        assert_eq!(table.owner("disk", 14), Some("a"));
        assert_eq!(table.owner("disk", 15), None);
        assert!(!table.release("disk", "a", 15));
        assert!(table.acquire("disk", "b", 15));
        assert!(table.release("disk", "b", 16));
        table.sweep(16);
        assert_eq!(table.owner("disk", 16), None);
    }
}
