//! The exception policy of a protected project: what may leave all the same (EXC-1 to EXC-8).

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::condition::{Condition, parse_condition};
use super::pattern;
use super::ways::Way;
use crate::error::{Code, Error, Result};
use crate::model::{JobType, Object, ObjectKind, Principal, Source, Time};
use crate::text::{Span, fold, line_column};

/// What a policy file looks like.
const FORM: &str = "a policy is JSON: {\"Version\": \"1\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": …, \"Action\": …, \"Resource\": …}]}";

/// A policy file may be this large, in bytes.
///
/// Chosen: the service's own limit is not documented.
pub const MAX_BYTES: usize = 1024 * 1024;

/// What may leave a protected project all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceptionPolicy {
    statements: Vec<ExceptionStatement>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct ExceptionStatement {
    principals: Vec<PrincipalPattern>,
    actions: Vec<ExceptionAction>,
    /// Patterns of `tables/t`, without the project.
    resources: Vec<String>,
    conditions: Vec<Condition>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum PrincipalPattern {
    Anyone,
    One(Principal),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ExceptionAction {
    Select,
    Read,
    Execute,
    Any,
}

/// Who moves the data, how, and when.
#[derive(Debug, Clone, Copy)]
pub struct FlowContext<'a> {
    /// Who.
    pub principal: &'a Principal,
    /// By which kind of job.
    pub job: Option<JobType>,
    /// From which address.
    pub source: &'a Source,
    /// When.
    pub now: Time,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document<'a> {
    #[serde(rename = "Version", borrow)]
    version: Option<&'a RawValue>,
    #[serde(rename = "Statement", borrow)]
    statement: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStatement<'a> {
    #[serde(rename = "Effect", borrow)]
    effect: Option<&'a RawValue>,
    #[serde(rename = "Principal", borrow)]
    principal: Option<&'a RawValue>,
    #[serde(rename = "Action", borrow)]
    action: Option<&'a RawValue>,
    #[serde(rename = "Resource", borrow)]
    resource: Option<&'a RawValue>,
    #[serde(rename = "Condition", borrow)]
    condition: Option<&'a RawValue>,
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

impl ExceptionPolicy {
    /// Reads the policy of `project` as it is set: a resource that can match nothing is refused, too.
    ///
    /// # Errors
    /// As [`ExceptionPolicy::parse`].
    pub fn parse_new(text: &str, project: &str) -> Result<Self> {
        Self::read(text, project, true)
    }

    /// Reads the policy of `project` as it is kept.
    ///
    /// # Errors
    /// [`Code::Policy`], with line and column of the file, if the text is not JSON or not an exception policy of this project.
    pub fn parse(text: &str, project: &str) -> Result<Self> {
        Self::read(text, project, false)
    }

    fn read(text: &str, project: &str, is_new: bool) -> Result<Self> {
        // Some editors begin a file with a mark; it is no part of the policy.
        let text = text.trim_start_matches('\u{feff}');
        let reader = Reader { text, is_new };
        reader.expect_object(text, 0)?;
        if text.len() > MAX_BYTES {
            return Err(Error::new(Code::Policy, format!("the policy is larger than {MAX_BYTES} bytes")));
        }
        let document: Document<'_> = reader.read(text, 0)?;
        let start = Span::new(0, 1);
        let version = document.version.ok_or_else(|| reader.missing("Version", start))?;
        if !matches!(version.get(), "\"1\"") {
            return Err(reader.wrong(reader.span(version), "`Version` must be \"1\""));
        }
        let list = document.statement.ok_or_else(|| reader.missing("Statement", start))?;
        let raw: Vec<&RawValue> = if list.get().starts_with('{') { vec![list] } else { reader.nested(list)? };
        if raw.is_empty() {
            return Err(reader.wrong(reader.span(list), "`Statement` is empty: the policy would have no effect"));
        }
        let statements = raw.into_iter().map(|raw| reader.statement(raw, project)).collect::<Result<_>>()?;
        Ok(Self { statements })
    }

    /// Warnings about what the policy opens wider than its author may think.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        for (index, statement) in self.statements.iter().enumerate() {
            if !statement.conditions.iter().any(Condition::is_on_task_type) {
                warnings.push(format!(
                    "Warning: statement {} has no condition on odps:TaskType: it applies to every job type (EXC-4)",
                    index + 1
                ));
            }
        }
        warnings
    }

    /// Whether a statement names this principal: what a new account of its name would be excepted by (ACC-11a).
    pub fn names(&self, principal: &Principal) -> bool {
        let named = PrincipalPattern::One(principal.clone());
        self.statements.iter().any(|statement| statement.principals.contains(&named))
    }

    /// Whether a statement lists a table by its new name that it does not list by the old one (ACC-10).
    pub fn lists_anew(&self, old: &str, new: &str) -> bool {
        let lists = |statement: &ExceptionStatement, name: &str| {
            let path = format!("tables/{name}");
            statement.resources.iter().any(|resource| pattern::matches(resource, &path))
        };
        self.statements.iter().any(|statement| lists(statement, new) && !lists(statement, old))
    }

    /// The first moment after `now` at which a condition on the time turns.
    pub fn turns_after(&self, now: Time) -> Option<Time> {
        let conditions = self.statements.iter().flat_map(|statement| &statement.conditions);
        conditions.flat_map(Condition::turns).filter(|moment| *moment > now).min()
    }

    /// The number, from 1, of a statement that lets `object` leave (EXC-5: they are or-ed).
    pub fn excepts(&self, object: &Object, context: &FlowContext<'_>) -> Option<usize> {
        self.statements.iter().position(|statement| statement.matches(object, context)).map(|index| index + 1)
    }
}

