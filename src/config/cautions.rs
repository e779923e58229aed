//! What others on this machine can do to the ledger and to the files that keys depend on: told wherever these are used, in one sentence
//! for all alike.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use super::exposure::{Exposure, Others, exposures};
use super::{Account, KeySource, KeyWarning};
use crate::credit::listed;

/// So many names stand in one sentence.
const NAMED: usize = 3;

/// What works and should be mended all the same: key files that others can read, and files, folders and programs that others can
/// change. `files` are the configuration, the definitions and the ledger.
#[must_use]
pub fn cautions<'a>(files: impl IntoIterator<Item = &'a Path>, accounts: impl IntoIterator<Item = &'a Account>) -> Vec<String> {
    let keys: Vec<&KeySource> = accounts.into_iter().filter_map(|account| account.key.as_ref()).collect();
    let readable: Vec<KeyWarning> = keys.iter().filter_map(|key| key.warning()).collect();
    let mut cautions = Vec::new();
    match readable.as_slice() {
        [] => {}
        [only] => cautions.push(only.to_string()),
        several => {
            let files: Vec<String> = several.iter().map(|warning| warning.file.display().to_string()).collect();
            let what = format!("{} key files can be read by others: {}", files.len(), listed(&files, NAMED));
            cautions.push(format!("{what} (chmod 600 each of them)"));
        }
    }
    let of_keys = keys.iter().filter_map(|key| key.place()).flat_map(|place| exposures(&place));
    let found = files.into_iter().flat_map(exposures).chain(of_keys).collect::<Vec<_>>();
    cautions.extend(exposed(found));
    cautions
}

/// A sentence for everything that the same others can change.
fn exposed(found: Vec<Exposure>) -> impl Iterator<Item = String> {
    let mut by_others: BTreeMap<Others, Vec<Exposure>> = BTreeMap::new();
    let mut seen = HashSet::new();
    for exposure in found {
        // A folder that leads to many files counts once.
        if seen.insert(exposure.path.clone()) {
            by_others.entry(exposure.to).or_default().push(exposure);
        }
    }
    by_others.into_iter().map(|(to, alike)| {
        if let [only] = alike.as_slice() {
            return format!("{only}: {}", only.hint());
        }
        let paths: Vec<String> = alike.iter().map(|exposure| exposure.path.display().to_string()).collect();
        let (count, paths) = (paths.len(), listed(&paths, NAMED));
        match to {
            Others::Everybody => {
                format!("{count} files and folders can be changed by every user of this machine: {paths} (chmod o-w them)")
            }
            Others::Group(group) => {
                format!("{count} files and folders can be changed by the group {group}: {paths} (chmod g-w them)")
            }
            Others::Owner(user) => format!("{count} files and folders belong to another user ({user}): {paths}"),
        }
    })
}
