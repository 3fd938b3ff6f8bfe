use history::Ring;

#[test]
fn many_rounds() {
    let mut ring = Ring::new(3);
    for number in 0..20 {
        ring.push(&number.to_string());
    }
    assert_eq!(ring.iter().collect::<Vec<_>>(), ["17", "18", "19"]);
    assert_eq!(ring.last(), Some("19"));
}

#[test]
fn empty() {
    assert_eq!(Ring::new(3).last(), None);
}
