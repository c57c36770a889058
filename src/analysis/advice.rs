//! What would lift a denial: for each obstacle a minimal set of changes, who may make them, and what else they allow.
//!
//! Found by the one decision path itself: what a remedy changes is put on top of the facts, and the request is decided again,
//! until it is allowed; then unneeded remedies are dropped (`obstacle.rs`). It is done for each of the two paths (PTH-1), and on the own one
//! for exceptions and for trust: what opens least is advised first.

use super::obstacle::{Bind, End, Obstacle, Search, remedies};
use super::remedy::{Breadth, Remedy};
use super::steps::{Delegated, Route};
use super::visible::{Alternative, visible};
use crate::command::VisibleAdvice;
use crate::error::Result;
use crate::model::{Identity, Object, Principal, ProjectRef, Time};
use crate::security::{Access, Change, Denial, Facts, Reason, Request, could_give, heads_tenant, manages, membership};

/// What would lift a denial.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Advice {
    /// What lifts the denial that was met first, on the own path, by an exception, by trust or by a level: it follows from the denial alone, so
    /// anyone may read it.
    first: Vec<Obstacle>,
    /// What opens the own path, what opens packages where they are in the way, and what opens the own path by trust.
    ways: Vec<Lifting>,
    /// The parts of the request, as first bound, that determine what is shown.
    about: About,
}

/// What the advice is about. This is not secret: the statement's text says it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct About {
    /// What the first denial is about, its project and the current one, where a package could open it.
    shareable: Option<Shareable>,
    /// The projects that it touches.
    projects: Vec<ProjectRef>,
    /// The project in which a tenant resource may not be used, which need not be there.
    uses: Option<ProjectRef>,
    /// What a role of administrator type would allow: where and to whom.
    delegated: Option<(Delegated, String)>,
}

/// What a package could give.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shareable {
    /// A description of what it would list.
    lists: String,
    /// The project that would make it.
    maker: ProjectRef,
    /// The project that would install it.
    installer: ProjectRef,
    /// Whether it is a view, and the denial is about what the view reads in its own project (VIW-3).
    is_entrance: bool,
}

/// Everything that has to be lifted on one of the two paths; without one of them the request is still denied.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Lifting {
    obstacles: Vec<Obstacle>,
    /// What no statement lifts: then nothing is advised beyond the first.
    beyond: Option<Denial>,
}

impl Lifting {
    fn whole(&self) -> Option<&[Obstacle]> {
        (self.beyond.is_none() && !self.obstacles.is_empty()).then_some(self.obstacles.as_slice())
    }
}

/// The obstacles found (only the first one if nobody reads more), and what they concern.
type Found = (Option<Obstacle>, Option<Lifting>, About);

/// Looks for what would lift a denial.
///
/// `bind` gives the request as it is bound with some changes assumed to be made: what a query touches is only known
/// once its tables may be read.
///
/// A way with a step in a project that `viewer` does not administer is not shown in full: it is not followed past that step, so that
/// nothing is decided on the assumption that the step was taken (STG-4a).
///
/// # Errors
/// Fails if the facts cannot be read, or `bind` does.
pub fn advise(bind: Bind<'_>, facts: &dyn Facts, now: Time, viewer: Option<&Principal>) -> Result<Advice> {
    // Two paths are often opened by the same remedies, and binding means planning: each list is bound once.
    let mut known: Vec<(Vec<Change>, Request)> = Vec::new();
    let mut bind = |changes: &[Change]| {
        if let Some((_, request)) = known.iter().find(|(with, _)| with == changes) {
            return Ok(request.clone());
        }
        let request = bind(changes)?;
        known.push((changes.to_vec(), request.clone()));
        Ok(request)
    };
    let request = bind(&[])?;
    let mut look = |route| look(&mut bind, &request, route, facts, now, viewer);
    let (first, own, about) = look(Route::Own)?;
    if own == Some(Lifting::default()) {
        return Ok(Advice::default());
    }
    let (_, inside, _) = look(Route::Inside)?;
    let (_, shared, _) = look(Route::Package)?;
    // A way that cannot be shown in full is empty here; the own path is always first.
    let ways = vec![own.unwrap_or_default(), inside.unwrap_or_default(), shared.unwrap_or_default()];
    let mut advice = Advice { first: Vec::from_iter(first), ways, about };
    // Trust is an alternative only for flows.
    if advice.concerns_flows() {
        let (first, trusted, _) = look(Route::Trust)?;
        advice.first.extend(first);
        advice.ways.push(trusted.unwrap_or_default());
    }
    // A higher level opens more than a label grant.
    if advice.concerns_labels() {
        let (first, raised, _) = look(Route::Level)?;
        advice.first.extend(first);
        advice.ways.push(raised.unwrap_or_default());
    }
    // So does a role that manages.
    if advice.concerns_management() {
        let (first, managing, _) = look(Route::Managing)?;
        advice.first.extend(first);
        advice.ways.push(managing.unwrap_or_default());
    }
    advice.first.dedup();
    Ok(advice)
}

