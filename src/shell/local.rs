//! Dot-commands: actions of anyone with access to the state file, recorded as such (BND-1).

use super::caller::How;
use super::local_file;
use super::record::{DraftRecord, is_about_rows};
use super::service::Service;
use super::session::Session;
use crate::command::{Item, Listing, Outcome, PropertiesOf, named_object};
use crate::error::{Code, Error, Result};
use crate::model::{AccessKeyId, AccountId, AuditVerdict, Principal, ProjectId, Record, Status, TenantResource, Time};
use crate::security::{Judge, OTHER_RULES, Rule};
use crate::store::{AccessKey, Account, AuditFilter, AuditRecord, KeptRecord, Write};
use crate::syntax::grammar;
use crate::syntax::local::{AuditConditions, AuditObject, Clock, Statement};
use crate::syntax::{Name, Statement as AnyStatement};
use crate::text::{Secret, without_values};

impl Session {
    /// Runs a dot-command; that it was tried is recorded as well.
    pub(super) fn run_local(&mut self, statement: &Statement, text: &str, source: &str) -> Result<Outcome> {
        let text = match is_about_rows(&AnyStatement::Local(statement.clone())) {
            true if self.service.store.read()?.has_encrypted_projects()? => &without_values(text),
            _ => text,
        };
        let done = self.act(statement, text, source);
        if let Err(error) = &done {
            self.record_failure(text, error)?;
        }
        done
    }

    fn act(&mut self, statement: &Statement, text: &str, source: &str) -> Result<Outcome> {
        match statement {
            Statement::User { principal } => {
                let known = self.known_account(principal)?;
                self.recorded(text, |_| Ok(()))?;
                (self.caller.principal, self.caller.account, self.caller.key) = (known.principal, known.id, None);
                self.read_tenant()?;
                Ok(Outcome::ok())
            }
            Statement::AccountCreate { principal } => {
                let now = self.now();
                if AccessKeyId::most_of(principal) == 0 {
                    self.recorded(text, |write| write.create_account(principal, now).map(drop))?;
                    return Ok(Outcome::ok());
                }
                let key = self.new_key()?;
                self.recorded(text, |write| {
                    let account = write.create_account(principal, now)?;
                    self.add_key((account, principal), &key, write)
                })?;
                Ok(key_shown(&key))
            }
            Statement::KeyCreate { principal } => {
                let (account, key) = (self.known_account(principal)?, self.new_key()?);
                self.recorded(text, |write| self.add_key((account.id, &account.principal), &key, write))?;
                Ok(key_shown(&key))
            }
            Statement::KeyList { principal } => {
                let of = principal.as_ref().map(|principal| self.known_account(principal)).transpose()?;
                let keys = self.service.store.read()?.access_keys(of.map(|account| account.id))?;
                self.recorded(text, |_| Ok(()))?;
                Ok(keys_shown(keys))
            }
            Statement::KeyEnable { id, on } => {
                self.recorded(text, |write| write.enable_access_key(id, *on))?;
                Ok(Outcome::ok())
            }
            Statement::KeyDelete { id } => {
                self.recorded(text, |write| write.delete_access_key(id))?;
                Ok(Outcome::ok())
            }
            Statement::AccountDrop { principal } => {
                let own = &self.caller.principal;
                if principal == own || principal.is_account() && principal.account_key() == own.account_key() {
                    return Err(Error::new(Code::Principal, "the session's own account cannot be dropped")
                        .help("switch to another account with `.user` first"));
                }
                let mut outcome = Outcome::default();
                self.recorded(text, |write| {
                    let dropped = write.drop_account(principal)?;
                    outcome
                        .items
                        .extend(dropped.iter().map(|user| Item::Status(format!("{user} was dropped with it"))));
                    Ok(())
                })?;
                outcome.items.push(Item::Status("OK".to_owned()));
                Ok(outcome)
            }
            Statement::AccountList => {
                let accounts = self.service.store.read()?.accounts()?;
                self.recorded(text, |_| Ok(()))?;
                Ok(Outcome::names(Listing::Principals, accounts.iter().map(|account| &account.principal)))
            }
            Statement::TenantSchemas { tenant, on } => {
                if !tenant.is_account() {
                    return Err(Error::new(Code::Principal, format!("{tenant} is not a tenant"))
                        .help("name an account: ALIYUN$<account>"));
                }
                self.recorded(text, |write| write.set_tenant_schemas(tenant, *on))?;
                Ok(Outcome::ok())
            }
            Statement::ProjectCreate { project, owner, key } => {
                let owner = self.project_owner(owner.as_ref())?;
                let now = self.now();
                self.recorded(text, |write| {
                    let made = write.create_project(&project.text, &owner, now)?;
                    match key {
                        Some(key) => {
                            write.encrypt_project(made.id, &owner, &key.text, now).map_err(|error| error.at(key.span))
                        }
                        None => Ok(()),
                    }
                })?;
                Ok(Outcome::ok())
            }
            Statement::ProjectDrop { project } => {
                let id = self.known_project(project)?;
                self.recorded(text, |write| write.drop_project(id))?;
                if self.caller.current.as_ref().is_some_and(|current| current.id == id) {
                    self.caller.current = None;
                }
                self.service.tidy();
                Ok(Outcome::ok())
            }
            Statement::ProjectFreeze { project, frozen } => {
                let id = self.known_project(project)?;
                let status = if *frozen { Status::Frozen } else { Status::Normal };
                self.recorded(text, |write| write.set_status(id, status))?;
                Ok(Outcome::ok())
            }
            Statement::Clock(clock) => {
                self.recorded(text, |_| Ok(()))?;
                self.caller.clock = moved(self.caller.clock, *clock);
                Ok(Outcome::status(format!("The clock shows {}", self.now())))
            }
            Statement::Source(source) => {
                self.recorded(text, |_| Ok(()))?;
                self.caller.source = source.clone();
                Ok(Outcome::ok())
            }
            Statement::Why { job, statement } => {
                let outcome = self.why(statement, *job, source)?;
                self.recorded(text, |_| Ok(()))?;
                Ok(outcome)
            }
            Statement::WhoUses { kind, name } => {
                let outcome = self.who_can_use(*kind, name)?;
                self.recorded(text, |_| Ok(()))?;
                Ok(outcome)
            }
            Statement::WhoOnRole { action, role } => {
                let outcome = self.who_can_on_role(action, role)?;
                self.recorded(text, |_| Ok(()))?;
                Ok(outcome)
            }
            Statement::Who { action, columns, target } => {
                let of_package = match columns.as_slice() {
                    [] => self.who_can_on_package(action, target)?,
                    _ => None,
                };
                let outcome = of_package.map_or_else(|| self.who_can(action, columns, target), Ok)?;
                self.recorded(text, |_| Ok(()))?;
                Ok(outcome)
            }
            Statement::What { principal } => {
                let outcome = self.what_can(principal)?;
                self.recorded(text, |_| Ok(()))?;
                Ok(outcome)
            }
            Statement::WhySwitch(on) => {
                self.recorded(text, |_| Ok(()))?;
                self.trails = Some(*on);
                Ok(Outcome::ok())
            }
            Statement::Output(file) => {
                let output = file.as_ref().map(|file| local_file::create(file, &self.service.store)).transpose()?;
                self.recorded(text, |_| Ok(()))?;
                self.output = output;
                Ok(Outcome::default())
            }
            Statement::Mode(mode) => {
                self.recorded(text, |_| Ok(()))?;
                self.mode = *mode;
                Ok(Outcome::default())
            }
            Statement::Timing(on) => {
                self.recorded(text, |_| Ok(()))?;
                self.timing = *on;
                Ok(Outcome::default())
            }
            // Recorded once the file is read.
            Statement::Read(file) => {
                self.script = Some(file.text.clone().into());
                Ok(Outcome::default())
            }
            Statement::Help { words } => {
                self.recorded(text, |_| Ok(()))?;
                let all = ["local".to_owned()];
                Ok(Outcome::lines(grammar::help(if words.is_empty() { &all } else { words })))
            }
            Statement::Audit { rows, which } => {
                let records = self.audit_records(*rows, which)?;
                // Reading what others did is an act as well.
                self.recorded(text, |_| Ok(()))?;
                Ok(audit_shown(records))
            }
        }
    }

