#[cfg(test)]
mod t {
    use super::*;

    #[test]
    fn modes() {
        assert_eq!(check_mode(0o600), Ok(()));
        assert_eq!(check_mode(0o644), Ok(()));
        assert_eq!(check_mode(0o660), Err(ModeError::GroupWritable));
        assert_eq!(check_mode(0o666), Err(ModeError::WorldWritable));
    }
}
