/// Makes a text fit a line of the display in a tram.
///
/// The line has exactly `width` characters (not bytes): a shorter text is filled up with spaces at
/// its end, and a longer one is cut, with its last visible character replaced by `…`. If `width`
/// is 0, the line is empty.
pub fn fit_line(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length <= width {
        return format!("{text:<width$}");
    }
    let mut line: String = text.chars().take(width.saturating_sub(1)).collect();
    if width > 0 {
        line.push('…');
    }
    line
}
