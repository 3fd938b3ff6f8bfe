#[cfg(test)]
mod t {
    use super::*;

    #[test]
    fn lays_out() {
        let mut table = TextTable::new().column("City", Align::Left).column("km", Align::Right);
        table.row(["Oslo", "5"]);
        table.row(["Bern", "120", "unseen"]);
        table.row(["Rom"]);
        assert_eq!(table.render(), "City   km\n----  ---\nOslo    5\nBern  120\nRom");
        let mut table = TextTable::new().column("City", Align::Left).column("km", Align::Right);
        table.row(["Zürich", "7"]);
        assert_eq!(table.render(), "City    km\n------  --\nZürich   7");
        assert_eq!(TextTable::new().render(), "\n");
    }
}
