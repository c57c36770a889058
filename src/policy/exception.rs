//! The exception policy of a protected project: what may leave all the same (EXC-1 to EXC-8).

use serde_json::value::RawValue;

use super::condition::Condition;
use super::condition_key::Keys;
use super::context::RequestContext;
use super::document::{Form, RawStatement, Reader};
use super::effect::Effect;
use super::fields;
use super::pattern;
use super::principal::PrincipalPattern;
use super::warned::WITHOUT_SCHEMA;
use crate::error::Result;
use crate::model::{JobType, Object, ObjectKind, Principal, SchemaName, Time};
use crate::text::Span;

/// What the file of an exception looks like.
const FORM: Form = Form {
    example: "a policy is JSON: {\"Version\": \"1\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": …, \"Action\": …, \"Resource\": …}]}",
    needs: "an exception needs Version, and in each Statement Effect, Principal, Action and Resource",
    no_condition: "omit it to apply the exception to every job type",
    is_file: true,
};

/// What may leave a protected project all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceptionPolicy {
    statements: Vec<ExceptionStatement>,
}

/// A statement that is about an object and a principal, and whose conditions do not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NearMiss {
    /// The statement's number, from 1.
    pub statement: usize,
    /// Whether only conditions on the job type fail.
    pub by_task: bool,
}

