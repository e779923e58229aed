//! Where the pure parts meet the world: the clock, the poller, the terminal, the loop that performs the dashboard's effects.

mod clock;
mod schedule;
mod signals;
mod terminal;

pub use clock::*;
pub use schedule::*;
pub use terminal::install_panic_hook;
