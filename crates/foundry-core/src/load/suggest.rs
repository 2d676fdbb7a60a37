//! "Did you mean": the nearest known word.

/// The candidate nearest to `word`, when it is near enough to be a slip of the finger.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let budget = match word.chars().count() {
        0..=2 => 1,
        3..=5 => 2,
        _ => 3,
    };
    candidates
        .into_iter()
        .filter(|c| *c != word)
        .map(|c| (strsim::damerau_levenshtein(word, c), c))
        .filter(|(distance, c)| *distance <= budget && *distance < c.chars().count())
        .min()
        .map(|(_, c)| c)
}