impl ExceptionPolicy {
    /// The number of a statement that would let `object` leave if its conditions held: a near miss.
    pub fn nearly_excepts(&self, object: &Object, context: &FlowContext<'_>) -> Option<usize> {
        self.statements.iter().position(|statement| statement.names(object, context)).map(|index| index + 1)
    }
}

impl ExceptionPolicy {
    /// The statements that are about an object, each as a way out. Of conditions only those on the kind of job are held against it:
    /// when and from where someone will come is not known.
    pub(super) fn on(&self, object: &Object) -> Vec<Way> {
        let statements = self.statements.iter().enumerate().filter(|(_, statement)| statement.is_on(object));
        statements.map(|(index, statement)| statement.way_out(index + 1)).collect()
    }
}

impl ExceptionStatement {
    fn way_out(&self, statement: usize) -> Way {
        let named = |principal: &PrincipalPattern| match principal {
            PrincipalPattern::Anyone => None,
            PrincipalPattern::One(principal) => Some(principal.clone()),
        };
        // `*` among others stands for everyone.
        let principals = self.principals.iter().map(named).collect::<Option<Vec<_>>>().unwrap_or_default();
        let on_tasks: Vec<&Condition> =
            self.conditions.iter().filter(|condition| condition.is_on_task_type()).collect();
        let tasks = (!on_tasks.is_empty()).then(|| {
            let all = [JobType::Sql, JobType::Dt, JobType::MapReduce].into_iter();
            all.filter(|job| on_tasks.iter().all(|condition| condition.admits(*job))).collect()
        });
        Way::Excepted { statement, principals, tasks }
    }

    fn matches(&self, object: &Object, context: &FlowContext<'_>) -> bool {
        self.names(object, context) && self.conditions.iter().all(|condition| condition.holds(context))
    }

    /// Whether it is about this object and principal, conditions apart.
    fn names(&self, object: &Object, context: &FlowContext<'_>) -> bool {
        self.is_on(object)
            && self.principals.iter().any(|principal| match principal {
                PrincipalPattern::Anyone => true,
                PrincipalPattern::One(principal) => principal == context.principal,
            })
    }

    /// Whether it is about this object.
    fn is_on(&self, object: &Object) -> bool {
        let (needed, kind): (&[ExceptionAction], &str) = match object.kind {
            ObjectKind::Table | ObjectKind::View => (&[ExceptionAction::Select], "tables"),
            ObjectKind::Resource => (&[ExceptionAction::Read], "resources"),
            ObjectKind::Function => (&[ExceptionAction::Read, ExceptionAction::Execute], "functions"),
            ObjectKind::Instance => (&[ExceptionAction::Read], "instances"),
            ObjectKind::Project | ObjectKind::Package | ObjectKind::Schema => return false,
        };
        let path = format!("{kind}/{}", object.name);
        self.actions.iter().any(|action| needed.contains(action) || *action == ExceptionAction::Any)
            && self.resources.iter().any(|resource| pattern::matches(resource, &path))
    }
}

