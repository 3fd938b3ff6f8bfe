//! Books about seeds.

pub mod calendar;
pub mod export;
pub mod ledger;
pub mod packet;
pub mod vigour;
