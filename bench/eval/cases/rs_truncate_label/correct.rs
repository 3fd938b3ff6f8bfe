/// Shortens a label for the narrow column of the overview.
///
/// The result has at most `max_bytes` bytes. A label that is cut loses whole characters only
/// and the white space before the cut; labels may be in any language.
pub fn truncate_label(label: &str, max_bytes: usize) -> &str {
    if label.len() <= max_bytes {
        return label;
    }
    let mut end = max_bytes;
    while !label.is_char_boundary(end) {
        end -= 1;
    }
    label[..end].trim_end()
}
