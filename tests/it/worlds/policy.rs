//! Policies of projects and roles as values, and the JSON text that is stored of them.

use std::sync::{Arc, OnceLock};

use fastrand::Rng;
use odpsh::model::{Action, Holders, Object, ObjectKind, Principal, TenantResourceKind, Time};
use odpsh::policy::{AccessPolicy, Profile};
use serde_json::{Value, json};

use super::exception::{conditions, conditions_json};
use super::{Condition, Piece, Resource, chance, pick};

/// The policy of a project or of a role.
#[derive(Debug, Clone)]
pub struct Policy {
    said: Said,
    compiled: OnceLock<Compiled>,
    without_allows: OnceLock<Arc<Policy>>,
}

/// What a policy says.
#[derive(Debug, Clone)]
enum Said {
    /// Its statements; there may be none.
    Statements(Vec<PolicyStatement>),
    /// A text that is no policy.
    Unreadable(&'static str),
}

/// A policy's text, and what it is compiled to: once, however often a world is changed elsewhere.
pub type Compiled = (String, Arc<odpsh::error::Result<AccessPolicy>>);

/// One statement of a policy.
#[derive(Debug, Clone)]
pub struct PolicyStatement {
    pub denies: bool,
    /// `None` is `*`. Nobody in the policy of a role.
    pub principals: Vec<Option<Principal>>,
    pub actions: Vec<PolicyAction>,
    /// What follows `acs:odps:*:`, the project included.
    pub resources: Vec<Resource>,
    pub conditions: Vec<Condition>,
    /// The object that it was made for.
    pub about: Object,
    spelling: Spelling,
}

/// What stands behind `odps:`.
#[derive(Debug, Clone)]
pub enum PolicyAction {
    /// A documented name.
    Named(&'static str),
    /// A name with wildcards inside.
    Like(Vec<Piece>),
    /// `*`
    Any,
    All,
}

/// How a statement is written, which changes nothing (POL-1, POL-6, SWI-6).
#[derive(Debug, Clone, Copy)]
struct Spelling {
    capitals: bool,
    /// A list of one as the one.
    plain: bool,
    /// What stands before the path.
    prefix: &'static str,
}

/// Texts that are no policies.
const UNREADABLE: [&str; 5] = [
    "",
    "{",
    r#"{"Version": "1"}"#,
    r#"{"Version": "2", "Statement": []}"#,
    r#"{"Version": "1", "Statement": [{"Effect": "Allow", "Action": "odps:Conjure", "Resource": "*"}]}"#,
];

/// What a random policy is made of.
pub struct Material<'w> {
    pub people: &'w [Principal],
    /// The objects of the project, and some of others.
    pub objects: &'w [Object],
    pub now: Time,
    /// Whether it is the policy of a project.
    pub of_project: bool,
    /// Whether it is the policy of a role of administrator type.
    pub manages: bool,
}

/// The role of administrator type that is not built in.
pub const DESK: &str = "desk";

impl Policy {
    pub fn random(rng: &mut Rng, material: &Material<'_>) -> Self {
        let statements = |rng: &mut Rng, number: usize| -> Vec<PolicyStatement> {
            (0..number).map(|_| PolicyStatement::random(rng, material)).collect()
        };
        match rng.u32(0..100) {
            0..2 => Self::of(Said::Unreadable(pick::<&str>(rng, &UNREADABLE))),
            2..6 => Self::reading(Vec::new()),
            6..14 => {
                // Much that is about little.
                let mut statements = statements(rng, 30);
                let others: Vec<&Object> = material.objects.iter().filter(|object| object.name == "t99").collect();
                for statement in &mut statements {
                    if let Some(other) = others.first().filter(|_| chance(rng, 85)) {
                        statement.resources = vec![Resource(vec![Piece::Text(plain_path(other))])];
                    }
                }
                Self::reading(statements)
            }
            _ => {
                let number = rng.usize(1..5);
                Self::reading(statements(rng, number))
            }
        }
    }

    fn of(said: Said) -> Self {
        Self { said, compiled: OnceLock::new(), without_allows: OnceLock::new() }
    }

    pub(super) fn reading(statements: Vec<PolicyStatement>) -> Self {
        Self::of(Said::Statements(statements))
    }

    /// Its statements; `None` if it cannot be read.
    pub fn read(&self) -> Option<&[PolicyStatement]> {
        match &self.said {
            Said::Statements(statements) => Some(statements),
            Said::Unreadable(_) => None,
        }
    }

    /// Its statements; none of what cannot be read.
    pub fn statements(&self) -> &[PolicyStatement] {
        self.read().unwrap_or_default()
    }

