use super::account::principal;
use super::transaction::{Snapshot, Write};
use crate::cipher::{RootKeyId, Wrapped};
use crate::error::{Code, Error, Result};
use crate::model::{AccessKeyId, AccountId, Principal, Time};
use crate::text::Secret;

/// An AccessKey pair of an account or RAM user, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// Its id.
    pub id: AccessKeyId,
    /// The account that it belongs to.
    pub account: AccountId,
    /// Who that is.
    pub principal: Principal,
    /// Whether it can be used.
    pub enabled: bool,
    /// When it was made.
    pub created: Time,
}

/// Encrypts the secret of a pair; the store sees no secret, but those that older states hold in plain text.
pub type Wrap<'w> = &'w dyn Fn(&AccessKeyId, AccountId, &Secret) -> Result<Wrapped>;

const COLUMNS: &str = "k.id, k.account, a.principal, k.enabled, k.created";

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<AccessKey> {
    let id: String = row.get(0)?;
    Ok(AccessKey {
        id: AccessKeyId::parse(&id).ok_or_else(|| super::error::damaged(&format!("the AccessKey ID `{id}`")))?,
        account: row.get(1)?,
        principal: principal(row, "principal")?,
        enabled: row.get(3)?,
        created: Time(row.get(4)?),
    })
}

impl Snapshot<'_> {
    /// A pair with its encrypted secret.
    pub fn access_key(&self, id: &AccessKeyId) -> Result<Option<(AccessKey, Wrapped)>> {
        self.one(
            &format!("select {COLUMNS}, k.secret, k.root_key from access_key k join account a on a.id = k.account where k.id = ?1"),
            [id.as_str()],
            |row| Ok((read(row)?, Wrapped { bytes: row.get(5)?, root_key: RootKeyId::stored(row.get(6)?) })),
        )
    }

    /// The pairs of everyone or of one account, oldest first.
    pub fn access_keys(&self, of: Option<AccountId>) -> Result<Vec<AccessKey>> {
        self.all(
            &format!(
                "select {COLUMNS} from access_key k join account a on a.id = k.account
                 where ?1 is null or k.account = ?1 order by k.account, k.created, k.id"
            ),
            [of],
            read,
        )
    }

    /// Whether a pair belongs to this account and can be used.
    pub fn is_access_key_enabled(&self, id: &AccessKeyId, account: AccountId) -> Result<bool> {
        let found = self.one(
            "select 1 from access_key where id = ?1 and account = ?2 and enabled",
            (id.as_str(), account),
            |row| row.get::<_, i64>(0),
        )?;
        Ok(found.is_some())
    }

    /// The root key of one of the secrets, if there is a secret.
    pub fn root_key_in_use(&self) -> Result<Option<RootKeyId>> {
        let of_pair =
            self.one("select root_key from access_key limit 1", [], |row| Ok(RootKeyId::stored(row.get(0)?)))?;
        of_pair.map_or_else(|| self.root_key_of_keys(), |found| Ok(Some(found)))
    }
}

impl Write<'_> {
    /// Gives an account a further pair.
    ///
    /// # Errors
    /// It has as many as it may have.
    pub fn add_access_key(
        &self,
        (account, owner): (AccountId, &Principal),
        id: &AccessKeyId,
        secret: &Wrapped,
        now: Time,
    ) -> Result<()> {
        let most = AccessKeyId::most_of(owner);
        if most == 0 {
            return Err(Error::new(Code::Principal, format!("{owner} cannot have an AccessKey pair")).help(
                "a RAM role is assumed by a user or service, which signs with its own key; `--user` begins as a role",
            ));
        }
        if self.access_keys(Some(account))?.len() >= most {
            return Err(Error::new(Code::Limit, format!("{owner} has {most} AccessKey pairs, the maximum"))
                .help("delete one that is no longer used: `.account key delete <AccessKey ID>`"));
        }
        self.run(
            "insert into access_key (id, account, secret, root_key, created) values (?1, ?2, ?3, ?4, ?5)",
            (id.as_str(), account, &secret.bytes, secret.root_key.to_string(), now.0),
        )?;
        Ok(())
    }

    /// Disables a pair or enables it again; it may be so already.
    ///
    /// # Errors
    /// It does not exist.
    pub fn enable_access_key(&self, id: &AccessKeyId, enabled: bool) -> Result<()> {
        let changed = self.run("update access_key set enabled = ?2 where id = ?1", (id.as_str(), enabled))?;
        found(changed, id)
    }

    /// Deletes a pair.
    ///
    /// # Errors
    /// It does not exist.
    pub fn delete_access_key(&self, id: &AccessKeyId) -> Result<()> {
        found(self.run("delete from access_key where id = ?1", [id.as_str()])?, id)
    }
}

fn found(changed: usize, id: &AccessKeyId) -> Result<()> {
    match changed {
        0 => Err(Error::new(Code::NotFound, format!("AccessKey {id} does not exist"))
            .help("`.account key list` lists the AccessKeys")),
        _ => Ok(()),
    }
}
