//! Changes inside of JSON text, and what it contains. Everything that is not changed stays as it is written.

use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::json::object;

/// What is done at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// The value there is replaced; one that is missing is added only with `create`.
    Set { create: bool },
    /// A value is added, before or after an element of an array. A key that is there keeps its value (chosen).
    Insert { after: bool },
}

/// `text` with `value` at the end of `path`; where a step before the last leads nowhere, nothing changes.
pub(super) fn at(text: &str, path: &[String], value: &str, change: Change) -> String {
    let Some((step, rest)) = path.split_first() else { return text.to_owned() };
    let is_last = rest.is_empty();
    if let Some(mut entries) = object(text).map(owned) {
        match entries.iter_mut().find(|(key, _)| key == step) {
            Some((_, found)) if !is_last => *found = at(found, rest, value, change),
            Some((_, found)) if matches!(change, Change::Set { .. }) => *found = value.to_owned(),
            Some(_) => {}
            None if is_last && change != (Change::Set { create: false }) => {
                entries.push((step.clone(), value.to_owned()));
            }
            None => {}
        }
        return written(&entries);
    }
    let Ok(elements) = serde_json::from_str::<Vec<&RawValue>>(text) else { return text.to_owned() };
    let mut elements: Vec<String> = elements.into_iter().map(|element| element.get().to_owned()).collect();
    let (Ok(place), Ok(length)) = (step.parse::<i64>(), i64::try_from(elements.len())) else { return text.to_owned() };
    let from_start = if place < 0 { place.saturating_add(length) } else { place };
    let found = usize::try_from(from_start).ok().filter(|found| *found < elements.len());
    match (found, change) {
        (Some(found), _) if !is_last => {
            if let Some(element) = elements.get_mut(found) {
                *element = at(element, rest, value, change);
            }
        }
        (Some(found), Change::Set { .. }) => {
            if let Some(element) = elements.get_mut(found) {
                value.clone_into(element);
            }
        }
        (Some(found), Change::Insert { after }) => elements.insert(found + usize::from(after), value.to_owned()),
        (None, Change::Set { create: false }) => {}
        (None, _) if is_last && place < 0 => elements.insert(0, value.to_owned()),
        (None, _) if is_last => elements.push(value.to_owned()),
        (None, _) => {}
    }
    format!("[{}]", elements.join(","))
}

/// `text` without entries and elements that are null, on every level. Source: "JSON_STRIP_NULLS"; chosen: on every level.
pub(super) fn without_nulls(text: &str) -> String {
    if let Some(entries) = object(text) {
        let kept = entries.into_iter().filter(|(_, value)| *value != "null");
        return written(&kept.map(|(key, value)| (key, without_nulls(value))).collect::<Vec<_>>());
    }
    let Ok(elements) = serde_json::from_str::<Vec<&RawValue>>(text) else { return text.to_owned() };
    let kept = elements.into_iter().map(RawValue::get).filter(|element| *element != "null");
    format!("[{}]", kept.map(without_nulls).collect::<Vec<_>>().join(","))
}

/// Whether `value` contains `sought`: an array what one of its elements contains, an object each of the entries.
pub(super) fn contains(value: &Json, sought: &Json) -> bool {
    match (value, sought) {
        (Json::Array(elements), Json::Array(all)) => {
            all.iter().all(|one| elements.iter().any(|element| contains(element, one)))
        }
        (Json::Array(elements), one) => elements.iter().any(|element| contains(element, one)),
        (Json::Object(entries), Json::Object(all)) => {
            all.iter().all(|(key, one)| entries.get(key).is_some_and(|entry| contains(entry, one)))
        }
        (Json::Number(left), Json::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        (left, right) => left == right,
    }
}

fn owned(entries: Vec<(String, &str)>) -> Vec<(String, String)> {
    entries.into_iter().map(|(key, value)| (key, value.to_owned())).collect()
}

fn written(entries: &[(String, String)]) -> String {
    let entries = entries.iter().map(|(key, value)| format!("{}:{value}", Json::from(key.as_str())));
    format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(text: &str, path: &[&str], value: &str, change: Change) -> String {
        let path: Vec<String> = path.iter().map(|step| (*step).to_owned()).collect();
        at(text, &path, value, change)
    }

    #[test]
    fn a_value_is_set_where_the_path_leads() {
        let (keep, create) = (Change::Set { create: false }, Change::Set { create: true });
        let text = r#"[{"f1":1,"f2":null},2,null,3]"#;
        assert_eq!(changed(text, &["0", "f1"], "[2,3,4]", keep), r#"[{"f1":[2,3,4],"f2":null},2,null,3]"#);
        assert_eq!(changed(text, &["0", "f3"], "[2]", keep), text);
        assert_eq!(changed(text, &["0", "f3"], "[2]", create), r#"[{"f1":1,"f2":null,"f3":[2]},2,null,3]"#);
        assert_eq!(changed(text, &["9", "f3"], "[2]", create), text);
        assert_eq!(changed("[1]", &["-1"], "2", keep), "[2]");
        assert_eq!(changed("[1]", &["7"], "2", keep), "[1]");
        assert_eq!(changed("[1]", &["7"], "2", create), "[1,2]");
        assert_eq!(changed("1", &["a"], "2", create), "1");
    }

    #[test]
    fn a_value_is_inserted_before_or_after_an_element() {
        let (before, after) = (Change::Insert { after: false }, Change::Insert { after: true });
        let text = r#"{"f1":[0,1,2]}"#;
        for (place, change, expected) in [
            ("1", before, "[0,10,1,2]"),
            ("1", after, "[0,1,10,2]"),
            ("-1", before, "[0,1,10,2]"),
            ("3", before, "[0,1,2,10]"),
            ("-4", after, "[10,0,1,2]"),
            ("x", after, "[0,1,2]"),
        ] {
            assert_eq!(changed(text, &["f1", place], "10", change), format!("{{\"f1\":{expected}}}"), "{place}");
        }
        assert_eq!(changed(r#"{"a":1}"#, &["a"], "2", before), r#"{"a":1}"#);
    }
}
