use super::record::DraftRecord;
use super::root_key::RootKeys;
use super::service::first_account;
use super::session::Options;
use super::world::World;
use crate::command::{Item, Outcome};
use crate::error::{Code, Error, Result};
use crate::model::AuditVerdict;
use crate::store::{self, AuditRecord, Durability, Filling, Head, ScratchFolder, StatePath, Store, Wrap};

/// What the audit is after an act outside of a session.
pub(super) struct Recorded {
    /// The last record: that of the act.
    pub head: Head,
    /// The number of the last record that is older than the chain; 0 if there is none.
    pub before_chain: i64,
}

/// Opens a state that exists: none is made to be looked at.
pub(super) fn open_existing(options: &Options) -> Result<Store> {
    opened(options, Store::open_with)
}

fn opened(options: &Options, open: impl FnOnce(&StatePath, Durability, Filling<'_>) -> Result<Store>) -> Result<Store> {
    if let StatePath::File(file) = &options.state
        && !file.exists()
    {
        return Err(Error::new(Code::StateFile, format!("`{}` does not exist", file.display()))
            .help("name the state file with `--state <file>`"));
    }
    let world = World::real();
    let root_keys = RootKeys::of(&options.state, &options.root_key, &world)?;
    let wrap: Wrap<'_> = &|id, account, secret| root_keys.wrap((id, account), secret, None, &world);
    open(&options.state, options.durable, Filling { wrap, ..Filling::NONE })
}

/// Records an act outside of a session (BND-1); it failed if there is a code.
pub(super) fn record(
    store: &Store,
    options: &Options,
    world: &World,
    command: &str,
    code: Option<Code>,
) -> Result<Recorded> {
    let who = first_account(options.system_user.as_deref()).to_string();
    let mut record = DraftRecord::outside(&who, command, world.now());
    if let Some(code) = code {
        record = AuditRecord { verdict: AuditVerdict::Failed, code: Some(code.number()), ..record };
    }
    let write = store.write()?;
    let before_chain = write.audit_before_chain()?;
    write.audit(&record, world.now())?;
    let recorded = Recorded { head: write.audit_head()?, before_chain };
    write.commit()?;
    Ok(recorded)
}

/// `odpsh check`: looks for damage in the state file and the data files.
///
/// # Errors
/// Something is wrong; the notes say what.
pub fn check(options: &Options, head: Option<&Head>) -> Result<Outcome> {
    let store = opened(options, Store::open_to_look)?;
    let world = World::real();
    if !store.is_read_only() {
        store.sweep(world.now())?;
        ScratchFolder::sweep(&ScratchFolder::base(store.data_folder()));
    }
    let found = store::check(&store, head)?;
    let command = match head {
        Some(head) => format!("odpsh check --head {head}"),
        None => "odpsh check".to_owned(),
    };
    let code = (!found.is_empty()).then_some(Code::StateFile);
    let older = match store.is_read_only() {
        true => store.read()?.audit_before_chain(),
        false => record(&store, options, &world, &command, code).map(|recorded| recorded.before_chain),
    };
    if found.is_empty() {
        let older = older?;
        let mut outcome = Outcome::lines(["OK: no problems found"]);
        if store.is_read_only() {
            outcome
                .items
                .push(Item::Status("the state is read-only; no audit record was written for this check".to_owned()));
        }
        if older > 0 {
            outcome.items.push(Item::Status(format!(
                "audit records 1 to {older} are older than the chain: a change in them shows only if it was made after the state was migrated"
            )));
        }
        return Ok(outcome);
    }
    // What was found is said even if the state is too damaged for a record.
    let message = format!("the state is damaged: {}", found.join("; "));
    Err(Error::new(Code::StateFile, message).help("restore a backup of the state file and its data folder"))
}
