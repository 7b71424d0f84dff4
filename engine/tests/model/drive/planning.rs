//! Changes of the map: of a hall as it is just then, and what they would do.

use holdfast_engine::{
    AddedRows, Addition, AreaSpec, DryView, Named, PlanChange, Read, Removed, RowRange, RowsSpec,
    SectionSpec, Text, View, Write,
};

use super::{Drive, asking::audit};

/// A hall with more seats than this gets no further ones.
const SEATS_MAX: u32 = 40;

impl Drive {
    /// Each bit of `what` is one sort of change.
    pub(super) fn plan(&self, what: u8, pick: u8, number: u8) -> Write {
        let hall = self.model.hall();
        let words = hall.in_words();
        let is = |bit: u8| what >> bit & 1 == 1;
        let at = usize::from(pick) % words.len().max(1);
        let seat = words.get(at);
        let area = |by: u8| {
            let areas = &hall.spec.areas;
            areas.get(usize::from(pick.wrapping_add(by)) % areas.len().max(1)).map(|area| area.name.clone())
        };
        let class = |by: u8| {
            Text::from(["VIP", "STD", "GA", "NEW", "NEWER"][usize::from(number.wrapping_add(by)) % 5])
        };
        let mut plan = PlanChange::default();
        if is(0) {
            plan.remove = Removed { seats: seats(at, number, &words), areas: Vec::new() };
        }
        if is(1) && number.is_multiple_of(3) {
            plan.remove.areas.extend(area(0));
        }
        if is(2) {
            plan.capacity = Named(
                area(u8::from(what.count_ones() > 1))
                    .map(|name| (name, u32::from(number) % 9))
                    .into_iter()
                    .collect(),
            );
        }
        if is(3)
            && let Some([label, section, row, _]) = seat
        {
            let mut all = vec![(label.as_str().into(), class(0))];
            all.extend(number.is_multiple_of(2).then(|| (format!("{section}-{row}").into(), class(1))));
            all.extend(number.is_multiple_of(3).then(|| (section.as_str().into(), class(2))));
            plan.category = Named(all);
        }
        // A section may have the name of an area that is gone. No client can send a name twice.
        let is_new = |name: &Text| plan.category.0.iter().all(|(named, _)| named != name);
        if is(4)
            && let Some(name) = area(2).filter(is_new)
        {
            plan.category.0.push((name, class(3)));
        }
        if hall.seats() < SEATS_MAX {
            plan.add = self.addition(what >> 5, seat, number);
        }
        Write::ChangePlan { plan: Box::new(plan), audit: audit() }
    }

    fn addition(&self, what: u8, seat: Option<&[String; 4]>, number: u8) -> Addition {
        let hall = self.model.hall();
        let mut add = Addition::default();
        let rows = |from: u32| {
            let mut rows = RowRange::new(from, from + u32::from(number % 2), 1 + u32::from(number) % 4);
            if number.is_multiple_of(5) {
                rows.seats = ["7-9", "X"].into();
                rows.groups = vec![vec!["7-9".into()]];
                rows.aisles = vec!["9".into()];
                rows.accessible = vec!["X".into()];
            }
            RowsSpec::Range(rows)
        };
        let front = number.is_multiple_of(3).then(|| 1 + u32::from(number) % 4);
        if what & 1 == 1
            && let Some([_, section, row, _]) = seat
        {
            // A part of a row that is there, or another row.
            let from =
                if number.is_multiple_of(7) { row.parse().unwrap_or(40) } else { 40 + u32::from(number) };
            add.rows.push(AddedRows { section: section.as_str().into(), rows: rows(from), front });
        }
        if what & 2 == 2 {
            let name = ["Y", "Z", "FLOOR"][usize::from(number) % 3];
            let (count, category) = (hall.sections().count(), ["STD", "NEWEST"][usize::from(number) % 2]);
            let name = if number.is_multiple_of(4) { format!("{name}{count}") } else { name.to_owned() };
            add.sections.push(SectionSpec { front, ..SectionSpec::new(&name, category, rows(1)) });
        }
        if what & 4 == 4 {
            let name = ["LAWN", "FLOOR", "BAR"][usize::from(number) % 3].into();
            add.areas.push(AreaSpec { name, category: "GA".into(), capacity: 1 + u32::from(number) % 6 });
        }
        add
    }

    /// What a change would do; `None` if it is none, or would be answered with a fault.
    pub(super) fn try_plan(&self, write: &Write) -> Result<Option<DryView>, String> {
        let Write::ChangePlan { plan, .. } = write else { return Ok(None) };
        match (self.event.view(&Read::DryChange(plan.clone())), self.model.try_plan(plan)) {
            (Ok(View::Dry(dry)), Ok(expected)) => {
                let bare = DryView { change: Box::default(), ..(*dry).clone() };
                same!("what a change of the map would do", bare, expected);
                Ok(Some(*dry))
            }
            (Err(fault), Err(code)) => {
                same!("the fault", fault.code, code);
                Ok(None)
            }
            (shown, expected) => Err(format!("{plan:?}: {shown:?}, but the model says {expected:?}")),
        }
    }
}

/// A seat, by its label or ordinal, or some.
fn seats(at: usize, number: u8, words: &[[String; 4]]) -> Vec<Text> {
    let Some([label, section, row, _]) = words.get(at) else { return vec!["A-1-1".into()] };
    let last = (at + 1 + usize::from(number) % 2).min(words.len()) - 1;
    match number % 8 {
        0 => vec![format!("{section}-{row}").into()],
        1 if number > 200 => vec![section.as_str().into()],
        2 => vec![format!("#{at}-{last}").into()],
        3 => vec![format!("#{at}-#{last}").into(), label.as_str().into()],
        4 => vec![format!("{section}-{row}-1-2").into()],
        5 if number > 230 => vec!["A-1-99".into()],
        _ => vec![label.as_str().into()],
    }
}
