use crate::model::{ObjectKind, Principal, TenantRight};
use crate::security::{
    Access, Columns, Decision, Flow, LocationUse, NamedBy, Request, Requirement, ResourceAccess, Rights, Usage, Verdict,
};

/// What a transcript can inspect of a statement beside its output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// What it asks for.
    Access,
    /// Which data would go where.
    Flows,
    /// How it is decided, by which rules and facts.
    Why,
}

impl Stage {
    /// Every stage.
    pub const ALL: [Stage; 3] = [Self::Access, Self::Flows, Self::Why];

    /// The word behind `--?`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Flows => "flows",
            Self::Why => "why",
        }
    }

    /// The stage of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == name)
    }

    /// What it shows of a decided statement: at least one line. Nothing is hidden from any caller.
    pub fn lines(self, request: &Request, decision: &Decision) -> Vec<String> {
        let lines = match self {
            Self::Access => accesses(request),
            Self::Flows => flows(request),
            Self::Why => why(request, decision),
        };
        if lines.is_empty() { vec!["nothing".to_owned()] } else { lines }
    }
}

fn accesses(request: &Request) -> Vec<String> {
    let mut lines: Vec<String> =
        request.requirements.iter().map(|requirement| required(requirement, &request.principal)).collect();
    for part in &request.parts {
        let to_show = |access: &Access| format!("to show values of {}: {}", part.of, asked(access, &request.principal));
        lines.extend(part.accesses.iter().map(to_show));
    }
    lines
}

fn required(requirement: &Requirement, caller: &Principal) -> String {
    match requirement {
        Requirement::None(reason) => format!("anyone may: {reason}"),
        Requirement::Member(reason) => format!("every member may: {reason}"),
        Requirement::Access(access) => asked(access, caller),
        Requirement::GrantTo { project, grantee } => {
            format!("{grantee} may receive it in project {}", project.name)
        }
        Requirement::AllowTo { .. } => "those whom the policy names may be allowed it".to_owned(),
        Requirement::Tenant(TenantRight::Manage) => format!("{caller} manages the tenant {}", caller.account()),
        Requirement::Tenant(TenantRight::Information) => {
            format!("{caller} reads information_schema of the tenant {}", caller.account())
        }
        Requirement::Tenant(TenantRight::Resources) => {
            format!("{caller} sets what projects of the tenant {} use", caller.account())
        }
        Requirement::Tenant(TenantRight::Keys) => format!("{caller} manages the keys of {}", caller.account()),
        Requirement::Tenant(TenantRight::Lead) => format!("{caller} leads the tenant {}", caller.account()),
        Requirement::TenantProject(project) => format!("project {} belongs to {}", project.name, caller.account()),
        Requirement::Join { project, user } => format!("{caller} may add {user} to project {}", project.name),
        Requirement::Act(ResourceAccess { act, resource }) => {
            format!("{caller}: {} on {resource}", act.name(resource.kind))
        }
        Requirement::Usage(Usage { resource, project, named_by }) => match named_by {
            NamedBy::Managers => format!("project {}: {resource}, which its managers chose", project.name),
            NamedBy::Rights(rights) => {
                format!("{}: Usage on {resource} in project {}", whose(rights, caller), project.name)
            }
        },
        Requirement::Location(LocationUse { location, project, rights }) => {
            format!("{}: location {location} in project {}", whose(rights, caller), project.name)
        }
        Requirement::Unbound { holder, .. } => format!("{holder} denies nothing to {caller}"),
    }
}

fn asked(access: &Access, caller: &Principal) -> String {
    let columns = match &access.columns {
        Columns::Whole => String::new(),
        Columns::Read(columns) if columns.is_empty() => " (no column)".to_owned(),
        Columns::Read(columns) => {
            let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
            format!(" ({})", columns.join(", "))
        }
    };
    format!("{}{columns} on {}, as {}", access.action, access.object, whose(&access.rights, caller))
}

fn whose(rights: &Rights, caller: &Principal) -> String {
    match rights {
        Rights::Invoker => caller.to_string(),
        Rights::Definer { owner, view } => {
            let role = match view.kind {
                ObjectKind::View => "owner",
                _ => "maker",
            };
            match owner {
                Some(owner) => format!("{owner}, {role} of {view}"),
                None => format!("the {role} of {view}, whose account no longer exists"),
            }
        }
    }
}

fn flows(request: &Request) -> Vec<String> {
    let mut lines: Vec<String> = request.flows.iter().map(moved).collect();
    for part in &request.parts {
        lines.extend(part.flows.iter().map(|flow| format!("to show values of {}: {}", part.of, moved(flow))));
    }
    lines
}

fn moved(flow: &Flow) -> String {
    let through: Vec<String> = flow.through.iter().map(ToString::to_string).collect();
    let through = if through.is_empty() { String::new() } else { format!(", through {}", through.join(", ")) };
    format!("{} to {}{through}", flow.source, flow.destination)
}

fn why(request: &Request, decision: &Decision) -> Vec<String> {
    let mut lines: Vec<String> = decision.whole_explanation(request).iter().map(ToString::to_string).collect();
    lines.push(match decision.verdict() {
        Verdict::Allowed { row_limit: Some(rows), .. } => format!("allowed, at most {rows} rows"),
        Verdict::Allowed { .. } => "allowed".to_owned(),
        Verdict::Denied(denial) => format!("denied by {}: {}", denial.rule, denial.rule.sentence()),
    });
    lines
}
