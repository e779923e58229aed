//! What of a plan has not run yet, and how much of it a budget pays.

use super::Ahead;
use crate::credit::pricing::Priced;
use crate::credit::tariff::Fare;
use crate::credit::{Amount, AmountError};

/// What of a plan has not run yet.
#[derive(Debug, Clone)]
pub(super) struct Rest {
    lines: Vec<Open>,
    /// What it costs.
    total: Amount,
    /// What the cheapest unit costs: of less nothing runs.
    least: Option<Amount>,
}

/// A line of which something has not run yet.
#[derive(Debug, Clone)]
struct Open {
    place: usize,
    quantity: Amount,
    unit: Amount,
    cost: Amount,
}

/// What is run at one instant.
#[derive(Debug, Clone, Default)]
pub(super) struct Taken {
    /// How many of which line of the plan, above zero, lines in order.
    pub(super) units: Vec<(usize, Amount)>,
    /// What they cost.
    pub(super) cost: Amount,
}

impl Open {
    /// What so many units cost: all that is left of a line may end in a part of a unit.
    fn cost_of(&self, units: Amount) -> Result<Amount, AmountError> {
        if units == self.quantity { Ok(self.cost) } else { self.unit.times(units) }
    }

    /// How many units a budget pays; `None` is no bound.
    fn most(&self, budget: Option<Amount>) -> Amount {
        match budget {
            Some(budget) if self.cost > budget => budget.whole_units(self.unit).min(self.quantity),
            _ => self.quantity,
        }
    }

    /// What one unit costs, or the part of one that is left.
    fn one(&self) -> Amount {
        self.unit.min(self.cost)
    }
}

impl Rest {
    pub(super) fn of(priced: &[Priced<'_>]) -> Result<Self, AmountError> {
        let open = |(place, line): (usize, &Priced<'_>)| {
            let (unit, cost) = line.cost?;
            Some(Open { place, quantity: line.line.quantity, unit, cost })
        };
        let lines: Vec<Open> = priced.iter().enumerate().filter_map(open).filter(|line| line.quantity.is_positive()).collect();
        let mut rest = Self { lines, total: Amount::ZERO, least: None };
        rest.sum_up()?;
        Ok(rest)
    }

    fn sum_up(&mut self) -> Result<(), AmountError> {
        self.total = self.lines.iter().map(|line| line.cost).try_fold(Amount::ZERO, Amount::plus)?;
        self.least = self.lines.iter().map(Open::one).min();
        Ok(())
    }

    /// Has each line cost what it costs by a fare; `None` leaves prices as they are.
    pub(super) fn price_by(&mut self, fare: Option<&Fare>) -> Result<(), AmountError> {
        self.reprice(fare, |_, then| then)
    }

    /// Has each line cost what it costs by a fare where that is less; `None` leaves prices as they are.
    pub(super) fn lower_to(&mut self, fare: Option<&Fare>) -> Result<(), AmountError> {
        self.reprice(fare, Amount::min)
    }

    fn reprice(&mut self, fare: Option<&Fare>, choose: impl Fn(Amount, Amount) -> Amount) -> Result<(), AmountError> {
        let Some(units) = fare.and_then(|fare| fare.units.as_ref()) else { return Ok(()) };
        let mut changed = false;
        for line in &mut self.lines {
            let unit = units.get(line.place).map_or(line.unit, |then| choose(line.unit, *then));
            if unit != line.unit {
                (line.unit, line.cost) = (unit, unit.times(line.quantity)?);
                changed = true;
            }
        }
        if changed { self.sum_up() } else { Ok(()) }
    }

    pub(super) fn total(&self) -> Amount {
        self.total
    }

    pub(super) fn is_done(&self) -> bool {
        self.lines.is_empty()
    }

    /// Whether a unit of a line costs more than can be there at any one instant, however long one waits.
    pub(super) fn is_beyond(&self, ahead: &Ahead<'_>) -> Result<bool, AmountError> {
        let most = ahead.most_at_once()?;
        Ok(most.is_some_and(|most| self.lines.iter().any(|line| line.one() > most)))
    }

    /// How many lines there are of which something is left.
    pub(super) fn width(&self) -> usize {
        self.lines.len()
    }

    /// How much is left of which line.
    pub(super) fn quantities(&self) -> impl Iterator<Item = (usize, Amount)> {
        self.lines.iter().map(|line| (line.place, line.quantity))
    }

    /// Takes off as much as a budget pays, lines in order.
    pub(super) fn take_most(&mut self, budget: Option<Amount>) -> Result<Taken, AmountError> {
        if budget.zip(self.least).is_some_and(|(budget, least)| budget < least) {
            return Ok(Taken::default());
        }
        let mut first = Choices::new(budget);
        first.go_on(self)?;
        self.take(&first.units)
    }

    /// Takes off so many units of each line.
    pub(super) fn take(&mut self, units: &[Amount]) -> Result<Taken, AmountError> {
        let mut taken = Taken::default();
        for (line, units) in self.lines.iter_mut().zip(units).filter(|(_, units)| units.is_positive()) {
            let cost = line.cost_of(*units)?;
            line.quantity = line.quantity.minus(*units)?;
            line.cost = line.cost.minus(cost)?;
            taken.cost = taken.cost.plus(cost)?;
            taken.units.push((line.place, *units));
        }
        if !taken.units.is_empty() {
            self.total = self.total.minus(taken.cost)?;
            self.lines.retain(|line| line.quantity.is_positive());
            self.least = self.lines.iter().map(Open::one).min();
        }
        Ok(taken)
    }
}

/// Everything that a budget pays at one instant, one after the other: first as much as it can pay, lines in order, at last nothing.
#[derive(Debug)]
pub(super) struct Choices {
    /// `None` is no bound.
    budget: Option<Amount>,
    /// How many units of each line.
    units: Vec<Amount>,
}

impl Choices {
    pub(super) fn new(budget: Option<Amount>) -> Self {
        Self { budget, units: Vec::new() }
    }

