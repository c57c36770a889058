//! `show label grants`: of a member or role, or on a table.

use super::bound::{Bound, Context, Work};
use super::grant::{role_of, target_object};
use super::outcome::{Listing, Outcome, PropertiesOf};
use super::{label, resolve, role};
use crate::error::Result;
use crate::model::{Action, Cell, Grantee, Identity, Level, Record, Row};
use crate::security::{Request, Requirement};
use crate::store::{LabelEntry, Snapshot};
use crate::syntax::grant::Target;
use crate::syntax::label::Shown;
use crate::syntax::object::ObjectName;
use crate::syntax::{Name, TableName};

const SHOWING: (Action, Action) = (Action::ShowUserLabelGrants, Action::ShowRoleLabelGrants);

pub(super) fn bind_show(
    level: Option<Level>,
    shown: &Shown,
    inside: Option<&ObjectName>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    match shown {
        Shown::Grantee(grantee) => of_grantee(level, grantee.as_ref(), context, snapshot),
        Shown::Table(table, None) => on_table(level, table, inside, context, snapshot),
        Shown::Table(table, Some(grantee)) => of_grantee_on_table(level, grantee, (table, inside), context, snapshot),
    }
}

/// Everybody may show what concerns itself (LAB-5): its own level and grants, and those of the roles that it holds.
fn concerns_caller(grantee: &Grantee, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<bool> {
    let project = resolve::current(context)?;
    Ok(match grantee {
        Grantee::User(user) => user == context.principal,
        Grantee::Role(role) => snapshot.roles_of(project.id, context.principal)?.contains(role),
    })
}

const OWN: Requirement = Requirement::Member("everyone sees what concerns itself");

fn of_grantee(
    level: Option<Level>,
    grantee: Option<&Grantee>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let project = resolve::current(context)?;
    let grantee = grantee.cloned().unwrap_or_else(|| Grantee::User(context.principal.clone()));
    let requirement = match concerns_caller(&grantee, context, snapshot)? {
        true => OWN,
        false => label::about(&grantee, SHOWING, context, snapshot)?,
    };
    Ok(Bound::when_allowed(Request::in_session(context, vec![requirement]), || {
        if let Some(name) = role_of(&grantee) {
            role::known_role(&Name { text: name.to_string(), ..Name::default() }, &project, snapshot)?;
        }
        Ok(Work::show(move |snapshot| {
            let grants = snapshot.label_grants_to(project.id, &grantee)?;
            let rows = grants.iter().filter(of_level(level)).map(|entry| {
                let LabelEntry { project, table, inside, grant } = entry;
                let of = [table.into(), grant.column.clone().into(), project.into(), inside.clone().into()];
                row(of, entry)
            });
            Ok(with_level(snapshot.level_of(project.id, &grantee)?, Listing::LabelGrants, rows.collect()))
        }))
    }))
}

fn on_table(
    level: Option<Level>,
    table: &TableName,
    inside: Option<&ObjectName>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let target = Target::Table { table: table.clone(), columns: Vec::new() };
    let object = target_object(&target, inside, context, snapshot)?;
    let request = Request::in_session(context, vec![object.managed_by(Action::ShowLabelGrants, &[]).into()]);
    Ok(Bound::when_allowed(request, || {
        object.check_found()?;
        Ok(Work::show(move |snapshot| {
            let place = &object.place;
            let (lowest, highest) = match place.object.id.known() {
                Some(id) => snapshot.labels_of(id)?.range(),
                None => Default::default(),
            };
            let grants = snapshot.label_grants_on(&place.object, place.inside.as_ref())?;
            let rows = grants.iter().filter(of_level(level)).map(|entry| {
                let (kind, who) = match &entry.grant.grantee {
                    Grantee::User(user) => ("user", user.to_string()),
                    Grantee::Role(role) => ("role", role.to_string()),
                };
                row([kind.into(), who.into(), entry.grant.column.clone().into()], entry)
            });
            let range = Record::default()
                .with("lowest", u64::from(lowest.number()))
                .with("highest", u64::from(highest.number()));
            let mut outcome = Outcome::properties(PropertiesOf::LabelRange, range);
            outcome.items.extend(Outcome::listing(Listing::LabelHolders, rows.collect()).items);
            Ok(outcome)
        }))
    }))
}

fn of_grantee_on_table(
    level: Option<Level>,
    grantee: &Grantee,
    (table, inside): (&TableName, Option<&ObjectName>),
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let target = Target::Table { table: table.clone(), columns: Vec::new() };
    let object = target_object(&target, inside, context, snapshot)?;
    let is_own = object.place.project() == &resolve::current(context)? && concerns_caller(grantee, context, snapshot)?;
    let requirement = match is_own {
        true => OWN,
        false => object.managed_by(Action::ShowLabelGrants, &[]).into(),
    };
    Ok(Bound::when_allowed(Request::in_session(context, vec![requirement]), || {
        // Of what is not there somebody holds nothing: that it is not there is not told (STG-4).
        if !is_own {
            object.check_found()?;
        }
        let grantee = grantee.clone();
        Ok(Work::show(move |snapshot| {
            let place = &object.place;
            let grants = match place.object.id {
                Identity::Unknown => Vec::new(),
                Identity::Gone | Identity::Project(_) | Identity::Known(_) => {
                    snapshot.label_grants_on(&place.object, place.inside.as_ref())?
                }
            };
            let own = grants.iter().filter(|entry| entry.grant.grantee == grantee).filter(of_level(level));
            // Of a grant on the table itself no column is named.
            let rows = own.map(|entry| row([entry.grant.column.clone().into()], entry)).collect();
            Ok(with_level(snapshot.level_of(place.project().id, &grantee)?, Listing::ColumnLabelGrants, rows))
        }))
    }))
}

fn of_level(level: Option<Level>) -> impl Fn(&&LabelEntry) -> bool {
    move |entry| level.is_none_or(|level| entry.grant.level == level)
}

fn row<const N: usize>(of: [Cell; N], entry: &LabelEntry) -> Row {
    let granted = [u64::from(entry.grant.level.number()).into(), entry.grant.expires.into()];
    of.into_iter().chain(granted).collect()
}

/// The level of a member or role, then its grants.
fn with_level(level: Level, listing: Listing, rows: Vec<Row>) -> Outcome {
    let level = Record::default().with("level", u64::from(level.number()));
    let mut outcome = Outcome::properties(PropertiesOf::Level, level);
    outcome.items.extend(Outcome::listing(listing, rows).items);
    outcome
}
