//! The command that records an entry, for those that could not be written.

use std::path::PathBuf;

use super::{Clock, Workspace};
use crate::credit::{Draft, EntryBody, Expires, Instant, print_instant};

/// How a command reaches the ledger of this run.
#[derive(Debug, Clone)]
pub(super) struct Again {
    pub(super) config: PathBuf,
    pub(super) data_dir: PathBuf,
    pub(super) clock: Clock,
    pub(super) actor: Option<String>,
}

impl Again {
    pub(super) fn of(workspace: &Workspace) -> Self {
        let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
        Self {
            config: absolute(&workspace.paths().config_file),
            data_dir: absolute(&workspace.paths().data_dir),
            clock: workspace.clock(),
            actor: workspace.actor(),
        }
    }

    /// The whole command, quoted for a shell. It says each field, so that what was confirmed is recorded, whenever it is run.
    pub(super) fn command(&self, draft: &Draft) -> String {
        let mut words = vec!["creditop".to_owned()];
        words.push(format!("--config={}", self.config.display()));
        words.push(format!("--data-dir={}", self.data_dir.display()));
        if let Clock::Stopped(now) = self.clock {
            words.push(format!("--now={}", print_instant(now)));
        }
        words.extend(draft.actor.as_ref().or(self.actor.as_ref()).map(|actor| format!("--actor={actor}")));
        words.extend(["ledger".to_owned(), draft.body.kind().word().to_owned()]);
        words.push(format!("--account={}", draft.account));
        words.extend(body_words(&draft.body));
        words.push(format!("--at={}", print_instant(draft.at)));
        words.extend(draft.reference.as_ref().map(|reference| format!("--ref={reference}")));
        words.extend(draft.note.as_ref().map(|note| format!("--note={note}")));
        words.extend(draft.tags.iter().map(|tag| format!("--tag={tag}")));
        // A word that no shell can be given holds a NUL, which no field may.
        shlex::try_join(words.iter().map(String::as_str)).unwrap_or_default()
    }
}

fn body_words(body: &EntryBody) -> Vec<String> {
    let until = |at: Option<Instant>| at.map_or_else(|| "never".to_owned(), print_instant);
    match body {
        EntryBody::Grant(grant) => {
            let mut words = vec![format!("--bucket={}", grant.bucket), format!("--amount={}", grant.amount)];
            words.extend(grant.effective_at.map(|at| format!("--effective-at={}", print_instant(at))));
            words.extend(match grant.expires {
                Expires::ByRule => None,
                Expires::Never => Some("--expires-at=never".to_owned()),
                Expires::At(at) => Some(format!("--expires-at={}", print_instant(at))),
            });
            words.extend((grant.priority != 0).then(|| format!("--priority={}", grant.priority)));
            words
        }
        EntryBody::Spend(spend) => {
            let mut words = vec![format!("--amount={}", spend.amount)];
            words.extend(spend.action.as_ref().map(|action| format!("--action={action}")));
            words.extend(spend.variant.as_ref().map(|variant| format!("--variant={variant}")));
            words.extend(spend.quantity.map(|quantity| format!("--quantity={quantity}")));
            words
        }
        EntryBody::Hold { amount, expires_at } => {
            vec![format!("--amount={amount}"), format!("--expires-at={}", until(*expires_at))]
        }
        EntryBody::Capture { hold, amount } => vec![format!("--hold={hold}"), format!("--amount={amount}")],
        EntryBody::Release { hold } => vec![format!("--hold={hold}")],
        EntryBody::Adjust { bucket, amount } => vec![format!("--bucket={bucket}"), format!("--amount={amount}")],
        EntryBody::Reverse { reverses } => vec![format!("--reverses={reverses}")],
        EntryBody::Observe { bucket, remaining } => vec![format!("--bucket={bucket}"), format!("--remaining={remaining}")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::testing::{adjust, now};

    #[test]
    fn s05_the_command_says_each_field_and_is_quoted_for_a_shell() {
        let again = Again {
            config: "/home/ann's/config.toml".into(),
            data_dir: "/data dir".into(),
            clock: Clock::System,
            actor: Some("ann".to_owned()),
        };
        let mut draft = adjust("dealer-north").draft;
        draft.at = now();
        draft.note = Some("it's $HOME; `rm`".to_owned());
        draft.reference = Some("a b".parse().unwrap());
        let command = again.command(&draft);
        assert_eq!(
            shlex::split(&command).unwrap(),
            [
                "creditop",
                "--config=/home/ann's/config.toml",
                "--data-dir=/data dir",
                "--actor=ann",
                "ledger",
                "adjust",
                "--account=dealer-north",
                "--bucket=purchased",
                "--amount=1",
                "--at=2026-11-20T09:00:00Z",
                "--ref=a b",
                "--note=it's $HOME; `rm`",
            ]
        );
    }
}
