//! How lively seeds still are.

use crate::packet::Packet;

/// What is lost each year.
const DECAY: f64 = 0.13;

pub fn liveliness(age: u32) -> f64 {
    (1.0 - DECAY).powi(age as i32)
}

pub fn hopeful_count(packet: &Packet, year: i32) -> u32 {
    (f64::from(packet.count) * liveliness(packet.age(year))).floor() as u32
}

pub fn worth_keeping(packet: &Packet, year: i32) -> bool {
    !packet.is_spent() && liveliness(packet.age(year)) > 0.35
}
