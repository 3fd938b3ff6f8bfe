use history::History;

fn filled(size: usize, commands: &[&str]) -> History {
    let mut history = History::new(size);
    for command in commands {
        history.add(command);
    }
    history
}

#[test]
fn repeated_commands_are_left_out() {
    assert_eq!(filled(5, &["ls", "ls ", "", "cd"]).list(), ["ls", "cd"]);
}

#[test]
fn the_oldest_are_forgotten() {
    assert_eq!(filled(2, &["a", "b", "c"]).list(), ["b", "c"]);
}

#[test]
fn more_than_one_round() {
    assert_eq!(filled(2, &["a", "b", "c", "d", "e"]).list(), ["d", "e"]);
}