    /// A policy with another statement; what cannot be read stays so.
    pub fn with(policy: Option<&Arc<Self>>, statement: PolicyStatement) -> Arc<Self> {
        match policy {
            Some(policy) if policy.read().is_none() => Arc::clone(policy),
            Some(policy) => Arc::new(Self::reading([policy.statements(), &[statement]].concat())),
            None => Arc::new(Self::reading(vec![statement])),
        }
    }

    /// The same without its Allows.
    pub fn without_allows(&self) -> Arc<Self> {
        let rest = || match self.read() {
            Some(statements) => Self::reading(statements.iter().filter(|one| one.denies).cloned().collect()),
            None => Self::of(self.said.clone()),
        };
        Arc::clone(self.without_allows.get_or_init(|| Arc::new(rest())))
    }

    /// The same without conditions on where a request comes from and which job it is.
    pub fn anywhere(&self) -> Arc<Self> {
        let anywhere = |statement: &PolicyStatement| {
            let mut statement = statement.clone();
            statement.conditions.retain(|condition| matches!(condition, Condition::Time { .. }));
            statement
        };
        Arc::new(match self.read() {
            Some(statements) => Self::reading(statements.iter().map(anywhere).collect()),
            None => Self::of(self.said.clone()),
        })
    }

    /// Its text, and what it is compiled to where it stands.
    pub fn compiled(&self, profile: Profile, project: &str) -> &Compiled {
        self.compiled.get_or_init(|| {
            let text = self.text();
            let compiled = Arc::new(AccessPolicy::parse(&text, profile, project));
            assert_eq!(compiled.is_err(), self.read().is_none(), "{text}: {compiled:?}");
            (text, compiled)
        })
    }

