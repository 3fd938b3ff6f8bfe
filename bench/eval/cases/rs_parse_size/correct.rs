/// Parses a size from the configuration, such as `512`, `64K`, `10M` or `2G`.
///
/// The suffixes are binary: `K` is 1024 bytes, `M` is 1024 `K` and `G` is 1024 `M`.
/// Returns `None` for anything else, and for sizes that do not fit into a `u64`.
pub fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let (digits, factor) = match text.chars().last()? {
        'K' => (&text[..text.len() - 1], 1 << 10),
        'M' => (&text[..text.len() - 1], 1 << 20),
        'G' => (&text[..text.len() - 1], 1 << 30),
        _ => (text, 1),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse::<u64>().ok()?.checked_mul(factor)
}
