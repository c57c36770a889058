//! Where a request may come from, and as which kind of job: as far as the conditions of policies tell them apart.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

use crate::error::Result;
use crate::model::{JobType, PolicyHolder, ProjectId, Source};
use crate::policy::{AccessPolicy, Conditions};
use crate::security::{Request, Reverse};

/// Every case that the policies of some projects, and conditions of entries, tell apart: each is decided once, for all addresses of its range.
#[derive(Debug, Clone)]
pub(super) struct Circumstances {
    edges: BTreeSet<IpAddr>,
    asks_job: bool,
    cases: Vec<Case>,
}

/// Addresses from which, and the kind of job as which, every decision is the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Case {
    first: IpAddr,
    last: IpAddr,
    /// None of what is no job, or where no condition is on the kind of job.
    pub job: Option<JobType>,
}

/// The cases in which somebody can, if not in all: by kind of job the addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    held: Vec<Case>,
    /// How many kinds of job there are to tell apart.
    jobs: usize,
    /// Whether addresses are told apart.
    asks_address: bool,
}

impl When {
    /// Whether a request from this address, as this kind of job, is among them.
    pub fn admits(&self, ip: IpAddr, job: Option<JobType>) -> bool {
        let ip = ip.to_canonical();
        let is_in = |case: &Case| case.first.is_ipv4() == ip.is_ipv4() && case.first <= ip && ip <= case.last;
        self.held.iter().any(|case| (!self.asks_address || is_in(case)) && (self.jobs == 1 || case.job == job))
    }
}

impl Case {
    /// The case that a request is of: its address alone.
    pub fn of(request: &Request) -> Self {
        Self { first: request.source.ip, last: request.source.ip, job: request.job }
    }

    /// An address of its range.
    pub fn source(&self) -> Source {
        Source::internet(self.first)
    }

    /// Its addresses in words.
    fn range(&self) -> String {
        match self {
            case if case.is_all_of_a_family() && case.first.is_ipv4() => "any IPv4 address".to_owned(),
            case if case.is_all_of_a_family() => "any IPv6 address".to_owned(),
            Self { first, last, .. } if first == last => first.to_string(),
            Self { first, last, .. } => match prefix(*first, *last) {
                Some(bits) => format!("{first}/{bits}"),
                None => format!("{first}-{last}"),
            },
        }
    }

    fn is_all_of_a_family(&self) -> bool {
        let v4 = (IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V4(Ipv4Addr::BROADCAST));
        let v6 = (IpAddr::V6(Ipv6Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::from(u128::MAX)));
        [v4, v6].contains(&(self.first, self.last))
    }
}

impl Circumstances {
    /// The cases that the policies of these projects tell apart.
    ///
    /// # Errors
    /// Fails only if the facts cannot be read.
    pub fn of(projects: &[ProjectId], facts: &dyn Reverse) -> Result<Self> {
        let (mut edges, mut asks_job) = (BTreeSet::new(), false);
        for project in projects {
            let roles = facts.roles_with_policies(*project)?.into_iter().map(PolicyHolder::Role);
            let tenant_roles = facts.tenant_roles_in(*project)?.into_iter().map(PolicyHolder::TenantRole);
            for holder in std::iter::once(PolicyHolder::Project).chain(roles).chain(tenant_roles) {
                let policy = facts.policy(*project, &holder)?;
                let Some(Ok(policy)) = policy.as_deref() else { continue };
                edges.extend(policy.address_edges());
                asks_job |= policy.asks_for_the_job();
            }
        }
        Ok(Self::between(edges, asks_job))
    }

    /// Those that these conditions of entries tell apart as well.
    pub fn with(&self, conditions: &[Conditions]) -> Self {
        let edges = conditions.iter().flat_map(Conditions::address_edges);
        let asks_job = self.asks_job || conditions.iter().any(Conditions::asks_for_the_job);
        Self::between(edges.chain(self.edges.iter().copied()).collect(), asks_job)
    }

    /// Those that this policy tells apart as well.
    pub fn and(&self, policy: &AccessPolicy) -> Self {
        let edges = policy.address_edges().chain(self.edges.iter().copied()).collect();
        Self::between(edges, self.asks_job || policy.asks_for_the_job())
    }

    fn between(edges: BTreeSet<IpAddr>, asks_job: bool) -> Self {
        let jobs: &[Option<JobType>] = match asks_job {
            true => &[Some(JobType::Sql), Some(JobType::Dt), Some(JobType::MapReduce), None],
            false => &[None],
        };
        let ranges = if edges.is_empty() { vec![anywhere()] } else { ranges(&edges) };
        let cases = jobs.iter().flat_map(|job| ranges.iter().map(|(first, last)| (*job, *first, *last)));
        let cases = cases.map(|(job, first, last)| Case { first, last, job }).collect();
        Self { edges, asks_job, cases }
    }

    /// The cases.
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// The cases among all in which something holds; nothing if it holds in every one.
    pub fn when(&self, held: Vec<Case>) -> Option<When> {
        let jobs = self.cases.iter().map(|case| case.job).collect::<BTreeSet<_>>().len();
        let asks_address = !self.edges.is_empty();
        (held.len() < self.cases.len()).then_some(When { held, jobs, asks_address })
    }
}

/// The length of the prefix, if a range is a network.
fn prefix(first: IpAddr, last: IpAddr) -> Option<u32> {
    let (first, last, length) = match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => (u128::from(u32::from(first)), u128::from(u32::from(last)), 32_u32),
        (IpAddr::V6(first), IpAddr::V6(last)) => (u128::from(first), u128::from(last), 128),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return None,
    };
    let host = first ^ last;
    // The bits in which they differ are the last ones, and all of them.
    let is_network = host & host.wrapping_add(1) == 0 && first & host == 0;
    is_network.then(|| length - host.count_ones())
}