    /// Writes the record of a dot-command that was refused or failed.
    pub(super) fn record_failure(&self, text: &str, error: &Error) -> Result<()> {
        let verdict = if error.rule.is_some() { AuditVerdict::Denied } else { AuditVerdict::Failed };
        let code = Some(error.code.number());
        self.service.audit(&AuditRecord { verdict, code, ..self.local_record(text) })
    }

    /// Changes the state and writes the record of it in one transaction.
    pub(super) fn recorded(&self, text: &str, change: impl FnOnce(&Write<'_>) -> Result<()>) -> Result<()> {
        let record = self.local_record(text);
        let write = self.service.store.write()?;
        change(&write)?;
        self.service.record(&write, &record)?;
        write.commit()
    }

    /// The last records that fit; 20 unless the statement says otherwise.
    fn audit_records(&self, rows: Option<u64>, which: &AuditConditions) -> Result<Vec<KeptRecord>> {
        let snapshot = self.service.store.read()?;
        let object = match &which.on {
            Some(AuditObject::Resource(kind, name)) => {
                Some(TenantResource::unknown(*kind, &self.caller.principal, &name.text).whole_path())
            }
            Some(AuditObject::Target(target)) => {
                let how = How::at(self.now());
                let judge = Judge::new(&snapshot, how.now);
                Some(named_object(target, &self.caller.context(&how, &judge), &snapshot)?.0.path())
            }
            None => None,
        };
        let rule = which.rule.as_ref().map(|rule| {
            let mut ids = Rule::ALL.iter().map(|known| known.id()).chain(OTHER_RULES.iter().map(|known| known.id));
            match ids.find(|id| id.eq_ignore_ascii_case(&rule.text)) {
                Some(id) => Ok(id.to_owned()),
                None => Err(Error::new(Code::NotFound, format!("rule `{}` does not exist", rule.text))
                    .at(rule.span)
                    .help("`.why` and the audit give the ids of rules, such as ACC-2")),
            }
        });
        let filter = AuditFilter {
            principal: which.by.as_ref().map(Principal::to_string),
            object,
            verdict: which.verdict,
            rule: rule.transpose()?,
            since: which.since,
            until: which.until,
        };
        snapshot.audit_records(rows.unwrap_or(20), &filter)
    }

    fn local_record(&self, text: &str) -> AuditRecord {
        DraftRecord::local(&self.caller, text, self.now())
    }

    fn known_account(&self, principal: &Principal) -> Result<Account> {
        match self.service.store.read()?.account(principal)? {
            Some(account) => Ok(account),
            None => Err(Error::new(Code::Principal, format!("Invalid account Name {principal}"))
                .help(format!("no such account; create it with `.account create {principal}`"))),
        }
    }

    fn known_project(&self, name: &Name) -> Result<ProjectId> {
        match self.service.store.read()?.project_by_name(&name.text)? {
            Some(project) => Ok(project.id),
            None => Err(Error::new(Code::NotFound, format!("project `{}` does not exist", name.text)).at(name.span)),
        }
    }

    /// Only an Alibaba Cloud account owns a project. Source: FAQ; for a RAM user, its account does.
    fn project_owner(&self, owner: Option<&Principal>) -> Result<Principal> {
        match owner {
            Some(owner) if !owner.is_account() => {
                Err(Error::new(Code::Principal, format!("{owner} cannot own a project"))
                    .help("name an account: ALIYUN$<account>"))
            }
            Some(owner) => self.known_account(owner).map(|account| account.principal),
            None => match &self.caller.principal {
                Principal::Account { .. } => Ok(self.caller.principal.clone()),
                Principal::RamUser { account, .. } | Principal::RamRole { account, .. } => self
                    .known_account(&Principal::Account { account: account.clone() })
                    .map(|account| account.principal),
            },
        }
    }

    fn new_key(&self) -> Result<NewKey> {
        let world = &self.service.world;
        let known = self.service.store.read()?;
        loop {
            let id = AccessKeyId::parse(&format!("{}{}", AccessKeyId::START, world.random_word(20)?))
                .ok_or_else(|| Error::new(Code::Internal, "an AccessKey ID could not be made"))?;
            // In a world whose chance is fixed, words come again when a state is opened again.
            if known.access_key(&id)?.is_none() {
                return Ok(NewKey { id, secret: Secret::new(world.random_word(30)?) });
            }
        }
    }

    fn add_key(&self, (account, owner): (AccountId, &Principal), key: &NewKey, write: &Write<'_>) -> Result<()> {
        let Service { root_keys, world, .. } = &*self.service;
        let wrapped = root_keys.wrap_new((&key.id, account), &key.secret, write, world)?;
        write.add_access_key((account, owner), &key.id, &wrapped, self.now())
    }
}

/// An offset is relative to the session's clock, whether that is fixed or running.
fn moved(clock: Clock, change: Clock) -> Clock {
    match (clock, change) {
        (Clock::At(time), Clock::Ahead(distance)) => Clock::At(Time(time.0.saturating_add(distance))),
        (Clock::Ahead(so_far), Clock::Ahead(distance)) => Clock::Ahead(so_far.saturating_add(distance)),
        (_, change) => change,
    }
}

/// A pair that is about to be kept.
struct NewKey {
    id: AccessKeyId,
    secret: Secret,
}

/// The only time that a secret is shown (KEY-2).
fn key_shown(key: &NewKey) -> Outcome {
    let values =
        Record::default().with("access_key_id", key.id.as_str()).with("access_key_secret", key.secret.reveal());
    Outcome::properties(PropertiesOf::AccessKey, values).and_status("OK")
}

fn keys_shown(keys: Vec<AccessKey>) -> Outcome {
    let row = |key: AccessKey| {
        let status = if key.enabled { "Enabled" } else { "Disabled" };
        vec![key.id.as_str().into(), (&key.principal).into(), status.into(), key.created.into()]
    };
    Outcome::listing(Listing::AccessKeys, keys.into_iter().map(row).collect())
}

fn audit_shown(records: Vec<KeptRecord>) -> Outcome {
    let row = |KeptRecord { record, .. }| {
        vec![
            record.time.into(),
            record.principal.into(),
            record.source.into(),
            record.project.into(),
            record.job.into(),
            record.verdict.word().into(),
            record.code.into(),
            record.rules.split_whitespace().collect(),
            record.statement.into(),
        ]
    };
    Outcome::listing(Listing::Audit, records.into_iter().map(row).collect())
}
