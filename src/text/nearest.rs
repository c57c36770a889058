/// The candidate that is nearest to `word`, if one is near enough to be meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > 40 {
        return None;
    }
    let word = word.to_ascii_lowercase();
    let length = word.chars().count();
    let allowed = if length < 6 { 1 } else { 2 };
    let rank = |candidate: &str| {
        let candidate = candidate.to_ascii_lowercase();
        match distance(&word, &candidate) {
            near if near <= allowed && candidate.len() > 1 => Some(near),
            // Half a word is meant as the whole.
            _ if length >= 3 && candidate.starts_with(&word) => Some(allowed + 1),
            _ => None,
        }
    };
    let ranked = candidates.into_iter().filter_map(|candidate| Some((rank(candidate)?, candidate)));
    ranked.min_by_key(|(rank, _)| *rank).map(|(_, candidate)| candidate)
}

/// How many characters must be put in, taken out, replaced or swapped with their neighbour.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    let mut last = None;
    for (index, character) in one.chars().enumerate() {
        let mut next = vec![index + 1];
        for (column, candidate) in other.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX / 2);
            let replaced = at(&row, column) + usize::from(*candidate != character);
            let mut best = replaced.min(at(&row, column + 1) + 1).min(at(&next, column) + 1);
            let previous = column.checked_sub(1).and_then(|column| other.get(column)).copied();
            if last == Some(*candidate) && previous == Some(character) {
                best = best.min(at(&before, column - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
        last = Some(character);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        assert_eq!(nearest("creat", ["create", "clear"]), Some("create"));
        assert_eq!(nearest("sohw", ["show", "set"]), Some("show"));
        assert_eq!(nearest("securityconfig", ["SecurityConfiguration"]), Some("SecurityConfiguration"));
        assert_eq!(nearest("xyzzy", ["show", "set"]), None);
        assert_eq!(nearest("drop", ["from"]), None);
        assert_eq!(nearest("1", ["("]), None);
        assert_eq!(distance("", "abc"), 3);
    }
}
