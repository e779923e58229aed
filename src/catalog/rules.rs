//! A definition and an account's settings make the rules that the engine works with.

use super::{AccountSettings, Definition, SettingProblem};
use crate::credit::{AccountId, Rules};

impl Definition {
    /// The rules of an account with these settings.
    ///
    /// # Errors
    /// Every setting that this provider can't work with.
    pub fn rules(&self, account: &AccountId, settings: &AccountSettings) -> Result<Rules, Vec<SettingProblem>> {
        todo!("{account} {settings:?}")
    }
}
