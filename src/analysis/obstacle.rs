//! The search for everything that denies a request on one path.
//!
//! Every verdict is one of [`decide`], on the facts with the remedies found so far. Deciding the whole request again for each obstacle
//! would take time quadratic in its requirements, so the requirements and flows after a denial are decided one by one: a request is denied if
//! one of its requirements is denied alone. The whole request is decided again before the search ends, and each time it leaves something out.

use std::ops::ControlFlow::{self, Break, Continue};

use super::remedy::Remedy;
use super::steps::{Route, exceptions, is_by_package, steps};
use crate::error::Result;
use crate::model::{Identity, Object, ProjectId, Time};
use crate::security::{
    Access, Change, Denial, Facts, Flow, Hypothetical, Reason, Request, Requirement, Rule, Verdict, decide,
};

/// Maximum number of obstacles in a search. A query names at most this many tables, each of which can meet several obstacles.
const MOST: usize = 500;

/// One obstacle, and what removes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// The rule that refuses.
    pub rule: Rule,
    /// The statements, in the order in which they are issued; never none.
    pub steps: Vec<Remedy>,
    /// Whether it concerns an object that is read through a view and must not be revealed to the caller.
    pub(super) is_hidden: bool,
}

/// An obstacle of a search.
#[derive(Clone)]
struct Met {
    obstacle: Obstacle,
    /// The access that is refused, if it is one.
    access: Option<Access>,
}

/// The remedies of several obstacles.
pub(super) fn remedies<'o>(obstacles: impl IntoIterator<Item = &'o Obstacle>) -> Vec<Remedy> {
    obstacles.into_iter().flat_map(|obstacle| obstacle.steps.clone()).collect()
}

/// How a search ends.
pub(super) enum End {
    /// The request is allowed once everything that was found is lifted.
    Lifted,
    /// The remedy of an obstacle may not be shown to the viewer: the search does not look past it.
    Closed,
    /// No statement lifts this denial.
    Beyond(Box<Denial>),
}

/// The denial that a search met first.
pub(super) struct First {
    /// The denial.
    pub denial: Denial,
    /// The request that it denied.
    pub request: Request,
    /// The obstacle, if a remedy for it is known.
    pub obstacle: Option<Obstacle>,
}

/// The changes that several obstacles need.
fn changes<'o>(obstacles: impl IntoIterator<Item = &'o Obstacle>) -> impl Iterator<Item = &'o Change> {
    obstacles.into_iter().flat_map(|obstacle| &obstacle.steps).map(|remedy| &remedy.change)
}

/// Binds the statement again, as if some changes had been made.
pub(super) type Bind<'b> = &'b mut dyn FnMut(&[Change]) -> Result<Request>;

/// A search on one path.
pub(super) struct Search<'s> {
    /// The request, as it was bound last.
    pub request: Request,
    /// The denial that was met first.
    pub first: Option<First>,
    found: Vec<Met>,
    route: Route,
    facts: &'s dyn Facts,
    now: Time,
    /// Whether the search may look past a remedy.
    may_pass: &'s dyn Fn(&Remedy) -> Result<bool>,
}

