//! The difference between two texts, line by line.

/// Compares two texts line by line, where the amount of white space does not matter; empty where they agree.
pub(crate) fn lines(what: &str, wanted: &str, found: &str) -> String {
    let (wanted, found) = (tidy(wanted), tidy(found));
    if wanted == found {
        return String::new();
    }
    let mut text = format!("{what}\n");
    // The longest common subsequence, by its lengths from each pair of places on.
    let mut common = vec![vec![0usize; found.len() + 1]; wanted.len() + 1];
    for (i, one) in wanted.iter().enumerate().rev() {
        for (j, other) in found.iter().enumerate().rev() {
            common[i][j] = if one == other { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < wanted.len() || j < found.len() {
        let both = i < wanted.len() && j < found.len();
        let (mark, line) = if both && wanted[i] == found[j] {
            (i, j) = (i + 1, j + 1);
            (' ', &wanted[i - 1])
        } else if j == found.len() || (both && common[i + 1][j] >= common[i][j + 1]) {
            i += 1;
            ('-', &wanted[i - 1])
        } else {
            j += 1;
            ('+', &found[j - 1])
        };
        text += &format!("  {mark} {line}\n");
    }
    text
}

fn tidy(text: &str) -> Vec<String> {
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    text.lines().map(words).filter(|line| !line.is_empty()).collect()
}
