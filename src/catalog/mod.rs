//! Provider definitions: what a provider's account endpoint answers, how its credits behave, what its actions cost.
//!
//! A provider is data: one TOML file. Those in `assets/providers/` are compiled in; a user's own add to them or replace them. One that
//! has the id of one compiled in and another host is refused unless it says `replaces = true`: keys would go there without a word.
//! `creditop providers check FILE` names every problem of a file with its line.
//!
//! # The format
//! ```toml
//! id = "example"                      # names it in the configuration
//! name = "Example"                    # on screens
//! unit = "credits"                    # what a credit is called, in the plural
//! as_of = "2026-11"                   # the month or day of these facts
//! sources = [{ what = "Example's API reference", grade = "A" }] # A the vendor's schema, B its prose, C second hand
//! assumptions = ["Reserved credits are taken to be part of the total."] # what is not documented, in sentences
//! notes = ["Failed calls are free."]
//! lapses_with_subscription = false    # whether recurring credits end with the subscription
//! replaces = false                    # true where one of the ids compiled in is to be asked, with its keys, at another host
//!
//! [sandbox]                           # keys that are free, and not polled
//! prefix = "test_"
//! reason = "a test key has no balance"
//!
//! [request]                           # leave it out for a provider without an endpoint: it is then kept in the ledger
//! base_url = "https://api.example.com"
//! auth = { header = "Authorization", scheme = "Bearer" } # without a scheme the key is sent alone
//! rate = { per_minute = 60, per = "key", assumed = true } # or per = "host"
//! minimum_interval = "1m"
//! error_message = ["/error/message", "/detail"] # where errors keep their message, the first that is there
//!
//! [[request.endpoint]]                # tried in this order
//! method = "GET"                      # or POST
//! path = "/v2/account"
//! headers = { Accept = "application/json" }
//! query = { expand = "credits" }
//! body = "{}"
//! fallback = { statuses = [400], message = "old pricing" } # the error that leads on to the next endpoint
//!
//! [request.endpoint.answer]           # paths are JSON Pointers; `*` is every element of an array
//! plan = { path = "/plan", optional = true } # or just "/plan"; email likewise
//! subscription_ends_at = { path = "/ends", format = "unix-seconds" } # rfc3339, unix-seconds, unix-milliseconds; after 2199: never
//!
//! [request.endpoint.answer.buckets]
//! monthly = { remaining = { path = "/limit", minus = "/used" }, capacity = "/limit" }
//! # Further fields of a figure: type = "number", "integer", "string" or "number-or-string"; scale = "0.01";
//! # null = "unlimited" or "unknown"; empty = 0. Several in a list are alternatives, the first that is there.
//! extra = { remaining = { path = "/packs/*/left", where = { path = "/status", is = "online" }, empty = 0 } }
//!
//! [[request.endpoint.answer.gate]]    # refuses a good status with a bad body
//! path = "/code"
//! only = [0]                          # the values that pass; or all_but = ["past_due"]
//! kind = "server-error"
//! means = "the service reports a failure"
//! message = "/message"
//!
//! [[request.endpoint]]
//! path = "/v1/account"
//! answer = { buckets = { extra = { remaining = "/credits" } } }
//!
//! [[request.error]]                   # what a status means; with message = "…" only if its message holds that
//! status = 401
//! kind = "unauthorized"               # forbidden, out-of-credit, rate-limited, server-error, malformed
//! or = "out-of-credit"                # where it answers just so without credits: both causes are named
//! means = "the key is not valid, or no credits are left"
//! hint = "check the key, then the billing page"
//!
//! [[bucket]]                          # in the order of their ranks
//! id = "monthly"
//! name = "Monthly"
//! kind = "recurring"                  # promotional, purchased, bonus
//! resets = ["billing_day", { is = 1, plans = ["free"] }, "subscription_end"] # the first that fits; "reset_day" by hand
//! rollover = { is = "all", not_plans = ["free"] } # "none", "all" or at most an amount
//!
//! [[bucket]]
//! id = "extra"
//! name = "Extra"
//! kind = "purchased"
//! expiry = "1 year"                   # never, next reset, 28 days: for lots that name none (recurring: next reset)
//!
//! [order]
//! keys = ["rank", "priority", "expiry", "grant"] # the default
//! documented = true                   # or assumed
//! reason = "Example spends monthly credits before extra ones"
//!
//! [[plan]]
//! id = "pro"
//! name = "Pro"
//! quota = { monthly = { per_slot = 10 } } # an amount, "unlimited", "unknown"; nothing where not named
//! price_per_credit = { amount = "0.02", currency = "USD", about = true, grade = "C", source = "a listing" } # the last three if so
//!
//! [[plan]]
//! id = "flat"
//! name = "Flat rate"
//! quota = { monthly = "unlimited" }
//! fair_use = { amount = 5000, period = "month" } # day, week, month; or { published = false }: shown, never enforced
//!
//! [[plan]]
//! id = "free"
//! name = "Free"
//! priced_as = "pro"                   # whose prices are assumed for it
//!
//! [[grant]]                           # a gift that follows from a date in the account's settings
//! label = "launch"
//! bucket = "extra"
//! from = "launch_date"                # or registered
//! expiry = "28 days"                  # from that date
//! from_since = true                   # whoever joins later gets what remains of the time
//! amounts = [{ is = { per_slot = 10 }, plans = ["pro"] }, { is = "unknown", plans = ["free"] }]
//!
//! [[action]]
//! id = "remove-background"
//! name = "Remove background"
//! unit = "image"                      # what is counted
//! cost = { pro = "0.2" }              # an amount, "free", "unpublished", or amounts by plan
//! task = "remove-background"          # by which providers are compared
//! family = "cut-out"                  # lines that can stand in for one another
//! also = ["cut-out", "cutout"]        # what people also call it, for finding it by typing
//!
//! [[action.variant]]
//! id = "preview"
//! name = "preview"
//! cost = "0.25"
//! quality = 1                         # higher is better: a cheaper variant of lower quality says so
//!
//! [[action]]
//! id = "place-logo"
//! name = "Place logo"
//! unit = "image"
//! cost = 1
//! whole = false                       # quantities may have a fraction
//!
//! [[combination]]                     # two steps that cost less as one
//! first = "remove-background"
//! second = "place-logo"
//! together = "remove-background"
//! text = "one call does both"
//! ```
//! Amounts are whole numbers or decimals in quotes. [`Definition::rules`] and [`Definition::price_list`] make of a definition
//! and an account's [`AccountSettings`] what the engine works with.

mod base_url;
mod builtin;
mod definition;
mod extraction;
mod parse;
mod prices;
mod problem;
mod request;
mod rules;
mod settings;
mod stages;
#[cfg(test)]
mod tests;
pub(crate) mod toml_text;

pub use crate::credit::nearest;
pub use base_url::*;
pub use builtin::*;
pub use definition::*;
pub use extraction::*;
pub use problem::*;
pub use request::*;
pub use settings::*;
