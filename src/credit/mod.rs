//! The credit engine: pure, exact, without a clock.
//!
//! [`Rules`] say how an account's credits behave, [`Entry`]s and [`Observation`]s say what happened; the fold turns
//! them into the state at an instant, and from that come the [`AccountStatus`], the forecast and the [`Quote`].

mod admission;
mod advice;
mod amount;
mod audit;
mod book;
mod calendar;
mod changes;
mod cheaper;
mod deed;
mod entry;
mod extent;
mod fair_use;
pub(crate) mod fold;
mod forecast;
mod history;
mod ids;
mod journal;
mod money;
mod nearest;
mod plain;
mod price;
mod pricing;
mod quote;
mod reliance;
mod rules;
mod split;
mod status;
mod survey;
mod typed;
mod warnings;
mod when;
mod words;

pub use admission::*;
pub use amount::*;
pub use audit::*;
pub use book::*;
pub use calendar::*;
pub use changes::{ChangeKind, NextChange};
pub use cheaper::{Offer, cheaper_among};
pub(crate) use deed::Told;
pub use deed::{Act, Deed};
pub use entry::*;
pub use extent::Extent;
pub use fair_use::{FairUsage, FairUse, FairUsePeriod};
pub use fold::{Checkpoint, Fault};
pub use history::*;
pub use ids::*;
pub use journal::*;
pub use money::*;
pub use nearest::*;
pub use plain::*;
pub use price::*;
pub use quote::*;
pub use reliance::Reliance;
pub use rules::*;
pub use status::*;
pub use typed::*;
pub use warnings::{Thresholds, Warning, WarningKind};
pub use when::*;
pub use words::*;
