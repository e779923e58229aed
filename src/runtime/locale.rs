//! What the locale says of the characters that the terminal takes.

/// The variables that decide, the first that says something counts (POSIX).
const VARIABLES: [&str; 3] = ["LC_ALL", "LC_CTYPE", "LANG"];

/// The locale of characters, as the environment names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Locale(Option<String>);

impl Locale {
    /// Reads the environment.
    pub(super) fn read() -> Self {
        Self::of(|name| std::env::var(name).ok())
    }

    fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        Self(VARIABLES.into_iter().filter_map(variable).find(|value| !value.is_empty()))
    }

    /// Whether the terminal may be sent more than ASCII. Where nothing is said, as in many containers and over many connections, it may:
    /// terminals without UTF-8 are rare, and their owners say so.
    pub(super) fn has_utf8(&self) -> bool {
        let Some(name) = &self.0 else { return true };
        let name = name.to_ascii_lowercase();
        name.contains("utf-8") || name.contains("utf8")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_is_chosen_where_the_locale_has_no_utf_8() {
        let has_utf8 = |all: &str, ctype: &str, lang: &str| {
            let value = |name: &str| match name {
                "LC_ALL" => all.to_owned(),
                "LC_CTYPE" => ctype.to_owned(),
                _ => lang.to_owned(),
            };
            Locale::of(|name| Some(value(name))).has_utf8()
        };
        for (all, ctype, lang, expected) in [
            ("C", "", "en_US.UTF-8", false),
            ("POSIX", "", "", false),
            ("", "C", "en_US.UTF-8", false),
            ("", "", "de_DE.ISO-8859-1", false),
            ("", "", "en_US", false),
            ("", "", "C.UTF-8", true),
            ("", "de_DE.utf8", "C", true),
            ("en_US.UTF-8", "C", "C", true),
            ("", "", "", true),
        ] {
            assert_eq!(has_utf8(all, ctype, lang), expected, "{all:?} {ctype:?} {lang:?}");
        }
        assert!(Locale::of(|_| None).has_utf8(), "nothing is said");
    }
}
