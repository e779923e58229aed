//! What happens when creditop panics.

use std::io::{self, IsTerminal as _, Write as _};

use super::demo::clear_away;
use super::terminal::restore;
use crate::report::{Ending, Report};

/// Installs the panic hook: gives the terminal back first, clears the demo's folder away, then reports on stderr, then ends
/// with exit code 70.
///
/// Ending here, in whatever thread panicked, keeps a dashboard from running on without its poller or its ledger. Recorded
/// entries are safe: an append is acknowledged only after it is on the disk (SPEC L4).
///
/// # Errors
/// A [`Report`] where a hook of this kind was installed before.
pub fn install_panic_hook() -> Result<(), Report> {
    let theme = if io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) {
        color_eyre::config::Theme::dark()
    } else {
        color_eyre::config::Theme::new()
    };
    let (panic_hook, eyre_hook) = color_eyre::config::HookBuilder::new()
        .theme(theme)
        .panic_section("This is a fault in creditop, not of yours. What you recorded is safe in the ledger.")
        .into_hooks();
    eyre_hook.install().map_err(|error| Report::new(Ending::Internal, error.to_string()))?;
    std::panic::set_hook(Box::new(move |info| {
        restore();
        clear_away();
        let _ = writeln!(io::stderr(), "{}", panic_hook.panic_report(info));
        std::process::exit(i32::from(Ending::Internal.code()));
    }));
    Ok(())
}
