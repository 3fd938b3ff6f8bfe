/// A recording in the archive of a radio station.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    pub title: String,
    /// The title and the names of the performers, in lower case.
    pub search_text: String,
    pub seconds: u32,
}

/// The recordings that a phrase occurs in, regardless of its case, the longest first.
pub fn search<'a>(recordings: &'a [Recording], phrase: &str) -> Vec<&'a Recording> {
    let phrase = phrase.trim().to_lowercase();
    let mut found: Vec<&Recording> = recordings
        .iter()
        .filter(|recording| recording.search_text.contains(&phrase))
        .collect();
    found.sort_by(|a, b| b.seconds.cmp(&a.seconds));
    found
}
