//! What a description of a new event may not have, although it can be read: events that were made when it was allowed go
//! on, and the same command repeated for one of them gets its answer.

use std::collections::BTreeSet;

use serde_json::Value;

use super::spec::EventSpec;

impl EventSpec {
    /// Says what is wrong with a description of a new event, of which this was read.
    ///
    /// # Errors
    /// A sentence that names the place: a list where an object belongs, whose fields would be told by their order; a name
    /// that begins with `#`, as ordinals do; an area with the name of a section, which `COUNT` and `MAP` could not tell apart.
    pub(crate) fn is_fit_for_a_new_event(&self, json: &[u8]) -> Result<(), String> {
        let told: Value = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        is_object("it", &told)?;
        told.get("limits").map_or(Ok(()), |limits| is_object("limits", limits))?;
        for (at, area) in list(&told, "areas").iter().enumerate() {
            is_object(&format!("areas[{at}]"), area)?;
        }
        for (at, section) in list(&told, "sections").iter().enumerate() {
            is_object(&format!("sections[{at}]"), section)?;
            for (row_at, row) in list(section, "rows").iter().enumerate() {
                is_object(&format!("sections[{at}].rows[{row_at}]"), row)?;
            }
        }
        let sections: BTreeSet<&str> = self.sections.iter().map(|section| section.name.as_str()).collect();
        for area in &self.areas {
            if sections.contains(area.name.as_str()) {
                return Err(format!("area {} has the name of a section", area.name));
            }
        }
        let names = sections.into_iter().chain(self.areas.iter().map(|area| area.name.as_str()));
        match names.into_iter().find(|name| name.starts_with('#')) {
            Some(name) => Err(format!("the name {name} begins with #, as ordinals of seats do")),
            None => Ok(()),
        }
    }
}

fn list<'a>(of: &'a Value, field: &str) -> &'a [Value] {
    of.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn is_object(what: &str, value: &Value) -> Result<(), String> {
    if value.is_object() { Ok(()) } else { Err(format!("{what} is no object, {{\"...\": ...}}")) }
}
