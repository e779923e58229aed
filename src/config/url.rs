//! Reads an account's `base_url`.

use super::reader::{Field, Findings};
use crate::catalog::BaseUrl;

/// Reads a base URL. Plain http to another machine needs `allow_insecure`.
pub(super) fn base_url(field: &Field<'_>, allow_insecure: bool, findings: &mut Findings<'_>) -> Option<BaseUrl> {
    match field.any_text(findings)?.parse::<BaseUrl>() {
        Ok(url) if url.may_carry_key(allow_insecure) => Some(url),
        Ok(_) => {
            let hint = "use https://, or set allow_insecure = true if the way there is safe";
            field.refuse(findings, "the key would travel unencrypted over http to another machine", Some(hint.to_owned()));
            None
        }
        Err(error) => {
            field.refuse(findings, &error.to_string(), Some(error.hint().to_owned()));
            None
        }
    }
}
