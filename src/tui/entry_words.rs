//! Entries of the ledger in words: in their row, in a sentence, for somebody who doesn't see the screen.

use crate::credit::{
    Amount, BucketId, EntryBody, EntryKind, ExplainedEntry, NARROW_SPACE, Ref, VariantId, entry_name, noun, shown,
};

use super::accounts::Account;
use super::format::clean;
use super::scene::Scene;

/// What the entry is about, its note, and a ref that somebody gave it where nothing else is said; when it was recorded where that is
/// another minute, and by whom.
pub(crate) fn remark(scene: &Scene<'_>, account: &Account, explained: &ExplainedEntry) -> String {
    let entry = &explained.entry;
    let said = remark_of(scene, account, explained);
    // A ref that was made up is for files and commands.
    let given = || format!("ref {}", scene.private(&shown(entry.reference.as_str())));
    let said = if said.is_empty() && !entry.reference.is_generated() { given() } else { said };
    let said = Some(said).filter(|said| !said.is_empty());
    let (happened, recorded) = (scene.date(entry.at), scene.date(entry.recorded_at));
    let recorded = (happened != recorded).then(|| format!("recorded {recorded}"));
    let by = entry.actor.as_deref().map(|actor| format!("by {}", scene.private(actor)));
    clean(&said.into_iter().chain(recorded).chain(by).collect::<Vec<_>>().join(" · "))
}

/// What the entry is about, and its note; empty where nothing is said.
fn remark_of(scene: &Scene<'_>, account: &Account, explained: &ExplainedEntry) -> String {
    let entry = &explained.entry;
    let about = match &entry.body {
        EntryBody::Spend(spend) => spend.action.as_ref().map(|action| {
            let variant = spend.variant.as_ref().map(VariantId::as_str);
            let listed = account.book.prices.find(action.as_str(), variant).ok();
            let name = listed.map_or_else(|| action.to_string(), |listed| listed.name.clone());
            spend.quantity.map_or(name.clone(), |quantity| format!("{} × {name}", scene.amount(quantity)))
        }),
        EntryBody::Reverse { reverses } => Some(format!("of {}", called(scene, account, reverses))),
        EntryBody::Capture { hold, .. } | EntryBody::Release { hold } => Some(format!("of {}", called(scene, account, hold))),
        _ => None,
    };
    let until = match &entry.body {
        EntryBody::Hold { expires_at: Some(at), .. } => Some(format!("until {}", scene.date(*at))),
        EntryBody::Hold { expires_at: None, .. } => Some("without a deadline".to_owned()),
        _ => None,
    };
    let said = [about, entry.note.as_deref().map(|note| scene.private(note)), until];
    clean(&said.into_iter().flatten().collect::<Vec<_>>().join(" · "))
}

/// An entry in words for somebody who doesn't see the screen, such as a customer who asks where her credits went.
pub(crate) fn told(scene: &Scene<'_>, account: &Account, explained: &ExplainedEntry) -> String {
    let entry = &explained.entry;
    let profile = &account.book.profile;
    // Whoever pastes a figure elsewhere needs its digits together, as in what is copied of an account.
    let ungrouped = |text: String| text.replace(NARROW_SPACE, "");
    let figure = ungrouped(amount(scene, &entry.body));
    let digits = figure.trim_start_matches(|sign: char| !sign.is_ascii_digit());
    let unit = match digits {
        "" => String::new(),
        "1" => format!(" {}", noun(Amount::ONE, &profile.unit)),
        _ => format!(" {}", profile.unit),
    };
    let from = ungrouped(drawn(scene, account, explained));
    let from = match entry.body.kind() {
        _ if from.is_empty() => from,
        EntryKind::Grant => format!(" {from}"),
        EntryKind::Adjust | EntryKind::Observe => format!(" in {from}"),
        _ => format!(" from {from}"),
    };
    let mut about = vec![remark(scene, account, explained)];
    if explained.uncovered.is_positive() {
        about.push(format!("{} not covered", scene.amount(explained.uncovered)));
    }
    if explained.reversed_by.is_some() {
        about.push("reversed".to_owned());
    }
    about.push(format!("ref {}", scene.private(&shown(entry.reference.as_str()))));
    about.retain(|text| !text.is_empty());
    about.dedup();
    let first = format!(
        "{} ({}), {} {}: {} {figure}{unit}{from}",
        scene.account(account),
        profile.provider_name,
        scene.date(entry.at),
        scene.zone_name(),
        entry.body.kind().word(),
    );
    let why = (!explained.draws.is_empty()).then(|| scene.scrubbed(account, &account.book.rules.order_reason));
    std::iter::once(first).chain(std::iter::once(about.join(" · "))).chain(why).collect::<Vec<_>>().join("\n")
}