impl<'s> Search<'s> {
    pub fn new(
        request: Request,
        route: Route,
        (facts, now): (&'s dyn Facts, Time),
        may_pass: &'s dyn Fn(&Remedy) -> Result<bool>,
    ) -> Self {
        Self { request, first: None, found: Vec::new(), route, facts, now, may_pass }
    }

    /// Everything that has to be lifted, in the order in which it is done.
    pub fn into_found(self) -> (Option<First>, Vec<Obstacle>) {
        (self.first, self.found.into_iter().map(|met| met.obstacle).collect())
    }

    /// Looks for obstacles until the request is allowed, as it is bound with their remedies; then drops those that are unnecessary.
    ///
    /// # Errors
    /// The facts cannot be read, or `bind` fails.
    pub fn run(&mut self, bind: Bind<'_>) -> Result<End> {
        // The number of obstacles at the last binding. Binding again with the same remedies gives the same request.
        let mut bound_again = usize::MAX;
        loop {
            let Some(denial) = self.denial_of(&self.request)? else {
                // Allowed as bound; when bound again with the remedies applied, the request may need more.
                let again = bind(&changes(self.found.iter().map(|met| &met.obstacle)).cloned().collect::<Vec<_>>())?;
                let settled = again == self.request;
                self.request = again;
                if settled || std::mem::replace(&mut bound_again, self.found.len()) == self.found.len() {
                    break;
                }
                continue;
            };
            let met = match self.meet(&denial)? {
                Continue(()) => self.run_ahead(&denial)?,
                ended => ended,
            };
            if let Break(end) = met {
                return Ok(end);
            }
        }
        self.prune()?;
        self.found.sort_by_key(|met| met.obstacle.steps.iter().map(Remedy::turn).min());
        Ok(End::Lifted)
    }

    /// The facts with everything that was found applied.
    fn world(&self) -> Hypothetical<'_> {
        Hypothetical::of(self.facts, changes(self.found.iter().map(|met| &met.obstacle)), self.now)
    }

    /// Why a request is denied once everything that was found is applied.
    fn denial_of(&self, request: &Request) -> Result<Option<Denial>> {
        denial(request, &self.world(), self.now)
    }

    /// Finds what lifts a denial.
    fn meet(&mut self, denial: &Denial) -> Result<ControlFlow<End>> {
        let world = self.world();
        let mut found = steps(denial, &self.request, self.route, &world)?;
        // If Read on the package does not help, or only in part, use the own path for the rest.
        if self.route.is_by_package() && self.is_done(&found) {
            found = steps(denial, &self.request, Route::Own, &world)?;
        }
        self.add(denial, found)
    }

    fn add(&mut self, denial: &Denial, mut steps: Vec<Remedy>) -> Result<ControlFlow<End>> {
        // A change that does not affect the decision is not a remedy.
        let is_widened = |step: &Remedy| step.delegates().is_some() && self.changes_to(step);
        if self.is_done(&steps) || self.found.len() == MOST || steps.iter().any(is_widened) {
            steps.clear();
        }
        let access = denial.missing().cloned();
        let obstacle = Obstacle { rule: denial.rule, steps, is_hidden: denial.is_hidden() };
        self.first.get_or_insert_with(|| First {
            denial: denial.clone(),
            request: self.request.clone(),
            obstacle: Some(obstacle.clone()).filter(|obstacle| !obstacle.steps.is_empty()),
        });
        for step in &obstacle.steps {
            if !(self.may_pass)(step)? {
                return Ok(Break(End::Closed));
            }
        }
        if obstacle.steps.is_empty() || obstacle.steps.iter().any(|step| !step.is_possible()) {
            return Ok(Break(End::Beyond(Box::new(denial.clone()))));
        }
        if self.widen(&obstacle) {
            return Ok(Continue(()));
        }
        self.found.push(Met { obstacle, access });
        Ok(Continue(()))
    }

    /// Several accesses of management are allowed by one policy: the one that was found for the first of them holds the others as well.
    fn widen(&mut self, obstacle: &Obstacle) -> bool {
        let [step] = obstacle.steps.as_slice() else { return false };
        let Some(role) = step.delegates() else { return false };
        let mut known = self.found.iter_mut().flat_map(|met| &mut met.obstacle.steps);
        let Some(before) = known.find(|before| before.delegates() == Some(role)) else { return false };
        let opens = format!("{}; {}", before.opens, step.opens);
        *before = Remedy { opens, ..step.clone() };
        true
    }

    fn is_done(&self, steps: &[Remedy]) -> bool {
        let is_found = |step: &Remedy| self.found.iter().any(|met| met.obstacle.steps.contains(step));
        steps.iter().all(is_found)
    }

    /// Whether the same change was found already, for more.
    fn changes_to(&self, step: &Remedy) -> bool {
        self.found.iter().flat_map(|met| &met.obstacle.steps).any(|known| known.change == step.change)
    }

