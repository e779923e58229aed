//! What people wish to have asked now.

use tokio::time::Instant as Moment;

use super::Schedules;
use crate::credit::AccountId;
use crate::runtime::turn::{Place, Wish};
use crate::tui::{Message, RequestId, Wished};

impl Schedules {
    /// Has accounts asked as soon as that can be, and says what that comes to.
    ///
    /// What an account was just answered may be on the screen already, while its next poll is not planned yet. Who wishes for that one
    /// account then means what comes after it, so that the wish waits for the plan.
    pub(super) fn wish(&mut self, request: RequestId, ids: &[AccountId]) {
        let now = Moment::now();
        let only = ids.len() == 1;
        if let [id] = ids
            && matches!(self.asks.agenda.place(id), Some(Place::Answered))
        {
            self.deferred.entry(id.clone()).or_default().push(request);
            return;
        }
        let wishes: Vec<(AccountId, Wish)> =
            ids.iter().filter_map(|id| Some((id.clone(), self.asks.agenda.wish(id, now, only)?))).collect();
        self.asks.start();
        let answer = |(id, wish): (AccountId, Wish)| {
            let wished = match (wish, self.asks.agenda.place(&id)) {
                (Wish::NotBefore(at), _) => Wished::NotBefore(self.instant_of(at)),
                (Wish::Overrides(at), _) => Wished::Overriding(self.instant_of(at)),
                (Wish::JustAsked(at), _) => Wished::JustAsked(self.instant_of(at)),
                (Wish::UnderWay, _) | (_, Some(Place::Out | Place::Answered)) => Wished::Asking,
                (_, Some(Place::Resting(at))) => Wished::NotBefore(self.instant_of(at)),
                (_, Some(Place::Queued(before))) | (Wish::Next(before), None) => Wished::Queued(before),
            };
            (id, wished)
        };
        let wished = wishes.into_iter().map(answer).collect();
        self.say(Message::Wished { request, wished });
    }
}
