use std::fmt;
use std::hash::{Hash, Hasher};

use smol_str::SmolStr;

use crate::text::fold;

/// Who acts: an Alibaba Cloud account, a RAM user or a RAM role.
///
/// Principals keep the spelling they were created with and are compared without case (SWI-6).
#[derive(Debug, Clone)]
pub enum Principal {
    /// `ALIYUN$<account>`
    Account {
        /// Name or e-mail of the account.
        account: SmolStr,
    },
    /// `RAM$<account>:<user>`
    RamUser {
        /// The account that the user belongs to.
        account: SmolStr,
        /// Name of the user.
        user: SmolStr,
    },
    /// `RAM$<account>:role/<role>`
    RamRole {
        /// The account that the role belongs to.
        account: SmolStr,
        /// Name of the role.
        role: SmolStr,
    },
}

impl Principal {
    /// Reads the full form of a principal; `None` if it is malformed.
    ///
    /// Source: ADDUSER, PERM; the prefix is accepted in any case.
    pub fn parse(text: &str) -> Option<Self> {
        let (provider, name) = text.split_once('$')?;
        match fold(provider).as_str() {
            "aliyun" if is_part(name) => Some(Self::Account { account: name.into() }),
            "ram" => {
                let (account, user) = name.split_once(':')?;
                let parts = |a: &str, b: &str| is_part(a) && is_part(b);
                match user.get(..5).filter(|prefix| prefix.eq_ignore_ascii_case("role/")) {
                    Some(_) => {
                        let role = user.get(5..)?;
                        parts(account, role).then(|| Self::RamRole { account: account.into(), role: role.into() })
                    }
                    None => parts(account, user).then(|| Self::RamUser { account: account.into(), user: user.into() }),
                }
            }
            _ => None,
        }
    }

    /// What principals are compared and looked up by.
    pub fn key(&self) -> String {
        fold(&self.to_string())
    }

    /// The account that stands behind this principal, folded.
    pub fn account_key(&self) -> String {
        fold(self.account_name())
    }

    fn account_name(&self) -> &SmolStr {
        match self {
            Self::Account { account } | Self::RamUser { account, .. } | Self::RamRole { account, .. } => account,
        }
    }

    /// The account that stands behind this principal; an account itself.
    pub fn account(&self) -> Self {
        Self::Account { account: self.account_name().clone() }
    }

    /// Whether another principal has the same account behind it.
    pub fn is_of_account_of(&self, other: &Self) -> bool {
        self.account_name().eq_ignore_ascii_case(other.account_name())
    }

    /// The account provider that a project must know before this principal can be added to it.
    pub fn provider(&self) -> &'static str {
        match self {
            Self::Account { .. } => "ALIYUN",
            Self::RamUser { .. } | Self::RamRole { .. } => "RAM",
        }
    }

    /// Whether this is the account itself, not one of its RAM users or roles.
    pub fn is_account(&self) -> bool {
        matches!(self, Self::Account { .. })
    }
}

/// Whether `text` is a part of a name: 1 to 128 letters, digits and `. _ - @ +`.
fn is_part(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 128
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '@' | '+'))
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account { account } => write!(f, "ALIYUN${account}"),
            Self::RamUser { account, user } => write!(f, "RAM${account}:{user}"),
            Self::RamRole { account, role } => write!(f, "RAM${account}:role/{role}"),
        }
    }
}

impl PartialEq for Principal {
    fn eq(&self, other: &Self) -> bool {
        // As the keys compare, without making them: parts are ASCII, and a user's name holds no `/` that a role's form has.
        let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
        match (self, other) {
            (Self::Account { account: a }, Self::Account { account: b }) => same(a, b),
            (Self::RamUser { account: a, user: c }, Self::RamUser { account: b, user: d })
            | (Self::RamRole { account: a, role: c }, Self::RamRole { account: b, role: d }) => {
                same(a, b) && same(c, d)
            }
            _ => false,
        }
    }
}

impl Eq for Principal {}

impl Hash for Principal {
    /// As they are compared: without case.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mut part = |text: &str| {
            text.bytes().for_each(|byte| state.write_u8(byte.to_ascii_lowercase()));
            state.write_u8(0);
        };
        match self {
            Self::Account { account } => part(account),
            Self::RamUser { account, user } => [account, user].into_iter().for_each(|text| part(text)),
            Self::RamRole { account, role } => [account, role].into_iter().for_each(|text| part(text)),
        }
    }
}

impl PartialOrd for Principal {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Principal {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principals_keep_their_spelling_and_compare_without_case() {
        let bella = Principal::parse("ram$Amy@aliyun.com:Bella").unwrap();
        assert_eq!(bella.to_string(), "RAM$Amy@aliyun.com:Bella");
        assert_eq!(bella, Principal::parse("RAM$amy@ALIYUN.com:bella").unwrap());
        assert_ne!(bella, Principal::parse("ALIYUN$Amy@aliyun.com").unwrap());
        let role = Principal::parse("RAM$amy:role/etl").unwrap();
        assert!(matches!(role, Principal::RamRole { .. }));
        assert_ne!(role, Principal::RamUser { account: "amy".into(), user: "etl".into() });
    }

    #[test]
    fn malformed_principals_are_refused() {
        for bad in [
            "",
            "Bob",
            "ALIYUN$",
            "RAM$a",
            "RAM$:b",
            "RAM$a:",
            "RAM$a:role/",
            "X$a",
            "ALIYUN$a b",
            "ALIYUN$a:b",
            "RAM$a:b:c",
            "RAM$a:b/c",
        ] {
            assert!(Principal::parse(bad).is_none(), "{bad}");
        }
    }
}