    pub(super) fn units(&self) -> &[Amount] {
        &self.units
    }

    /// Goes on to the first or next choice; whether there is one.
    pub(super) fn go_on(&mut self, rest: &Rest) -> Result<bool, AmountError> {
        if self.units.is_empty() {
            self.fill(rest)?;
            return Ok(!self.units.is_empty());
        }
        while let Some(units) = self.units.pop() {
            if units.is_positive() {
                self.units.push(fewer(units)?);
                self.fill(rest)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Chooses as much as is left of the budget for the lines that are not chosen for yet.
    fn fill(&mut self, rest: &Rest) -> Result<(), AmountError> {
        let mut left = self.budget;
        // Of lines with one price the first goes first: the other way round would be no other way.
        let mut held_back: Vec<Amount> = Vec::new();
        for (line, units) in rest.lines.iter().zip(&self.units) {
            let cost = line.cost_of(*units)?;
            left = left.map(|left| left.minus(cost)).transpose()?;
            if *units < line.quantity && line.quantity.is_whole() && !held_back.contains(&line.unit) {
                held_back.push(line.unit);
            }
        }
        for line in rest.lines.iter().skip(self.units.len()) {
            let waits = line.quantity.is_whole() && held_back.contains(&line.unit);
            let units = if waits { Amount::ZERO } else { line.most(left) };
            if units.is_positive() {
                let cost = line.cost_of(units)?;
                left = left.map(|left| left.minus(cost)).transpose()?;
            }
            self.units.push(units);
        }
        Ok(())
    }
}

/// The next lower number of units.
fn fewer(units: Amount) -> Result<Amount, AmountError> {
    let whole = units.whole_units(Amount::ONE);
    if whole == units { whole.minus(Amount::ONE) } else { Ok(whole) }
}