/// Stands for every address, where no policy asks for it.
fn anywhere() -> (IpAddr, IpAddr) {
    let local = Source::default().ip;
    (local, local)
}

/// The ranges between the edges, each of which begins one.
fn ranges(edges: &BTreeSet<IpAddr>) -> Vec<(IpAddr, IpAddr)> {
    let ends = [
        (IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V4(Ipv4Addr::BROADCAST)),
        (IpAddr::V6(Ipv6Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::from(u128::MAX))),
    ];
    let mut ranges = Vec::new();
    for (least, most) in ends {
        let of_family = edges.iter().filter(|edge| edge.is_ipv4() == least.is_ipv4() && **edge > least);
        let starts: Vec<IpAddr> = std::iter::once(least).chain(of_family.copied()).collect();
        for (place, start) in starts.iter().enumerate() {
            let last = starts.get(place + 1).map_or(most, |next| before(*next));
            ranges.push((*start, last));
        }
    }
    ranges
}

fn before(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => IpAddr::V4(u32::from(address).saturating_sub(1).into()),
        IpAddr::V6(address) => IpAddr::V6(u128::from(address).saturating_sub(1).into()),
    }
}

/// `from 10.0.0.0-10.255.255.255 as SQL`
impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut of_jobs: Vec<(Option<JobType>, Vec<String>)> = Vec::new();
        for case in joined(&self.held) {
            match of_jobs.iter_mut().find(|(job, _)| *job == case.job) {
                Some((_, ranges)) => ranges.push(case.range()),
                None => of_jobs.push((case.job, vec![case.range()])),
            }
        }
        let mut places: Vec<(Vec<String>, Vec<Option<JobType>>)> = Vec::new();
        for (job, ranges) in of_jobs {
            match places.iter_mut().find(|(known, _)| *known == ranges) {
                Some((_, jobs)) => jobs.push(job),
                None => places.push((ranges, vec![job])),
            }
        }
        let said = places.iter().map(|(ranges, jobs)| {
            let local = Source::default().ip.to_string();
            // Without a condition on the address, one stands for all.
            let is_anywhere =
                (!self.asks_address && *ranges == [local]) || *ranges == ["any IPv4 address", "any IPv6 address"];
            let from = (!is_anywhere).then(|| format!("from {}", ranges.join(", ")));
            let names = |job: &Option<JobType>| job.map_or("no job", JobType::name);
            let job = (jobs.len() < self.jobs)
                .then(|| format!("as {}", jobs.iter().map(names).collect::<Vec<_>>().join(" or ")));
            from.into_iter().chain(job).collect::<Vec<_>>().join(" ")
        });
        f.write_str(&said.collect::<Vec<_>>().join("; "))
    }
}

/// Neighbouring ranges are one.
fn joined(cases: &[Case]) -> Vec<Case> {
    let mut joined: Vec<Case> = Vec::new();
    for case in cases {
        match joined.last_mut() {
            Some(last) if last.job == case.job && last.last < case.first && before(case.first) == last.last => {
                last.last = case.last;
            }
            _ => joined.push(case.clone()),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn edges_cut_the_addresses_into_ranges() {
        let edges = BTreeSet::from([ip("10.0.0.0"), ip("11.0.0.0"), ip("::5")]);
        let ranges = ranges(&edges);
        assert_eq!(
            ranges,
            [
                (ip("0.0.0.0"), ip("9.255.255.255")),
                (ip("10.0.0.0"), ip("10.255.255.255")),
                (ip("11.0.0.0"), ip("255.255.255.255")),
                (ip("::"), ip("::4")),
                (ip("::5"), ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")),
            ]
        );
    }

    #[test]
    fn neighbours_are_said_as_one() {
        let case = |first, last, job| Case { first: ip(first), last: ip(last), job };
        let (sql, dt) = (Some(JobType::Sql), Some(JobType::Dt));
        let held = vec![
            case("10.0.0.0", "10.0.0.9", sql),
            case("10.0.0.10", "10.0.0.20", sql),
            case("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", sql),
            case("1.1.1.1", "1.1.1.1", dt),
            case("1.1.1.1", "1.1.1.1", None),
        ];
        let when = When { held, jobs: 3, asks_address: true };
        assert_eq!(when.to_string(), "from 10.0.0.0-10.0.0.20, any IPv6 address as SQL; from 1.1.1.1 as DT or no job");
        let held = vec![case("10.0.0.0", "10.0.0.9", sql), case("10.0.0.0", "10.0.0.9", dt)];
        assert_eq!(When { held, jobs: 2, asks_address: true }.to_string(), "from 10.0.0.0-10.0.0.9");
    }

    #[test]
    fn networks_are_said_by_their_prefix() {
        let said = |first, last| Case { first: ip(first), last: ip(last), job: None }.range();
        assert_eq!(said("10.0.0.0", "10.255.255.255"), "10.0.0.0/8");
        assert_eq!(said("10.0.0.4", "10.0.0.5"), "10.0.0.4/31");
        assert_eq!(said("10.0.0.5", "10.0.0.6"), "10.0.0.5-10.0.0.6");
        assert_eq!(said("10.0.0.8", "10.0.0.11"), "10.0.0.8/30");
        assert_eq!(said("10.0.0.4", "10.0.0.11"), "10.0.0.4-10.0.0.11");
        assert_eq!(said("128.0.0.0", "255.255.255.255"), "128.0.0.0/1");
        assert_eq!(said("fe80::", "fe80::ffff"), "fe80::/112");
        assert_eq!(
            said("::5", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            "::5-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
        );
    }
}