/// Looks for what would open one path.
fn look(
    bind: Bind<'_>,
    unaided: &Request,
    route: Route,
    facts: &dyn Facts,
    now: Time,
    viewer: Option<&Principal>,
) -> Result<Found> {
    let may_pass = |step: &Remedy| viewer.map_or(Ok(true), |viewer| is_open(step, viewer, facts));
    let mut search = Search::new(unaided.clone(), route, (facts, now), &may_pass);
    let end = search.run(bind)?;
    let (first, obstacles) = search.into_found();
    let way = match end {
        End::Lifted => Some(Lifting { obstacles, beyond: None }),
        End::Beyond(denial) => Some(Lifting { obstacles: Vec::new(), beyond: Some(*denial) }),
        End::Closed => None,
    };
    let about = first.as_ref().map(|first| About::of(&first.denial, &first.request)).unwrap_or_default();
    Ok((first.and_then(|first| first.obstacle), way, about))
}

impl Advice {
    /// Everything that has to be lifted, for each way on which all of it together lets the request pass; the way that opens least first.
    pub fn alternatives(&self) -> Vec<&[Obstacle]> {
        let mut whole: Vec<&[Obstacle]> = Vec::new();
        for way in self.ways.iter().filter_map(Lifting::whole) {
            if !whole.contains(&way) {
                whole.push(way);
            }
        }
        whole.sort_by_key(|way| Breadth::of_all(&remedies(way.iter())));
        whole
    }

    /// The denial that no statement lifts, if there is one.
    pub fn beyond_help(&self) -> Option<&Denial> {
        let own = self.ways.first().and_then(|own| own.beyond.as_ref());
        own.filter(|_| self.ways.iter().all(|way| way.whole().is_none()))
    }

    /// Whether labels are in the way.
    fn concerns_labels(&self) -> bool {
        let found = self.ways.iter().flat_map(|way| &way.obstacles).chain(&self.first);
        found.flat_map(|obstacle| &obstacle.steps).any(Remedy::is_label_grant)
    }

    /// Whether a policy would allow what managing roles allow.
    fn concerns_management(&self) -> bool {
        let found = self.ways.iter().flat_map(|way| &way.obstacles).chain(&self.first);
        found.flat_map(|obstacle| &obstacle.steps).any(|step| step.delegates().is_some())
    }

    /// Whether protection is in the way.
    fn concerns_flows(&self) -> bool {
        let found = self.ways.iter().flat_map(|way| &way.obstacles).chain(&self.first);
        let beyond = self.ways.iter().filter_map(|way| way.beyond.as_ref());
        found.flat_map(|obstacle| &obstacle.steps).any(Remedy::is_exception)
            || beyond.into_iter().any(|denial| matches!(denial.reason, Reason::Protected { .. }))
    }

    /// What `viewer` may read.
    ///
    /// Everything, for an administrator of the projects concerned; else what follows from the denial alone (BND-2, STG-4). That one
    /// path opens less than another reveals something of both, so only those count that `viewer` may know in full.
    ///
    /// # Errors
    /// Fails only if the facts cannot be read.
    pub fn visible_to(&self, viewer: &Principal, facts: &dyn Facts) -> Result<VisibleAdvice> {
        let is_open = |remedy: &Remedy| is_open(remedy, viewer, facts);
        let mut whole = Vec::new();
        for way in self.alternatives() {
            let remedies = remedies(way);
            // What would lift a denial of something behind a view names it (BND-2).
            if !way.iter().any(|obstacle| obstacle.is_hidden) && all(&remedies, is_open)? {
                whole.push(Alternative::Remedies(remedies));
            }
        }
        if !whole.is_empty() {
            return Ok(visible(whole, false));
        }
        // There may be further obstacles in projects that the viewer does not administer; do not reveal whether there are.
        let mut is_all = self.beyond_help().is_some();
        let mut alternatives = Vec::new();
        for obstacle in self.first.iter().filter(|obstacle| !obstacle.is_hidden) {
            let mut shown = Vec::new();
            for remedy in obstacle.steps.iter().filter(|remedy| remedy.follows_from_the_denial()).cloned() {
                let is_open = is_open(&remedy)?;
                is_all = is_all && is_open;
                shown.push(if is_open { remedy } else { remedy.for_outsiders() });
            }
            if !shown.is_empty() {
                alternatives.push(Alternative::Remedies(shown));
            }
        }
        for project in &self.about.projects {
            is_all = is_all && manages(project, viewer, facts)?;
        }
        // Whether mounting it would help tells that it is there (TRS-5).
        if let Some(project) = &self.about.uses {
            is_all = is_all && heads_tenant(project, viewer, facts)?;
        }
        if let Some((statement, who)) = &self.about.delegated
            && !alternatives.is_empty()
        {
            alternatives.push(Alternative::Delegated(statement.clone(), who.clone()));
        }
        if let Some(Shareable { lists, maker, installer, is_entrance }) = &self.about.shareable
            && (*is_entrance || !alternatives.is_empty())
        {
            let (lists, maker, installer) = (lists.clone(), maker.name.to_string(), installer.name.to_string());
            alternatives.push(Alternative::Package { lists, maker, installer });
        }
        Ok(visible(alternatives, !is_all))
    }
}

