//! A packet of seeds in the shed.

#[derive(Debug, Clone)]
pub struct Packet {
    pub plant: String,
    pub count: u32,
    pub year: i32,
}

impl Packet {
    pub fn age(&self, year: i32) -> u32 {
        (year - self.year).max(0) as u32
    }

    pub fn is_spent(&self) -> bool {
        self.count == 0
    }
}
