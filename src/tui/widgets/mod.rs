//! What more than one screen is made of: fields, lists, boxes, gauges, and lines of text in the room that they have.

mod buckets;
pub(crate) mod confirm;
mod entries;
mod field;
pub(crate) mod filter;
pub(crate) mod gauge;
mod history;
pub(crate) mod list;
mod picker;
mod popup;
mod spark;
pub(crate) mod text;
pub(crate) mod text_box;

pub(crate) use buckets::{Buckets, change, renewed};
pub(crate) use entries::Entries;
pub(crate) use field::Field;
pub(crate) use filter::Filter;
pub(crate) use history::{forecast, history};
pub(crate) use picker::{Picker, PickerAction, haystack};
pub(crate) use popup::Popup;