fn all(remedies: &[Remedy], holds: impl Fn(&Remedy) -> Result<bool>) -> Result<bool> {
    for remedy in remedies {
        if !holds(remedy)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether `viewer` may read it unredacted: local commands are not a secret of any project.
fn is_open(remedy: &Remedy, viewer: &Principal, facts: &dyn Facts) -> Result<bool> {
    if let Some(project) = remedy.project().filter(|_| remedy.is_of_tenant()) {
        let known = facts.project(project.id)?;
        let membership = known.map(|known| membership(facts, &known, viewer)).transpose()?;
        return Ok(membership.is_some_and(|membership| membership.manages_tenant()));
    }
    // That a resource is there, and not mounted, is not for those who manage the project (TRS-5).
    if let Change::Mount(_, project) = &remedy.change {
        return heads_tenant(project, viewer, facts);
    }
    remedy.project().map_or(Ok(true), |project| manages(project, viewer, facts))
}

impl About {
    fn of(denial: &Denial, request: &Request) -> Self {
        let mut projects: Vec<ProjectRef> = request.current.iter().cloned().collect();
        projects.extend(request.accesses().map(|access| access.object.project.clone()));
        projects.extend(denial.project().cloned());
        let uses = if let Reason::MayNotUse(usage) = &denial.reason { Some(usage.project.clone()) } else { None };
        let missing = if let Reason::NoPrivilege(access, _) = &denial.reason { Some(access) } else { None };
        let missing = missing.filter(|_| denial.entrance().is_none());
        let delegated = missing.and_then(Delegated::of).map(|delegated| (delegated, request.principal.to_string()));
        Self { shareable: could_be_shared(denial, request), projects, uses, delegated }
    }
}

/// An object by its name alone, without revealing whether it is a view (STG-4).
fn named(object: &Object) -> String {
    format!("`{}`", object.full_name())
}

/// What is missing, if a package of its project could give the current one all of it: packages give what is read, and only with an
/// action of their own what is written.
fn could_be_shared(denial: &Denial, request: &Request) -> Option<Shareable> {
    let current = request.current.as_ref()?;
    let (project, lists) = match (&denial.reason, denial.entrance()) {
        // What the view reads in its own project comes with the view (VIW-3); of anything else behind it nothing is told (BND-2).
        (Reason::Protected { object, .. }, Some(view)) if object.project == view.project => {
            (&view.project, named(view))
        }
        (_, Some(_)) => return None,
        // A package lists what is there.
        (Reason::NoPrivilege(Access { object, .. }, _), None) if object.id == Identity::Gone => return None,
        (Reason::NoPrivilege(Access { object, .. }, _) | Reason::Protected { object, .. }, None) => {
            (&object.project, named(object))
        }
        (Reason::NotMember(project) | Reason::NotObjectMember(project, _), None) => {
            (project, "the objects to read".to_owned())
        }
        _ => return None,
    };
    let is_read = |access: &Access| could_give(access.action, access.object.kind);
    let mut asked = request.accesses().filter(|access| access.object.project == *project);
    let all_read = asked.next().is_some_and(is_read) && asked.all(is_read);
    (project.id != current.id && all_read).then(|| Shareable {
        lists,
        maker: project.clone(),
        installer: current.clone(),
        is_entrance: denial.is_hidden(),
    })
}
