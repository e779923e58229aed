//! The nearest name, for hints.

/// The name among `among` that is most like `name`, letter case aside, if any is near enough to be a slip.
///
/// Near enough is a third of the longer name's letters wrong, or a name of which `name` is the beginning.
#[must_use]
pub fn nearest<'a>(name: &str, among: impl Iterator<Item = &'a str>) -> Option<String> {
    let wanted: Vec<char> = name.to_lowercase().chars().take(200).collect();
    among
        .filter_map(|candidate| {
            let other: Vec<char> = candidate.to_lowercase().chars().take(200).collect();
            let errors = distance(&wanted, &other);
            let near = errors * 3 <= wanted.len().max(other.len()) || (wanted.len() > 1 && other.starts_with(&wanted));
            near.then_some((errors, candidate))
        })
        .min_by_key(|(errors, _)| *errors)
        .map(|(_, candidate)| candidate.to_owned())
}

/// How many letters must be added, dropped, changed or swapped with their neighbour to make `b` of `a`.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        let mut left = i + 1;
        for (j, (y, pair)) in b.iter().zip(row.windows(2)).enumerate() {
            let &[diagonal, above] = pair else { continue };
            left = (diagonal + usize::from(x != y)).min(above + 1).min(left + 1);
            let is_swap = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if let Some(swapped) = before.get(j.wrapping_sub(1)).filter(|_| is_swap) {
                left = left.min(swapped + 1);
            }
            next.push(left);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_wrong_letters() {
        let d = |a: &str, b: &str| distance(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>());
        assert_eq!(d("kitten", "sitting"), 3);
        assert_eq!(d("", "abc"), 3);
        assert_eq!(d("abc", ""), 3);
        assert_eq!(d("flaw", "lawn"), 2);
        assert_eq!(d("same", "same"), 0);
        assert_eq!(d("rnak", "rank"), 1);
        assert_eq!(d("ba", "ab"), 1);
    }

    #[test]
    fn finds_the_slip_and_nothing_far_fetched() {
        let names = ["imaginepro", "photoroom", "pixpretty", "ai-background-studio"];
        let near = |name: &str| nearest(name, names.into_iter());
        assert_eq!(near("imaginpro").as_deref(), Some("imaginepro"));
        assert_eq!(near("PhotoRoom").as_deref(), Some("photoroom"));
        assert_eq!(near("pix").as_deref(), Some("pixpretty"));
        assert_eq!(near("openai"), None);
        assert_eq!(near(""), None);
    }
}
