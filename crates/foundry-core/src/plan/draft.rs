//! Steps while the plan is being made: edges by number of draft, brought into one order at the end.

use super::{Action, After, Condition, Expect, Step};
use std::collections::BTreeSet;

/// A step that has no place in the order yet.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub domain: Option<String>,
    pub action: Action,
    pub causes: Vec<String>,
    pub expect: Expect,
    pub after: Vec<(usize, Condition)>,
}

/// All drafts; a draft's number never changes.
#[derive(Debug, Default)]
pub(super) struct Drafts {
    all: Vec<Draft>,
}

impl Drafts {
    /// Adds a step and returns its number.
    pub fn add(
        &mut self,
        domain: Option<&str>,
        action: Action,
        causes: Vec<String>,
        expect: Expect,
    ) -> usize {
        let domain = domain.map(str::to_owned);
        self.all.push(Draft { domain, action, causes, expect, after: Vec::new() });
        self.all.len() - 1
    }

    /// Makes `step` wait for `other`.
    pub fn wait(&mut self, step: usize, other: usize, condition: Condition) {
        let after = &mut self.all[step].after;
        match after.iter_mut().find(|(number, _)| *number == other) {
            Some((_, known)) if *known == Condition::Done => *known = condition,
            Some(_) => {}
            None => after.push((other, condition)),
        }
    }

    /// Makes `step` wait for `other` unless `other` already waits for `step`.
    pub fn wait_unless_circular(&mut self, step: usize, other: usize) -> bool {
        let possible = step != other && !self.reaches(other, step);
        if possible {
            self.wait(step, other, Condition::Done);
        }
        possible
    }

    fn reaches(&self, from: usize, to: usize) -> bool {
        let mut seen = BTreeSet::new();
        let mut stack = vec![from];
        while let Some(number) = stack.pop() {
            if number == to {
                return true;
            }
            if seen.insert(number) {
                stack.extend(self.all[number].after.iter().map(|(other, _)| *other));
            }
        }
        false
    }

    /// The steps in order: every edge points back, and where edges leave a choice the lower number comes first.
    pub fn order(self) -> Vec<Step> {
        let count = self.all.len();
        let mut waits: Vec<usize> = self.all.iter().map(|d| d.after.len()).collect();
        let mut waiting: Vec<Vec<usize>> = vec![Vec::new(); count];
        for (number, draft) in self.all.iter().enumerate() {
            for (other, _) in &draft.after {
                waiting[*other].push(number);
            }
        }
        let mut open: BTreeSet<usize> = (0..count).collect();
        let mut ready: BTreeSet<usize> = open.iter().copied().filter(|n| waits[*n] == 0).collect();
        let mut place = vec![0; count];
        let mut sequence = Vec::with_capacity(count);
        // A circle in the user's files is a finding elsewhere; here it must only not hang.
        while let Some(number) = ready.pop_first().or_else(|| open.first().copied()) {
            open.remove(&number);
            sequence.push(number);
            place[number] = sequence.len();
            for other in &waiting[number] {
                waits[*other] = waits[*other].saturating_sub(1);
                if waits[*other] == 0 && open.contains(other) {
                    ready.insert(*other);
                }
            }
        }
        let mut drafts: Vec<Option<Draft>> = self.all.into_iter().map(Some).collect();
        sequence.into_iter().filter_map(|n| drafts[n].take().map(|d| d.into_step(place[n], &place))).collect()
    }
}

impl Draft {
    fn into_step(self, id: usize, place: &[usize]) -> Step {
        let earlier = |(other, condition): (usize, Condition)| {
            (place[other] < id).then_some(After { step: place[other], condition })
        };
        let mut after: Vec<After> = self.after.into_iter().filter_map(earlier).collect();
        after.sort_by_key(|a| a.step);
        Step { id, domain: self.domain, action: self.action, causes: self.causes, after, expect: self.expect }
    }
}