    /// Whether the last remedy only adds ACL entries, so that everything already allowed stays allowed.
    fn only_grants(&self) -> bool {
        let is_grant = |step: &Remedy| matches!(step.change, Change::Grant(..));
        self.found.last().is_some_and(|met| met.obstacle.steps.iter().all(is_grant))
    }

    /// Decides each requirement or flow after the denied one on its own. Anything missed is found when the whole request is decided.
    fn run_ahead(&mut self, denial: &Denial) -> Result<ControlFlow<End>> {
        if denial.is_hidden() {
            return Ok(Continue(()));
        }
        match denial.missing() {
            Some(access) => self.grant_ahead(access),
            None if matches!(denial.reason, Reason::Protected { .. }) => self.except_ahead(denial),
            None => Ok(Continue(())),
        }
    }

    fn grant_ahead(&mut self, denied: &Access) -> Result<ControlFlow<End>> {
        let is_denied =
            |requirement: &Requirement| matches!(requirement, Requirement::Access(access) if access == denied);
        let requirements: Vec<Requirement> =
            self.request.requirements.iter().skip_while(|requirement| !is_denied(requirement)).cloned().collect();
        for requirement in requirements {
            while self.only_grants() {
                let Some(denial) = self.denial_of(&self.request.alone(vec![requirement.clone()], Vec::new()))? else {
                    break;
                };
                let is_plain = match (&denial.reason, &requirement) {
                    (Reason::NoPrivilege(access, _), Requirement::Access(required)) => {
                        access == required && !denial.is_hidden()
                    }
                    _ => false,
                };
                if !is_plain {
                    return Ok(Continue(()));
                }
                if let Break(end) = self.meet(&denial)? {
                    return Ok(Break(end));
                }
            }
            if !self.only_grants() {
                break;
            }
        }
        Ok(Continue(()))
    }

    /// Objects that leave a project are excepted by one policy: they are gathered, project by project.
    fn except_ahead(&mut self, denied: &Denial) -> Result<ControlFlow<End>> {
        let is_exception = |met: &Met| met.obstacle.steps.iter().all(Remedy::is_exception);
        if !self.found.last().is_some_and(is_exception) {
            return Ok(Continue(()));
        }
        let mut gathered: Vec<Gathered> = Vec::new();
        let mut flows = self.request.flows.iter().skip_while(|flow| !is_about(denied, flow));
        let Some(Flow { destination, .. }) = flows.next() else { return Ok(Continue(())) };
        for flow in flows {
            if gathered.iter().any(|gathered| gathered.objects.contains(&flow.source)) {
                continue;
            }
            let Some(denial) = self.denial_of(&self.with_reads_of(flow))? else { continue };
            let is_plain = is_about(&denial, flow)
                && !denial.is_hidden()
                && flow.destination == *destination
                && flow.source.id != Identity::Gone;
            if !is_plain || self.route.is_by_package() && is_by_package(&denial, &self.request, &self.world())? {
                break;
            }
            let project = flow.source.project.id;
            let known = gathered.iter().position(|gathered| gathered.project == project);
            let mut objects = known.map(|place| gathered.remove(place).objects).unwrap_or_default();
            objects.push(flow.source.clone());
            gathered.push(Gathered { project, objects, last: denial });
        }
        for Gathered { objects, last, .. } in gathered {
            let steps = exceptions(&objects, &self.request, &self.world())?;
            if steps.is_empty() {
                // At least one of them cannot be excepted: handle them one at a time.
                break;
            }
            if let Break(end) = self.add(&last, steps)? {
                return Ok(Break(end));
            }
        }
        Ok(Continue(()))
    }