    /// The text of its file.
    pub fn text(&self) -> String {
        match &self.said {
            Said::Statements(statements) => {
                let statements: Vec<Value> = statements.iter().map(PolicyStatement::json).collect();
                json!({ "Version": "1", "Statement": statements }).to_string()
            }
            Said::Unreadable(text) => (*text).to_owned(),
        }
    }
}

impl PolicyStatement {
    /// A statement that often fits something that is asked for.
    fn random(rng: &mut Rng, material: &Material<'_>) -> Self {
        let denies = chance(rng, 45);
        let object = pick(rng, material.objects);
        let manages = material.manages || denies && material.of_project && chance(rng, 30);
        let person = |rng: &mut Rng| (!chance(rng, 25)).then(|| pick(rng, material.people).clone());
        let principals = match material.of_project {
            true => (0..rng.usize(1..4)).map(|_| person(rng)).collect(),
            false => Vec::new(),
        };
        let mut actions: Vec<PolicyAction> =
            (0..rng.usize(1..3)).map(|_| PolicyAction::random(rng, object.kind, denies, manages)).collect();
        let mut resources = vec![path(rng, object, denies, manages)];
        if chance(rng, 30) {
            let other = pick(rng, material.objects);
            resources.push(path(rng, other, denies, manages));
        }
        if material.manages {
            // `All` is about objects.
            actions
                .iter_mut()
                .filter(|action| matches!(action, PolicyAction::All))
                .for_each(|all| *all = PolicyAction::Any);
            if chance(rng, 75) {
                let of_role: [&'static str; 7] =
                    ["GrantRole", "GrantRole", "GrantRole", "GrantRole", "RevokeRole", "DropRole", "PutPolicy"];
                let named = *pick::<&'static str>(rng, &of_role);
                actions = vec![PolicyAction::Named(named)];
                let roles = ["administrator/desk", "administrator/desk", "administrator/desk", "resource/dev"];
                let role = *pick(rng, &roles);
                resources = vec![Resource(vec![Piece::Text(format!(
                    "projects/{}/authorization/roles/{role}",
                    object.project.name
                ))])];
            }
        }
        let spelling = Spelling {
            capitals: chance(rng, 20),
            plain: chance(rng, 50),
            prefix: pick::<&str>(rng, &["acs:odps:*:", "acs:odps::", "acs:odps:cn-hangzhou:"]),
        };
        let conditions = if chance(rng, 45) { conditions(rng, material.now, 40, 40) } else { Vec::new() };
        Self { denies, principals, actions, resources, conditions, about: object.clone(), spelling }
    }

    /// One for everyone, in the policy of a project: a Deny or an Allow of an action on an object; of what only wildcards stand for, of
    /// everything.
    pub fn plain(denies: bool, action: Action, object: &Object) -> Self {
        let hidden = [Action::ChangeOwner, Action::Undrop, Action::GrantDownload, Action::PurgePrivs, Action::All];
        let is_of_tenant = action.holders() == Holders::Tenant;
        let wide = hidden.contains(&action) || action.is_management() || is_of_tenant;
        let (named, resource) = match wide {
            true => (PolicyAction::Any, vec![Piece::Any]),
            false => (PolicyAction::Named(action.service_name()), vec![Piece::Text(plain_path(object))]),
        };
        Self {
            denies,
            principals: vec![None],
            actions: vec![named],
            resources: vec![Resource(resource)],
            conditions: Vec::new(),
            about: object.clone(),
            spelling: Spelling { capitals: false, plain: true, prefix: "acs:odps:*:" },
        }
    }

    /// One about tenant resources of a kind: for a principal, which then denies, or for the holders of a role.
    pub fn on_resource(
        rng: &mut Rng,
        (action, kind, names): (&'static str, TenantResourceKind, &[&str]),
        about: &Object,
        principal: Option<Principal>,
    ) -> Self {
        let denies = principal.is_some() || chance(rng, 22);
        let action = match rng.u32(0..10) {
            0 => PolicyAction::Any,
            1 => PolicyAction::All,
            2 => PolicyAction::Like(vec![Piece::Text(action.split_at(2).0.to_owned()), Piece::Any]),
            _ => PolicyAction::Named(action),
        };
        Self {
            denies,
            principals: principal.into_iter().map(Some).collect(),
            actions: vec![action],
            resources: vec![super::tenant_resource::pattern(rng, kind, names)],
            conditions: Vec::new(),
            about: about.clone(),
            spelling: Spelling { capitals: chance(rng, 20), plain: chance(rng, 50), prefix: "acs:odps:*:" },
        }
    }

    fn json(&self) -> Value {
        let Spelling { capitals, plain, prefix } = self.spelling;
        let cased = |text: String| if capitals { text.to_uppercase() } else { text };
        let list = |texts: Vec<String>| match texts.as_slice() {
            [one] if plain => json!(one),
            _ => json!(texts),
        };
        let resource = |resource: &Resource| match resource.0.as_slice() {
            [Piece::Any] => "*".to_owned(),
            _ => cased(format!("{prefix}{}", resource.text())),
        };
        let mut fields = json!({
            "Effect": cased(if self.denies { "Deny" } else { "Allow" }.to_owned()),
            "Action": list(self.actions.iter().map(|action| cased(format!("odps:{}", action.text()))).collect()),
            "Resource": list(self.resources.iter().map(resource).collect()),
        });
        if !self.principals.is_empty() {
            let name = |one: &Option<Principal>| one.as_ref().map_or("*".to_owned(), ToString::to_string);
            fields["Principal"] = list(self.principals.iter().map(name).collect());
        }
        if !self.conditions.is_empty() {
            fields["Condition"] = conditions_json(&self.conditions);
        }
        fields
    }
}

impl PolicyAction {
    fn random(rng: &mut Rng, kind: ObjectKind, denies: bool, manages: bool) -> Self {
        let names = if manages { management_names(kind) } else { object_names(kind) };
        let name = *pick(rng, names);
        match rng.u32(0..100) {
            0..60 => Self::Named(name),
            60..68 => Self::All,
            68..80 => Self::Any,
            // In an Allow a wildcard never stands for Download: alone it would stand for nothing.
            _ if name == "Download" && !denies => Self::Named(name),
            _ => {
                let cut = rng.usize(1..name.len());
                let text = |text: &str| Piece::Text(text.to_owned());
                let ((start, end), (_, last)) = (name.split_at(cut), name.split_at(name.len() - 1));
                Self::Like(match rng.u32(0..3) {
                    0 => vec![text(start), Piece::Any],
                    1 => vec![Piece::Any, text(end)],
                    _ => vec![text(start), Piece::Any, text(last)],
                })
            }
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Named(name) => (*name).to_owned(),
            Self::Like(pieces) => Resource(pieces.clone()).text(),
            Self::Any => "*".to_owned(),
            Self::All => "All".to_owned(),
        }
    }
}

/// Names of actions on objects of a kind; what is asked for most comes more often.
fn object_names(kind: ObjectKind) -> &'static [&'static str] {
    match kind {
        ObjectKind::Table | ObjectKind::View => {
            &["Select", "Select", "Select", "Describe", "Update", "Alter", "Drop", "ShowHistory", "Download"]
        }
        ObjectKind::Resource | ObjectKind::Instance => &["Read", "Read", "Write", "Download"],
        ObjectKind::Function => &["Execute", "Execute", "Read", "Write", "Delete", "Download"],
        ObjectKind::Package => &["Read"],
        ObjectKind::Project => &["CreateInstance", "CreateTable", "CreateFunction", "List", "CreateVolume"],
        ObjectKind::Schema => &["CreateTable", "CreateFunction", "List", "CreateResource"],
    }
}

/// Names of management: on an object, and of its project.
fn management_names(kind: ObjectKind) -> &'static [&'static str] {
    match kind {
        ObjectKind::Project | ObjectKind::Schema => &[
            "GetSecurityConfiguration",
            "SetProperty",
            "PutPolicy",
            "GetPolicy",
            "AddTrustedProjects",
            "ListTrustedProjects",
            "AddAccountProvider",
            "AddUser",
            "RemoveUser",
            "ListUsers",
            "CreateRole",
            "DropRole",
            "GrantRole",
            "ListRoles",
            "RevokePrivs",
            "CreatePackage",
            "ShowPackages",
            "InstallPackage",
        ],
        _ => &["GrantPrivs", "GrantPrivs", "RevokePrivs", "ShowAclGrants"],
    }
}

/// Where the objects of a kind are, in a documented form.
fn folder(rng: &mut Rng, object: &Object) -> String {
    let own = in_schema(object);
    let schema = match object.kind {
        ObjectKind::Project | ObjectKind::Package | ObjectKind::Schema => "",
        _ if object.schema.is_default() => *pick(rng, &["", "", "schemas/default/"]),
        // Without it, or in another one, it is another object.
        _ => *pick(rng, &[&own, &own, &own, "", "schemas/default/"]),
    };
    let folder = match object.kind {
        ObjectKind::Project => "",
        ObjectKind::Table | ObjectKind::View => "tables/",
        ObjectKind::Resource => "resources/",
        ObjectKind::Function => *pick(rng, &["functions/", "registration/functions/"]),
        ObjectKind::Instance => "instances/",
        ObjectKind::Package => "packages/",
        ObjectKind::Schema => "schemas/",
    };
    format!("{schema}{folder}")
}

/// What stands before the folder of what is in a schema besides `default`.
fn in_schema(object: &Object) -> String {
    if object.schema.is_default() { String::new() } else { format!("schemas/{}/", object.schema) }
}

/// The path of an object in the form that is written most.
fn plain_path(object: &Object) -> String {
    let project = format!("projects/{}", object.project.name);
    let folder = match object.kind {
        ObjectKind::Project => return project,
        ObjectKind::Table | ObjectKind::View => "tables",
        ObjectKind::Resource => "resources",
        ObjectKind::Function => "functions",
        ObjectKind::Instance => "instances",
        ObjectKind::Package => "packages",
        ObjectKind::Schema => "schemas",
    };
    format!("{project}/{}{folder}/{}", in_schema(object), object.name)
}

/// A pattern that fits the object, or nearly; one that denies is mostly narrow.
fn path(rng: &mut Rng, object: &Object, denies: bool, manages: bool) -> Resource {
    use Piece::{Any, One, Text};
    let text = |text: String| Text(text);
    let project = format!("projects/{}", object.project.name);
    if manages {
        return Resource(match (rng.u32(0..10), object.kind) {
            (0..2, _) => vec![text(format!("{project}/authorization/")), Any],
            (2, _) => vec![text(project.clone()), Any],
            (3..7, ObjectKind::Project | ObjectKind::Schema) => {
                let places = ["", "/users", "/roles", "/roles/resource/dev", "/packages", "/configurations/policy"];
                vec![text(format!("{project}/authorization{}", pick(rng, &places)))]
            }
            (3..10, ObjectKind::Project | ObjectKind::Schema) => {
                let part = pick(rng, &["/authorization/roles/", "/authorization/c", "/authorization/packages"]);
                vec![text(format!("{project}{part}")), Any]
            }
            _ => {
                let acl = *pick(rng, &["", "acl/"]);
                vec![text(format!("{project}/authorization/{acl}{}{}", folder(rng, object), object.name))]
            }
        });
    }
    let narrow = if denies { 14 } else { 9 };
    if object.kind == ObjectKind::Project {
        return Resource(match rng.u32(0..narrow) {
            0 => vec![text("projects/".to_owned()), Any],
            1 => vec![Any],
            2 => vec![text(format!("{project}/")), Any],
            3 => vec![text(format!("{project}/schemas/default"))],
            _ => vec![text(project)],
        });
    }
    let folder = folder(rng, object);
    let (name, first) = (object.name.clone(), object.name.chars().take(1).collect::<String>());
    Resource(match rng.u32(0..narrow) {
        0 => vec![text(format!("{project}/")), Any],
        1 => vec![text(format!("{project}/{folder}")), Any],
        2 => vec![text(format!("{project}/{folder}{first}")), One],
        3 if chance(rng, 30) => vec![Any],
        3 => vec![text(project), Any, text(format!("/{name}"))],
        4 => vec![text("projects/prj_".to_owned()), One, text(format!("/{folder}{name}"))],
        5 => vec![text(format!("{project}/")), Any, text("/".to_owned()), Any],
        _ => vec![text(format!("{project}/{folder}{name}"))],
    })
}
