use std::fmt;

use super::{Action, Principal};

/// The kinds of tenant resources (TRS-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TenantResourceKind {
    /// What jobs may take of the service.
    Quota,
    /// A way into a network.
    NetworkLink,
    /// An external data source.
    ForeignServer,
    /// An image that user code runs in.
    Image,
}

impl TenantResourceKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Quota, Self::NetworkLink, Self::ForeignServer, Self::Image];

    /// How commands and lists call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Quota => "quota",
            Self::NetworkLink => "networklink",
            Self::ForeignServer => "foreignserver",
            Self::Image => "image",
        }
    }

    /// How messages call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Quota => "quota",
            Self::NetworkLink => "network connection",
            Self::ForeignServer => "external data source",
            Self::Image => "image",
        }
    }

    /// The kind of this name, in any case.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name))
    }

    /// The action that makes one. Source: the service's SDK for quotas and network connections; the others are chosen alike.
    pub fn making(self) -> Action {
        match self {
            Self::Quota => Action::CreateQuota,
            Self::NetworkLink => Action::CreateNetworkLink,
            Self::ForeignServer => Action::CreateForeignServer,
            Self::Image => Action::CreateImage,
        }
    }

    /// The folders of its URI; the first is how messages write it (POL-6).
    pub fn folders(self) -> &'static [&'static str] {
        match self {
            Self::Quota => &["quotas"],
            Self::NetworkLink => &["networklinks", "networklink"],
            Self::ForeignServer => &["foreignservers", "servers"],
            Self::Image => &["images", "image"],
        }
    }

    /// The flag by which a session names one; none of what only definitions name (TRS-4).
    pub const fn flag(self) -> Option<&'static str> {
        match self {
            Self::Quota => Some("odps.task.wlm.quota"),
            Self::NetworkLink => Some("odps.session.networklink"),
            Self::ForeignServer => None,
            Self::Image => Some("odps.session.image"),
        }
    }
}

/// What of a tenant resource is asked for, besides its use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ResourceAct {
    /// To make one.
    Create,
    /// To see its name in a list.
    List,
    /// To see where it is mounted.
    Describe,
    /// To remove it.
    Drop,
    /// To let a project use it, or no longer (TRS-1).
    Mount,
}

impl ResourceAct {
    /// The action by which a tenant role gives it; none of mounting, which no role gives.
    pub fn action(self, kind: TenantResourceKind) -> Option<Action> {
        match self {
            Self::Create => Some(kind.making()),
            Self::List => Some(Action::List),
            Self::Describe => Some(Action::Describe),
            Self::Drop => Some(Action::Drop),
            Self::Mount => None,
        }
    }

    /// What messages call it. Source for mounting: the service's RAM permissions.
    pub fn name(self, kind: TenantResourceKind) -> &'static str {
        self.action(kind).map_or("UpdateTenantObjectBindings", Action::service_name)
    }
}

/// A tenant resource, or one that a name does not find: judged alike, so that a refusal does not tell whether it exists (TRS-5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantResource {
    /// What it is.
    pub kind: TenantResourceKind,
    /// The account that the tenant is.
    pub tenant: Principal,
    /// Name, folded.
    pub name: String,
    /// Its number; `None` if it is not there.
    pub id: Option<i64>,
    /// Who made it; nobody if that account is gone.
    pub creator: Option<Principal>,
    /// The network connection that an external data source goes through.
    pub connection: Option<Box<TenantResource>>,
}

impl TenantResource {
    /// Stands in for one that is not there.
    pub fn unknown(kind: TenantResourceKind, tenant: &Principal, name: &str) -> Self {
        Self { kind, tenant: tenant.account(), name: name.to_owned(), id: None, creator: None, connection: None }
    }

    /// The path in messages: `quotas/<name>`.
    pub fn path(&self) -> String {
        format!("{}/{}", self.kind.folders().first().unwrap_or(&""), self.name)
    }

    /// The path with the name of its tenant, as audit records have it.
    pub fn whole_path(&self) -> String {
        format!("tenants/{}/{}", self.tenant, self.path())
    }

    /// Every form of its URI, without `acs:odps:*:`. The region is not looked at: a state is one region, which has no name.
    pub fn uris(&self) -> Vec<String> {
        let own = self.kind.folders().iter().map(|folder| format!("{folder}/{}", self.name));
        own.flat_map(|path| [path.clone(), format!("regions/-/{path}")]).collect()
    }

    /// Whether a tenant resource can have this name.
    pub fn is_name(name: &str) -> bool {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let first = name.chars().next();
        let is_word = name.eq_ignore_ascii_case("none") || name.eq_ignore_ascii_case("default");
        first.is_some_and(|c| c.is_ascii_alphanumeric())
            && name.len() <= 128
            && name.chars().all(is_part)
            && !name.contains("--")
            && !is_word
    }
}

impl fmt::Display for TenantResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.title(), self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_letters_digits_underscores_and_hyphens() {
        for name in ["500cu", "q", "my-quota_1", &"a".repeat(128)] {
            assert!(TenantResource::is_name(name), "{name}");
        }
        for name in ["", "none", "Default", "a--b", "-q", "_q", "a.b", "a/b", "a*", "ä", "a b", &"a".repeat(129)] {
            assert!(!TenantResource::is_name(name), "{name}");
        }
    }
}
