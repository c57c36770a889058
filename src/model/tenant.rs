use std::fmt;

use super::RoleName;

/// What a tenant user is by a built-in role of the tenant; it counts in every project of the tenant (TNT-2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantRank {
    /// Like Super_Administrator in each project.
    SuperAdministrator,
    /// Like Admin in each project.
    Admin,
}

impl TenantRank {
    /// The rank of whoever holds these roles: the higher one.
    pub fn of(roles: &[RoleName]) -> Option<Self> {
        let holds = |name: &str| roles.iter().any(|role| role.as_str() == name);
        match () {
            () if holds(RoleName::SUPER_ADMINISTRATOR) => Some(Self::SuperAdministrator),
            () if holds(RoleName::ADMIN) => Some(Self::Admin),
            () => None,
        }
    }

    /// The role that gives it, in the tenant and, as what it counts there, in each project.
    pub fn role(self) -> RoleName {
        RoleName::new(match self {
            Self::SuperAdministrator => RoleName::SUPER_ADMINISTRATOR,
            Self::Admin => RoleName::ADMIN,
        })
    }
}

impl fmt::Display for TenantRank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SuperAdministrator => "Super_Administrator",
            Self::Admin => "Admin",
        })
    }
}

/// What a statement about a tenant takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantRight {
    /// Managing tenant users and custom tenant roles: the account, the tenant's Super_Administrator and Admin.
    Manage,
    /// Giving and taking the built-in roles, and giving Download: the account and the tenant's Super_Administrator.
    Lead,
    /// Reading what `information_schema` tells of the whole tenant: the account, the tenant's Super_Administrator and Admin (AUD-2).
    Information,
    /// What projects of the tenant use of its resources: the account and the tenant's Super_Administrator (TRS-2).
    Resources,
    /// The keys that encrypt its projects: the account and the tenant's Super_Administrator (ENC-1). Chosen: like tenant resources.
    Keys,
}

impl TenantRight {
    /// Whether this rank has it; the account has every right.
    pub fn is_held_by(self, rank: TenantRank) -> bool {
        match self {
            Self::Manage | Self::Information => true,
            Self::Lead | Self::Resources | Self::Keys => rank == TenantRank::SuperAdministrator,
        }
    }
}