/// A bucket's name.
pub(crate) fn bucket_name(account: &Account, id: &BucketId) -> String {
    let bucket = account.book.rules.buckets.iter().find(|bucket| bucket.id == *id);
    bucket.map_or(id.to_string(), |bucket| clean(&bucket.name))
}

/// What an entry drew from each bucket, as `Monthly 40`.
fn sums(scene: &Scene<'_>, account: &Account, explained: &ExplainedEntry) -> Vec<String> {
    let mut sums: Vec<(String, Amount)> = Vec::new();
    for draw in &explained.draws {
        let name = bucket_name(account, &draw.bucket);
        match sums.iter_mut().find(|(known, _)| *known == name) {
            Some((_, sum)) => *sum = sum.plus(draw.amount).unwrap_or(*sum),
            None => sums.push((name, draw.amount)),
        }
    }
    sums.iter().map(|(name, sum)| format!("{name} {}", scene.amount(*sum))).collect()
}

/// Everything that an entry's row says, at any width: what the filter looks in.
pub(crate) fn all(scene: &Scene<'_>, account: &Account, explained: &ExplainedEntry) -> Vec<String> {
    let entry = &explained.entry;
    let uncovered = explained.uncovered.is_positive().then(|| format!("{} not covered", scene.amount(explained.uncovered)));
    let words = [
        scene.account(account),
        scene.date(entry.at),
        entry.body.kind().word().to_owned(),
        amount(scene, &entry.body),
        drawn(scene, account, explained),
        sums(scene, account, explained).join(", "),
        remark(scene, account, explained),
    ];
    words.into_iter().chain(uncovered).collect()
}

/// `Monthly`, or `Monthly 40, Extra 10`.
pub(crate) fn drawn(scene: &Scene<'_>, account: &Account, explained: &ExplainedEntry) -> String {
    let name = |id: &BucketId| bucket_name(account, id);
    match &explained.entry.body {
        EntryBody::Grant(grant) => return format!("into {}", name(&grant.bucket)),
        EntryBody::Adjust { bucket, .. } | EntryBody::Observe { bucket, .. } => return name(bucket),
        _ => {}
    }
    let mut buckets: Vec<&BucketId> = explained.draws.iter().map(|draw| &draw.bucket).collect();
    buckets.dedup();
    if let ([only], true) = (buckets.as_slice(), explained.uncovered.is_zero()) {
        return name(only);
    }
    sums(scene, account, explained).join(", ")
}

/// An entry's amount with its sign, as it changes what can be spent.
pub(crate) fn amount(scene: &Scene<'_>, body: &EntryBody) -> String {
    match body {
        EntryBody::Grant(grant) => format!("+{}", scene.amount(grant.amount)),
        EntryBody::Spend(spend) if spend.amount.is_zero() => "free".to_owned(),
        EntryBody::Spend(spend) => format!("−{}", scene.amount(spend.amount)),
        EntryBody::Hold { amount, .. } => scene.amount(*amount),
        EntryBody::Capture { amount, .. } => format!("−{}", scene.amount(*amount)),
        EntryBody::Adjust { amount, .. } if amount.is_negative() => format!("−{}", scene.amount(amount.negated())),
        EntryBody::Adjust { amount, .. } => format!("+{}", scene.amount(*amount)),
        EntryBody::Observe { remaining, .. } => format!("= {}", scene.amount(*remaining)),
        EntryBody::Release { .. } | EntryBody::Reverse { .. } => "–".to_owned(),
    }
}

/// What an entry is called in a sentence: by the ref that somebody gave it, else by its kind and day.
pub(crate) fn called(scene: &Scene<'_>, account: &Account, reference: &Ref) -> String {
    let entry = account.entries().map(|explained| &explained.entry).find(|entry| entry.reference == *reference);
    match entry {
        _ if !reference.is_generated() => scene.private(&shown(reference.as_str())),
        Some(entry) => entry_name(entry.body.kind().word(), reference, entry.at, scene.zone(), scene.now),
        None => "an earlier entry".to_owned(),
    }
}
