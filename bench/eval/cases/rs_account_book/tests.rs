#[cfg(test)]
mod t {
    use super::*;

    #[test]
    fn bookings() {
        let mut book = AccountBook::default();
        assert_eq!(book.available("ann"), Err(BookingError::UnknownAccount));
        book.deposit("ann", 100);
        assert_eq!(book.reserve("ann", 70), Ok(()));
        assert_eq!(book.available("ann"), Ok(30));
        assert_eq!(book.reserve("ann", 31), Err(BookingError::InsufficientFunds));
        assert_eq!(book.pay("ann", 71), Err(BookingError::InsufficientFunds));
        assert_eq!(book.pay("ann", 70), Ok(()));
        assert_eq!(book.available("ann"), Ok(30));
    }
}