/// Whom one statement lets take an object out, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exempted {
    /// The statement's number, from 1.
    pub statement: usize,
    /// The principals it names; empty for everyone.
    pub principals: Vec<Principal>,
    /// By which kinds of job; none if by all.
    pub tasks: Option<Vec<JobType>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct ExceptionStatement {
    principals: Vec<PrincipalPattern>,
    actions: Vec<ExceptionAction>,
    /// Patterns of `tables/t`, without the project.
    resources: Vec<String>,
    /// Whether a resource of what schemas hold was written without its schema.
    names_no_schema: bool,
    conditions: Vec<Condition>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ExceptionAction {
    Select,
    Read,
    Execute,
    Any,
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
    /// [`crate::error::Code::Policy`], with line and column of the file, if the text is not JSON or not an exception policy of this project.
    pub fn parse(text: &str, project: &str) -> Result<Self> {
        Self::read(text, project, false)
    }

    fn read(text: &str, project: &str, is_new: bool) -> Result<Self> {
        let reader = Reader::new(text, FORM);
        let profile = Profile { reader, project, is_new };
        let statements = reader.statements()?;
        if statements.list.is_empty() {
            return Err(reader.wrong(statements.span, "`Statement` is empty: the policy would have no effect"));
        }
        let statements =
            statements.list.iter().map(|(raw, place)| profile.statement(raw, *place)).collect::<Result<_>>()?;
        Ok(Self { statements })
    }

    /// Warnings about what the policy opens wider than its author may think.
    ///
    /// `has_schemas`: whether the project has schemas besides `default`.
    pub fn warnings(&self, has_schemas: bool) -> Vec<String> {
        let mut warnings = Vec::new();
        for (index, statement) in self.statements.iter().enumerate() {
            if !statement.conditions.iter().any(Condition::is_on_task_type) {
                warnings.push(format!(
                    "Warning: statement {} has no condition on odps:TaskType: it applies to every job type (EXC-4)",
                    index + 1
                ));
            }
            if has_schemas && statement.names_no_schema {
                warnings.push(format!("Warning: statement {}: {WITHOUT_SCHEMA} (EXC-3)", index + 1));
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
    pub fn lists_anew(&self, table: &Object, new: &str) -> bool {
        let renamed = Object { name: new.into(), ..table.clone() };
        self.statements.iter().any(|statement| statement.lists(&renamed) && !statement.lists(table))
    }

    /// The first moment after `now` at which a condition on the time turns.
    pub fn turns_after(&self, now: Time) -> Option<Time> {
        let conditions = self.statements.iter().flat_map(|statement| &statement.conditions);
        conditions.flat_map(Condition::turns).filter(|moment| *moment > now).min()
    }

    /// The number, from 1, of a statement that lets `object` leave (EXC-5: they are or-ed).
    pub fn excepts(&self, object: &Object, context: &RequestContext<'_>) -> Option<usize> {
        self.statements.iter().position(|statement| statement.matches(object, context)).map(|index| index + 1)
    }
}

impl ExceptionPolicy {
    /// A statement that would let `object` leave if its conditions held.
    pub fn nearly_excepts(&self, object: &Object, context: &RequestContext<'_>) -> Option<NearMiss> {
        let place = self.statements.iter().position(|statement| statement.names(object, context))?;
        let fails = |condition: &&Condition| !condition.holds(Effect::Allow, context, None);
        let mut failing = self.statements.get(place)?.conditions.iter().filter(fails);
        Some(NearMiss { statement: place + 1, by_task: failing.all(Condition::is_on_task_type) })
    }
}

impl ExceptionPolicy {
    /// The statements that are about an object. Of conditions only those on the kind of job are held against it:
    /// when and from where someone will come is not known.
    pub fn on(&self, object: &Object) -> Vec<Exempted> {
        let statements = self.statements.iter().enumerate().filter(|(_, statement)| statement.is_on(object));
        statements.map(|(index, statement)| statement.exempted(index + 1)).collect()
    }
}

impl ExceptionStatement {
    fn exempted(&self, statement: usize) -> Exempted {
        // `*` among others stands for everyone.
        let principals = self
            .principals
            .iter()
            .map(|principal| principal.named().cloned())
            .collect::<Option<Vec<_>>>()
            .unwrap_or_default();
        let on_tasks: Vec<&Condition> =
            self.conditions.iter().filter(|condition| condition.is_on_task_type()).collect();
        let tasks = (!on_tasks.is_empty()).then(|| {
            let all = [JobType::Sql, JobType::Dt, JobType::MapReduce].into_iter();
            all.filter(|job| on_tasks.iter().all(|condition| condition.admits(*job))).collect()
        });
        Exempted { statement, principals, tasks }
    }

    fn matches(&self, object: &Object, context: &RequestContext<'_>) -> bool {
        self.names(object, context)
            && self.conditions.iter().all(|condition| condition.holds(Effect::Allow, context, None))
    }

    /// Whether it is about this object and principal, conditions apart.
    fn names(&self, object: &Object, context: &RequestContext<'_>) -> bool {
        self.is_on(object)
            && self.principals.iter().any(|principal| match principal {
                PrincipalPattern::Anyone => true,
                PrincipalPattern::One(principal) => principal == context.principal,
            })
    }

    /// Whether it is about this object.
    fn is_on(&self, object: &Object) -> bool {
        read_by(object.kind).is_some_and(|(_, needed)| self.has_one_of(needed)) && self.lists(object)
    }

    /// Whether one of its resources names this object, in one of its forms (SCH-1).
    fn lists(&self, object: &Object) -> bool {
        let Some((kind, _)) = read_by(object.kind) else { return false };
        let path = format!("schemas/{}/{kind}/{}", object.schema, object.name);
        let short = object.schema.is_default().then(|| format!("{kind}/{}", object.name));
        let matches = |resource: &String| {
            pattern::matches(resource, &path) || short.as_ref().is_some_and(|short| pattern::matches(resource, short))
        };
        self.resources.iter().any(matches)
    }

    fn has_one_of(&self, needed: &[ExceptionAction]) -> bool {
        self.actions.iter().any(|action| needed.contains(action) || *action == ExceptionAction::Any)
    }
}

/// Whether one of the actions reads a kind of object that a resource, without the project, can name.
fn reads(actions: &[ExceptionAction], resource: &str) -> bool {
    let named = in_its_schema(resource).1.split('/').next().unwrap_or_default();
    let is_read = |needed: &[ExceptionAction]| {
        actions.iter().any(|action| needed.contains(action) || *action == ExceptionAction::Any)
    };
    ObjectKind::ALL
        .into_iter()
        .filter_map(read_by)
        .any(|(kind, needed)| pattern::matches(named, kind) && is_read(needed))
}

/// How a policy calls objects of a kind, and the actions that take data out of them (EXC-2); nothing for kinds without data.
fn read_by(kind: ObjectKind) -> Option<(&'static str, &'static [ExceptionAction])> {
    match kind {
        ObjectKind::Table | ObjectKind::View => Some(("tables", &[ExceptionAction::Select])),
        ObjectKind::Resource => Some(("resources", &[ExceptionAction::Read])),
        ObjectKind::Function => Some(("functions", &[ExceptionAction::Read, ExceptionAction::Execute])),
        ObjectKind::Instance => Some(("instances", &[ExceptionAction::Read])),
        ObjectKind::Project | ObjectKind::Package | ObjectKind::Schema => None,
    }
}

/// Reads the statements of an exception policy.
#[derive(Clone, Copy)]
struct Profile<'a> {
    reader: Reader<'a>,
    project: &'a str,
    /// Whether it is about to be set.
    is_new: bool,
}

impl<'a> Profile<'a> {
    fn statement(self, raw: &RawStatement<'a>, place: Span) -> Result<ExceptionStatement> {
        let reader = self.reader;
        let required = |value: Option<&'a RawValue>, field: &str| value.ok_or_else(|| reader.missing(field, place));

        let effect = required(raw.effect, "Effect")?;
        if !effect.get().eq_ignore_ascii_case("\"allow\"") {
            return Err(self
                .reader
                .wrong(self.reader.span(effect), "`Effect` must be \"Allow\": an exception only allows (EXC-1)"));
        }
        let principals = reader
            .strings(required(raw.principal, "Principal")?, "Principal")?
            .into_iter()
            .map(|(text, span)| self.principal(&text, span))
            .collect::<Result<_>>()?;
        let actions = fields::actions(reader, required(raw.action, "Action")?)?
            .into_iter()
            .map(|(text, span)| self.action(&text, span))
            .collect::<Result<Vec<_>>>()?;
        let written = reader.strings(required(raw.resource, "Resource")?, "Resource")?;
        let names_no_schema = written.iter().any(|(text, _)| names_no_schema(text));
        let resources =
            written.into_iter().map(|(text, span)| self.resource(&text, &actions, span)).collect::<Result<_>>()?;
        // Exceptions have always read `null` as a condition that is left out.
        let conditions = match raw.condition.filter(|condition| condition.get() != "null") {
            Some(condition) => fields::conditions(reader, condition, Keys::Exception)?,
            None => Vec::new(),
        };
        Ok(ExceptionStatement { principals, actions, resources, names_no_schema, conditions })
    }

    fn principal(self, text: &str, span: Span) -> Result<PrincipalPattern> {
        PrincipalPattern::parse(text).ok_or_else(|| {
            self.reader.wrong(span, &format!("`{text}` is not a principal (EXC-1)"))
                .help("write ALIYUN$<account>, RAM$<account>:<user>, RAM$<account>:role/<role> or *; project roles are not allowed")
        })
    }

    fn action(self, text: &str, span: Span) -> Result<ExceptionAction> {
        match text.to_ascii_lowercase().as_str() {
            "odps:select" => Ok(ExceptionAction::Select),
            "odps:read" => Ok(ExceptionAction::Read),
            "odps:execute" => Ok(ExceptionAction::Execute),
            "odps:*" => Ok(ExceptionAction::Any),
            _ => Err(self
                .reader
                .wrong(span, &format!("failed to check policy format: invalid Action value - {text}"))
                .help("an exception supports odps:Select, odps:Read, odps:Execute and odps:* (EXC-2)")),
        }
    }

    /// `acs:odps:*:projects/<p>/tables/<t>` → `tables/<t>`; what is in the schema `default` loses it.
    fn resource(self, text: &str, actions: &[ExceptionAction], span: Span) -> Result<String> {
        let project = self.project;
        let form =
            format!("acs:odps:*:projects/{project}/[schemas/<schema>/]{{tables|resources|functions|instances}}/<name>");
        let wrong = |message: String| Err(self.reader.wrong(span, &message).help(format!("write {form}")));
        // Names are ASCII: no other character is one of them in another case.
        let folded = text.to_ascii_lowercase();
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
        let (schema, rest) = in_its_schema(rest);
        let schema = schema.filter(|schema| *schema != SchemaName::DEFAULT);
        let rest = rest.strip_prefix("registration/").filter(|rest| rest.starts_with("functions/")).unwrap_or(rest);
        let kind = rest.split('/').next().unwrap_or_default();
        let known = ["tables", "resources", "functions", "instances"];
        if !known.iter().any(|known| pattern::matches(kind, known))
            || (!rest.contains('/') && !rest.contains('*'))
            || rest.ends_with('/')
        {
            return wrong(format!("`{text}` does not name a table, resource, function or instance"));
        }
        if self.is_new && !(can_match(rest) && schema.is_none_or(can_be_schema)) {
            return wrong(format!(
                "`{}` cannot match anything: no object name has this form (EXC-3)",
                text.escape_debug()
            ));
        }
        if self.is_new && !reads(actions, rest) {
            let message =
                format!("no action of the statement reads what `{text}` names: it would except nothing (EXC-2)");
            return Err(self.reader.wrong(span, &message).help(
                "tables and views are read by odps:Select, resources and instances by odps:Read, functions by odps:Read and odps:Execute",
            ));
        }
        Ok(schema.map_or_else(|| rest.to_owned(), |schema| format!("schemas/{schema}/{rest}")))
    }
}

/// The pattern of a schema that a resource, without the project, is limited to, and the rest.
fn in_its_schema(resource: &str) -> (Option<&str>, &str) {
    match resource.strip_prefix("schemas/").and_then(|resource| resource.split_once('/')) {
        Some((schema, rest)) => (Some(schema), rest),
        None => (None, resource),
    }
}

/// Whether a resource is of what schemas hold, and names no schema.
fn names_no_schema(resource: &str) -> bool {
    let path = resource.split_once(":projects/").and_then(|(_, path)| path.split_once('/'));
    let kind = path.and_then(|(_, inside)| inside.split('/').next()).unwrap_or_default();
    ["tables", "resources", "functions", "registration"].iter().any(|known| kind.eq_ignore_ascii_case(known))
}

/// Whether a schema can have a name of this pattern.
fn can_be_schema(pattern: &str) -> bool {
    !pattern.is_empty() && pattern.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || matches!(c, '*' | '?'))
}

/// Whether an object can have a path of this pattern: one `/`, and only characters that stand in names (wildcards apart).
pub(super) fn can_match(pattern: &str) -> bool {
    let (kind, name) = pattern.split_once('/').unwrap_or((pattern, ""));
    // Only names of resources have other characters than identifiers.
    let further = if pattern::matches(kind, "resources") { "*?.-" } else { "*?" };
    let in_a_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || further.contains(c);
    kind.chars().chain(name.chars()).all(in_a_name)
}

#[cfg(test)]
mod tests;
