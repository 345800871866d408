//! Which known name somebody probably meant.

/// Longest name that is compared, in characters: the comparison takes the product of the lengths.
const COMPARED_CHARS_MAX: usize = 64;

/// The nearest of the known names, when it is near enough to be a slip.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let written: Vec<char> = name
        .chars()
        .take(COMPARED_CHARS_MAX + 1)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    if written.len() > COMPARED_CHARS_MAX {
        return None;
    }
    // A third of the name may be wrong: beyond that a suggestion is a guess.
    let tolerated = (written.len() / 3).max(1);
    known
        .map(|candidate| (distance(&written, candidate), candidate))
        .filter(|(distance, _)| *distance <= tolerated)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// ` (did you mean 'x'?)`, or nothing.
pub(crate) fn hint<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    nearest(name, known).map_or_else(String::new, |near| format!("; did you mean '{near}'?"))
}

/// Levenshtein's distance.
fn distance(written: &[char], candidate: &str) -> usize {
    let mut row: Vec<usize> = (0..=written.len()).collect();
    for (i, c) in candidate.chars().take(COMPARED_CHARS_MAX).enumerate() {
        let c = c.to_ascii_lowercase();
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, w) in written.iter().enumerate() {
            let replaced = diagonal + usize::from(*w != c);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[written.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let known = || ["deviceName", "skuFamily", "model"].into_iter();
        assert_eq!(nearest("skuFamilyy", known()), Some("skuFamily"));
        assert_eq!(nearest("devicename", known()), Some("deviceName"));
        assert_eq!(nearest("colour", known()), None);
        assert_eq!(nearest(&"x".repeat(100_000), known()), None);
        assert_eq!(nearest("", known()), None);
    }
}