    /// The request for one flow, with the requirements that read what flows: they say whether it came by a package.
    fn with_reads_of(&self, flow: &Flow) -> Request {
        let reads = |requirement: &&Requirement| match requirement {
            Requirement::Access(access) => access.object == flow.source || flow.through.contains(&access.object),
            Requirement::None(_)
            | Requirement::Member(_)
            | Requirement::GrantTo { .. }
            | Requirement::AllowTo { .. }
            | Requirement::Unbound { .. }
            | Requirement::Tenant(_)
            | Requirement::TenantProject(_)
            | Requirement::Join { .. }
            | Requirement::Act(_)
            | Requirement::Usage(_)
            | Requirement::Location(_) => false,
        };
        self.request.alone(self.request.requirements.iter().filter(reads).cloned().collect(), vec![flow.clone()])
    }

    /// Drops what a later remedy made unnecessary.
    fn prune(&mut self) -> Result<()> {
        let mut doubtful = Vec::new();
        for place in (0..self.found.len()).rev() {
            if self.found.len() > 1 && !self.is_needed_alone(place)? {
                doubtful.push(place);
            }
        }
        self.prune_some(&doubtful)
    }

    /// Drops those of these obstacles, given from the last to the first, without which the request is allowed.
    fn prune_some(&mut self, places: &[usize]) -> Result<()> {
        if places.is_empty() || self.found.len() < 2 {
            return Ok(());
        }
        if places.len() < self.found.len() {
            let is_kept = |(place, _): &(usize, &Met)| !places.contains(place);
            let kept: Vec<&Met> = self.found.iter().enumerate().filter(is_kept).map(|(_, met)| met).collect();
            let changes = changes(kept.iter().map(|met| &met.obstacle));
            if denial(&self.request, &Hypothetical::of(self.facts, changes, self.now), self.now)?.is_none() {
                self.found = kept.into_iter().cloned().collect();
                return Ok(());
            }
        }
        if places.len() == 1 {
            return Ok(());
        }
        // Remove from the end, so that earlier indexes stay valid.
        let (later, earlier) = places.split_at(places.len() / 2);
        self.prune_some(later)?;
        self.prune_some(earlier)
    }

    /// Whether the requirements for an obstacle's access are denied without its remedy: then it is needed in every combination.
    fn is_needed_alone(&self, place: usize) -> Result<bool> {
        let Some(access) = self.found.get(place).and_then(|met| met.access.as_ref()) else { return Ok(false) };
        let is_same = |requirement: &&Requirement| match requirement {
            Requirement::Access(other) => {
                other.action == access.action && other.object == access.object && other.rights == access.rights
            }
            Requirement::None(_)
            | Requirement::Member(_)
            | Requirement::GrantTo { .. }
            | Requirement::AllowTo { .. }
            | Requirement::Unbound { .. }
            | Requirement::Tenant(_)
            | Requirement::TenantProject(_)
            | Requirement::Join { .. }
            | Requirement::Act(_)
            | Requirement::Usage(_)
            | Requirement::Location(_) => false,
        };
        let requirements: Vec<Requirement> = self.request.requirements.iter().filter(is_same).cloned().collect();
        if requirements.is_empty() {
            return Ok(false);
        }
        let others = self.found.iter().enumerate().filter(|(other, _)| *other != place);
        let world = Hypothetical::of(self.facts, changes(others.map(|(_, met)| &met.obstacle)), self.now);
        Ok(denial(&self.request.alone(requirements, Vec::new()), &world, self.now)?.is_some())
    }
}

/// Objects of one project that may not leave it.
struct Gathered {
    project: ProjectId,
    objects: Vec<Object>,
    /// The denial of the last one.
    last: Denial,
}

/// Whether it is this flow that was denied.
fn is_about(denial: &Denial, flow: &Flow) -> bool {
    matches!(&denial.reason, Reason::Protected { object, destination }
        if *object == flow.source && *destination == flow.destination)
}

fn denial(request: &Request, world: &Hypothetical<'_>, now: Time) -> Result<Option<Denial>> {
    Ok(match decide(request, world, now)?.verdict() {
        Verdict::Allowed { .. } => None,
        Verdict::Denied(denial) => Some((**denial).clone()),
    })
}