/// Reads values and knows where in the file they stand.
#[derive(Clone, Copy)]
struct Reader<'a> {
    text: &'a str,
    /// Whether it is about to be set.
    is_new: bool,
}

impl<'a> Reader<'a> {
    /// The position of a raw value: it borrows from the text, so the position is the distance between the two.
    fn span(self, value: &RawValue) -> Span {
        let start = (value.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        Span::new(start, start + value.get().len())
    }

    fn read<T: Deserialize<'a>>(self, json: &'a str, start: usize) -> Result<T> {
        serde_json::from_str(json).map_err(|error| {
            let before: usize = json.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
            let at = start + before + error.column().saturating_sub(1);
            let cause = error.to_string();
            let cause = cause.split(" at line ").next().unwrap_or_default();
            self.wrong(Span::new(at, at + 1), &format!("invalid policy: {}", plain(cause))).help(FORM)
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
                Err(self.wrong(Span::new(start + blank, start + blank + 1), message).help(FORM))
            }
        }
    }

    fn nested<T: Deserialize<'a>>(self, value: &'a RawValue) -> Result<T> {
        self.read(value.get(), self.span(value).start)
    }

    /// A string, or a list of strings, each with its place.
    fn strings(self, value: &'a RawValue, field: &str) -> Result<Vec<(String, Span)>> {
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

    fn statement(self, raw: &'a RawValue, project: &str) -> Result<ExceptionStatement> {
        self.expect_object(raw.get(), self.span(raw).start)?;
        let statement: RawStatement<'_> = self.nested(raw)?;
        let place = Span::new(self.span(raw).start, self.span(raw).start + 1);
        let required = |value: Option<&'a RawValue>, field: &str| value.ok_or_else(|| self.missing(field, place));

        let effect = required(statement.effect, "Effect")?;
        if !effect.get().eq_ignore_ascii_case("\"allow\"") {
            return Err(self.wrong(self.span(effect), "`Effect` must be \"Allow\": an exception only allows (EXC-1)"));
        }
        let principals = self
            .strings(required(statement.principal, "Principal")?, "Principal")?
            .into_iter()
            .map(|(text, span)| self.principal(&text, span))
            .collect::<Result<_>>()?;
        let mut actions = Vec::new();
        for (text, span) in self.strings(required(statement.action, "Action")?, "Action")? {
            for action in text.split(',') {
                actions.push(self.action(action.trim(), span)?);
            }
        }
        let resources = self
            .strings(required(statement.resource, "Resource")?, "Resource")?
            .into_iter()
            .map(|(text, span)| self.resource(&text, span, project))
            .collect::<Result<_>>()?;
        let conditions = match statement.condition {
            Some(condition) => self.conditions(condition)?,
            None => Vec::new(),
        };
        Ok(ExceptionStatement { principals, actions, resources, conditions })
    }

    fn principal(self, text: &str, span: Span) -> Result<PrincipalPattern> {
        if text == "*" {
            return Ok(PrincipalPattern::Anyone);
        }
        Principal::parse(text).map(PrincipalPattern::One).ok_or_else(|| {
            self.wrong(span, &format!("`{text}` is not a principal (EXC-1)"))
                .help("write ALIYUN$<account>, RAM$<account>:<user>, RAM$<account>:role/<role> or *; project roles are not allowed")
        })
    }

    fn action(self, text: &str, span: Span) -> Result<ExceptionAction> {
        match fold(text).as_str() {
            "odps:select" => Ok(ExceptionAction::Select),
            "odps:read" => Ok(ExceptionAction::Read),
            "odps:execute" => Ok(ExceptionAction::Execute),
            "odps:*" => Ok(ExceptionAction::Any),
            _ => Err(self
                .wrong(span, &format!("failed to check policy format: invalid Action value - {text}"))
                .help("an exception supports odps:Select, odps:Read, odps:Execute and odps:* (EXC-2)")),
        }
    }

    /// `acs:odps:*:projects/<p>/tables/<t>` → `tables/<t>`.
    fn resource(self, text: &str, span: Span, project: &str) -> Result<String> {
        let form = format!("acs:odps:*:projects/{project}/{{tables|resources|functions|instances}}/<name>");
        let wrong = |message: String| Err(self.wrong(span, &message).help(format!("write {form}")));
        let folded = fold(text);
        let Some(path) =
            folded.strip_prefix("acs:odps:*:projects/").or_else(|| folded.strip_prefix("acs:odps::projects/"))
        else {
            return wrong(format!("`{text}` is not a resource of a project"));
        };
        let Some((named, rest)) = path.split_once('/') else {
            return wrong(format!("`{text}` does not name an object"));
        };
        if named != project {
            return wrong(format!(
                "`{text}` names project `{named}`; an exception of `{project}` covers its own objects only (EXC-3)"
            ));
        }
        let rest = rest.strip_prefix("schemas/default/").unwrap_or(rest);
        let rest = rest.strip_prefix("registration/").filter(|rest| rest.starts_with("functions/")).unwrap_or(rest);
        let kind = rest.split('/').next().unwrap_or_default();
        let known = ["tables", "resources", "functions", "instances"];
        if !known.iter().any(|known| pattern::matches(kind, known))
            || (!rest.contains('/') && !rest.contains('*'))
            || rest.ends_with('/')
        {
            return wrong(format!("`{text}` does not name a table, resource, function or instance"));
        }
        if self.is_new && !can_match(rest) {
            return wrong(format!(
                "`{}` cannot match anything: no object name has this form (EXC-3)",
                text.escape_debug()
            ));
        }
        Ok(rest.to_owned())
    }

    fn conditions(self, raw: &'a RawValue) -> Result<Vec<Condition>> {
        let operators: Vec<(String, &RawValue)> = self.object(raw, "Condition")?;
        let mut conditions = Vec::new();
        for (operator, keys) in operators {
            for (key, values) in self.object(keys, &operator)? {
                let values = self.strings(values, &key)?;
                let texts = values.iter().map(|(text, _)| text.clone()).collect();
                let span = values.first().map_or(self.span(raw), |(_, span)| *span);
                conditions.push(parse_condition(&operator, &key, texts).map_err(|problem| self.wrong(span, &problem))?);
            }
        }
        if conditions.is_empty() {
            return Err(self
                .wrong(self.span(raw), "`Condition` is empty")
                .help("omit it to apply the exception to every job type"));
        }
        Ok(conditions)
    }

    /// The fields of an object, in order, duplicates refused.
    fn object(self, raw: &'a RawValue, field: &str) -> Result<Vec<(String, &'a RawValue)>> {
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

    fn missing(self, field: &str, span: Span) -> Box<Error> {
        self.wrong(span, &format!("`{field}` is missing"))
            .help("an exception needs Version, and in each Statement Effect, Principal, Action and Resource")
    }

    fn wrong(self, span: Span, message: &str) -> Box<Error> {
        let (line, column) = line_column(self.text, span.start);
        Error::new(Code::Policy, format!("{message} (line {line}, column {column} of the file)"))
    }
}

/// Whether an object can have a path of this pattern: one `/`, and only characters that stand in names (wildcards apart).
pub(super) fn can_match(pattern: &str) -> bool {
    let (kind, name) = pattern.split_once('/').unwrap_or((pattern, ""));
    // Only names of resources have other characters than identifiers.
    let further = if pattern::matches(kind, "resources") { "*?.-" } else { "*?" };
    let in_a_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || further.contains(c);
    kind.chars().chain(name.chars()).all(in_a_name)
}

/// The reader's own words, without its quotes for code.
fn plain(cause: &str) -> String {
    cause
        .replace("EOF", "the end of the file")
        .replace("struct RawStatement", "a statement")
        .replace("struct Document", "a policy")
}

#[cfg(test)]
mod tests;
