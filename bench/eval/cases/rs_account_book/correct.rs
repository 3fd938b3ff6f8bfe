use std::collections::HashMap;

/// Why a booking was refused.
#[derive(Debug, PartialEq, Eq)]
pub enum BookingError {
    UnknownAccount,
    InsufficientFunds,
}

#[derive(Default)]
struct Account {
    balance: u64,
    reserved: u64,
}

/// Accounts of customers with amounts in cents. A reserved amount is still part of the balance,
/// but cannot be reserved again. It is never larger than the balance.
#[derive(Default)]
pub struct AccountBook {
    accounts: HashMap<String, Account>,
}

impl AccountBook {
    /// Adds money to an account, which is opened if necessary.
    pub fn deposit(&mut self, name: &str, amount: u64) {
        self.accounts.entry(name.to_owned()).or_default().balance += amount;
    }

    /// The part of the balance that is not reserved.
    pub fn available(&self, name: &str) -> Result<u64, BookingError> {
        let account = self
            .accounts
            .get(name)
            .ok_or(BookingError::UnknownAccount)?;
        Ok(account.balance - account.reserved)
    }

    /// Sets money aside for a payment.
    pub fn reserve(&mut self, name: &str, amount: u64) -> Result<(), BookingError> {
        if self.available(name)? < amount {
            return Err(BookingError::InsufficientFunds);
        }
        self.account_mut(name)?.reserved += amount;
        Ok(())
    }

    /// Pays out money that was reserved before.
    pub fn pay(&mut self, name: &str, amount: u64) -> Result<(), BookingError> {
        let account = self.account_mut(name)?;
        if account.reserved < amount {
            return Err(BookingError::InsufficientFunds);
        }
        account.reserved -= amount;
        account.balance -= amount;
        Ok(())
    }

    fn account_mut(&mut self, name: &str) -> Result<&mut Account, BookingError> {
        self.accounts
            .get_mut(name)
            .ok_or(BookingError::UnknownAccount)
    }
}
