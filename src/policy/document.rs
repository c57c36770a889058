//! The JSON of a policy, with positions: what each field is in a file, without what it means.

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::error::{Code, Error, Result};
use crate::text::{Span, fold, line_column};

/// A policy file may be this large, in bytes.
///
/// Chosen: the service's own limit is not documented.
pub const MAX_BYTES: usize = 1024 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document<'a> {
    #[serde(rename = "Version", borrow)]
    version: Option<&'a RawValue>,
    #[serde(rename = "Statement", borrow)]
    statement: Option<&'a RawValue>,
}

/// One statement: its fields as they are written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStatement<'a> {
    #[serde(rename = "Effect", borrow)]
    pub effect: Option<&'a RawValue>,
    #[serde(rename = "Principal", borrow, default, deserialize_with = "written")]
    pub principal: Option<&'a RawValue>,
    #[serde(rename = "Action", borrow)]
    pub action: Option<&'a RawValue>,
    #[serde(rename = "Resource", borrow)]
    pub resource: Option<&'a RawValue>,
    #[serde(rename = "Condition", borrow, default, deserialize_with = "written")]
    pub condition: Option<&'a RawValue>,
}

/// A field as it is written: `null` is a value, too, where a field that is left out has a meaning.
fn written<'a, D: Deserializer<'a>>(deserializer: D) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// The fields of an object, in order, each as often as it is written.
struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Deserialize<'a> for Fields<'a> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'a> Visitor<'a> for Collect {
            type Value = Fields<'a>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'a>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

/// What a file of one kind of policy looks like: said where it does not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    /// An example.
    pub example: &'static str,
    /// The fields that it must have.
    pub needs: &'static str,
    /// What a statement without conditions means, and how to write one.
    pub no_condition: &'static str,
    /// Whether somebody wrote it as a file, in which an error has a place.
    pub is_file: bool,
}

/// The statements of a file, each with its position, and the position of their list.
pub(super) struct Statements<'a> {
    pub list: Vec<(RawStatement<'a>, Span)>,
    pub span: Span,
}

/// A policy file: values, and where in the file they stand.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    text: &'a str,
    form: Form,
}

impl<'a> Reader<'a> {
    /// A reader of a policy file. Some editors begin a file with a mark; it is no part of the policy.
    pub fn new(text: &'a str, form: Form) -> Self {
        Self { text: text.trim_start_matches('\u{feff}'), form }
    }

    /// The statements; there may be none.
    pub fn statements(self) -> Result<Statements<'a>> {
        self.expect_object(self.text, 0)?;
        if self.text.len() > MAX_BYTES {
            return Err(Error::new(Code::Policy, format!("the policy is larger than {MAX_BYTES} bytes")));
        }
        let document: Document<'_> = self.read(self.text, 0)?;
        let start = Span::new(0, 1);
        let version = document.version.ok_or_else(|| self.missing("Version", start))?;
        if !matches!(version.get(), "\"1\"") {
            return Err(self.wrong(self.span(version), "`Version` must be \"1\""));
        }
        let list = document.statement.ok_or_else(|| self.missing("Statement", start))?;
        let raw: Vec<&RawValue> = if list.get().starts_with('{') { vec![list] } else { self.nested(list)? };
        let statement = |raw: &'a RawValue| {
            let start = self.span(raw).start;
            self.expect_object(raw.get(), start)?;
            Ok((self.nested(raw)?, self.span(raw)))
        };
        let span = self.span(list);
        Ok(Statements { list: raw.into_iter().map(statement).collect::<Result<_>>()?, span })
    }

    /// The text that a position is in.
    pub fn text(self) -> &'a str {
        self.text
    }

    /// The position of a raw value: it borrows from the text, so the position is the distance between the two.
    pub fn span(self, value: &RawValue) -> Span {
        let start = (value.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        Span::new(start, start + value.get().len())
    }

    fn read<T: Deserialize<'a>>(self, json: &'a str, start: usize) -> Result<T> {
        serde_json::from_str(json).map_err(|error| {
            let before: usize = json.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
            let at = start + before + error.column().saturating_sub(1);
            let cause = error.to_string();
            let cause = cause.split(" at line ").next().unwrap_or_default();
            self.wrong(Span::new(at, at + 1), &format!("invalid policy: {}", plain(cause))).help(self.form.example)
        })
    }

    /// A list would be read as an object whose fields stand in order: no policy is written so.
    fn expect_object(self, json: &str, start: usize) -> Result<()> {
        let blank = json.len() - json.trim_start().len();
        match json.trim_start().chars().next() {
            Some('{') => Ok(()),
            found => {
                let message = match found {
                    Some(_) => "invalid policy: expected `{`",
                    None => "invalid policy: it is empty",
                };
                Err(self.wrong(Span::new(start + blank, start + blank + 1), message).help(self.form.example))
            }
        }
    }

    fn nested<T: Deserialize<'a>>(self, value: &'a RawValue) -> Result<T> {
        self.read(value.get(), self.span(value).start)
    }

    /// A string, or a list of strings, each with its place.
    pub fn strings(self, value: &'a RawValue, field: &str) -> Result<Vec<(String, Span)>> {
        let values: Vec<&RawValue> = if value.get().starts_with('[') { self.nested(value)? } else { vec![value] };
        if values.is_empty() {
            return Err(self.wrong(self.span(value), &format!("`{field}` is an empty list")));
        }
        values
            .into_iter()
            .map(|value| match serde_json::from_str::<String>(value.get()) {
                Ok(text) => Ok((text, self.span(value))),
                Err(_) => {
                    Err(self.wrong(self.span(value), &format!("`{field}` must be a string or a list of strings")))
                }
            })
            .collect()
    }

    /// The fields of an object, in order, duplicates refused.
    pub fn object(self, raw: &'a RawValue, field: &str) -> Result<Vec<(String, &'a RawValue)>> {
        if !raw.get().starts_with('{') {
            return Err(self.wrong(self.span(raw), &format!("`{field}` must be an object")));
        }
        let Fields(fields) = self.nested(raw)?;
        let mut names = std::collections::BTreeSet::new();
        match fields.iter().find(|(name, _)| !names.insert(fold(name))) {
            Some((name, value)) => Err(self.wrong(self.span(value), &format!("`{name}` appears twice in `{field}`"))),
            None => Ok(fields),
        }
    }

    /// What to write instead of an empty `Condition`.
    pub fn no_condition(self) -> &'static str {
        self.form.no_condition
    }

    pub fn missing(self, field: &str, span: Span) -> Box<Error> {
        self.wrong(span, &format!("`{field}` is missing")).help(self.form.needs)
    }

    pub fn wrong(self, span: Span, message: &str) -> Box<Error> {
        if !self.form.is_file {
            return Error::new(Code::Policy, message);
        }
        let (line, column) = line_column(self.text, span.start);
        Error::new(Code::Policy, format!("{message} (line {line}, column {column} of the file)"))
    }
}

/// The reader's own words, without its quotes for code.
fn plain(cause: &str) -> String {
    cause
        .replace("EOF", "the end of the file")
        .replace("struct RawStatement", "a statement")
        .replace("struct Document", "a policy")
}
