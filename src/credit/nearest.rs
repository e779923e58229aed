//! The nearest name, for hints.

use strsim::osa_distance;

/// The name among `among` that is most like `name`, letter case aside, if any is near enough to be a slip.
///
/// Near enough is a third of the longer name's letters wrong, or a name of which `name` is the beginning.
#[must_use]
pub fn nearest<'a>(name: &str, among: impl Iterator<Item = &'a str>) -> Option<String> {
    let lower = |text: &str| text.to_lowercase().chars().take(200).collect::<String>();
    let wanted = lower(name);
    let length = wanted.chars().count();
    among
        .filter_map(|candidate| {
            let other = lower(candidate);
            let errors = osa_distance(&wanted, &other);
            let near = errors * 3 <= length.max(other.chars().count()) || (length > 1 && other.starts_with(&wanted));
            near.then_some((errors, candidate))
        })
        .min_by_key(|(errors, _)| *errors)
        .map(|(_, candidate)| candidate.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_slip_and_nothing_far_fetched() {
        let names = ["imaginepro", "photoroom", "pixpretty", "ai-background-studio"];
        let near = |name: &str| nearest(name, names.into_iter());
        assert_eq!(near("imaginpro").as_deref(), Some("imaginepro"));
        assert_eq!(near("PhotoRoom").as_deref(), Some("photoroom"));
        assert_eq!(near("pix").as_deref(), Some("pixpretty"));
        assert_eq!(near("photorom").as_deref(), Some("photoroom"));
        assert_eq!(near("pixpertty").as_deref(), Some("pixpretty"), "swapped neighbours are one slip");
        assert_eq!(near("openai"), None);
        assert_eq!(near(""), None);
    }
}
