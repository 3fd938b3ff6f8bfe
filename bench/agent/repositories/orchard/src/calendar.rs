//! When what is sown. Weeks of the year.

pub fn weeks(plant: &str) -> Option<(u8, u8)> {
    match plant {
        "leek" => Some((9, 13)),
        "bean" => Some((19, 26)),
        "kale" => Some((17, 23)),
        "beet" => Some((14, 25)),
        _ => None,
    }
}

pub fn may_sow(plant: &str, week: u8) -> bool {
    weeks(plant).is_some_and(|(first, last)| (first..=last).contains(&week))
}
