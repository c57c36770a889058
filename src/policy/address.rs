use std::net::IpAddr;

use super::pattern;
use crate::error::{Code, Error, Result};
use crate::model::{Network, Source};

/// The addresses that may use a project: `odps.security.ip.whitelist` and `odps.security.vpc.whitelist`.
///
/// Without either there is no restriction. With only the IP list, access from a VPC is refused; with only the VPC list,
/// access from outside a VPC is.
///
/// Source: IPW, SECFUN (formats: one address, CIDR, range; IPv4 and IPv6; `<region>_<vpc>[addresses]`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AddressList {
    addresses: Vec<Range>,
    vpcs: Vec<(String, Vec<Range>)>,
}

/// Both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    first: IpAddr,
    last: IpAddr,
}

impl AddressList {
    /// Reads both lists; an empty text means that there is no list.
    ///
    /// # Errors
    /// An entry is not an address, CIDR block or range.
    pub fn parse(ip: &str, vpc: &str) -> Result<Self> {
        let addresses = parse_ranges(ip)?;
        // Separators alone would admit everybody, though a list is set.
        if addresses.is_empty() && !ip.trim().is_empty() {
            return Err(invalid(ip));
        }
        let mut vpcs = Vec::new();
        for entry in split_outside_brackets(vpc) {
            let (name, inside) = match entry.split_once('[') {
                Some((name, inside)) => match inside.strip_suffix(']') {
                    Some(inside) if !inside.trim().is_empty() => (name, inside),
                    _ => return Err(invalid(entry)),
                },
                None => (entry, ""),
            };
            if name.is_empty() {
                return Err(invalid(entry));
            }
            vpcs.push((name.to_ascii_lowercase(), parse_ranges(inside)?));
        }
        if vpcs.is_empty() && !vpc.trim().is_empty() {
            return Err(invalid(vpc));
        }
        Ok(Self { addresses, vpcs })
    }

    /// A place that is admitted; none if every place is, or none.
    pub fn example(&self) -> Option<Source> {
        let first = |ranges: &[Range]| ranges.first().map(|range| range.first);
        if let Some(ip) = first(&self.addresses) {
            return Some(Source::internet(ip));
        }
        let (vpc, ranges) = self.vpcs.first()?;
        let ip = first(ranges).unwrap_or(IpAddr::from([127, 0, 0, 1]));
        // What a pattern stands for may be nothing, or any character.
        Some(Source { ip, network: Network::Vpc(vpc.replace('*', "").replace('?', "x")) })
    }

    /// Whether a session that comes from `source` may use the project.
    pub fn admits(&self, source: &Source) -> bool {
        if self.addresses.is_empty() && self.vpcs.is_empty() {
            return true;
        }
        match source.vpc() {
            Some(vpc) => self.vpcs.iter().any(|(name, ranges)| {
                pattern::matches(name, vpc) && (ranges.is_empty() || contains(ranges, source.ip))
            }),
            None => contains(&self.addresses, source.ip),
        }
    }
}

fn contains(ranges: &[Range], ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    ranges.iter().any(|range| range.first.is_ipv4() == ip.is_ipv4() && range.first <= ip && ip <= range.last)
}

/// The addresses of a condition: at least one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Addresses(Vec<Range>);

impl Addresses {
    /// Reads addresses, networks and ranges, separated by commas.
    pub fn parse(list: &str) -> Option<Self> {
        parse_ranges(list).ok().filter(|ranges| !ranges.is_empty()).map(Self)
    }

    /// The addresses at which being among them begins or ends.
    pub fn edges(&self) -> impl Iterator<Item = IpAddr> {
        let after = |last: IpAddr| match last {
            IpAddr::V4(last) => u32::from(last).checked_add(1).map(|next| IpAddr::V4(next.into())),
            IpAddr::V6(last) => u128::from(last).checked_add(1).map(|next| IpAddr::V6(next.into())),
        };
        self.0.iter().flat_map(move |range| std::iter::once(range.first).chain(after(range.last)))
    }

    /// Whether an address is among them; IPv4 inside IPv6 is IPv4.
    pub fn contain(&self, ip: IpAddr) -> bool {
        contains(&self.0, ip)
    }
}

fn parse_ranges(list: &str) -> Result<Vec<Range>> {
    list.split(',')
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
        .map(|entry| parse_range(entry).ok_or_else(|| invalid(entry)))
        .collect()
}

fn parse_range(entry: &str) -> Option<Range> {
    if let Some((network, bits)) = entry.split_once('/') {
        return cidr(network.trim().parse().ok()?, bits.trim().parse().ok()?);
    }
    let (first, last) = entry.split_once('-').unwrap_or((entry, entry));
    let (first, last): (IpAddr, IpAddr) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    // Sessions are held against lists by their canonical address: `::ffff:10.0.0.1` is 10.0.0.1 in both.
    let (first, last) = (first.to_canonical(), last.to_canonical());
    (first.is_ipv4() == last.is_ipv4() && first <= last).then_some(Range { first, last })
}

fn cidr(network: IpAddr, bits: u32) -> Option<Range> {
    let canonical = network.to_canonical();
    match network {
        IpAddr::V6(_) if canonical.is_ipv4() && bits >= 96 => cidr(canonical, bits - 96),
        IpAddr::V4(network) => {
            let mask = u32::MAX.checked_shl(32_u32.checked_sub(bits)?).unwrap_or(0);
            let first = u32::from(network) & mask;
            Some(Range { first: IpAddr::V4(first.into()), last: IpAddr::V4((first | !mask).into()) })
        }
        IpAddr::V6(network) => {
            let mask = u128::MAX.checked_shl(128_u32.checked_sub(bits)?).unwrap_or(0);
            let first = u128::from(network) & mask;
            Some(Range { first: IpAddr::V6(first.into()), last: IpAddr::V6((first | !mask).into()) })
        }
    }
}

fn split_outside_brackets(text: &str) -> Vec<&str> {
    let mut depth = 0_u32;
    text.split(|c: char| {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
    .map(str::trim)
    .filter(|entry| !entry.is_empty())
    .collect()
}

fn invalid(entry: &str) -> Box<Error> {
    Error::new(Code::Setting, format!("`{entry}` is not an IP address, network or range"))
        .help("write addresses as 10.0.0.1, 10.0.0.0/16 or 10.0.0.1-10.0.0.9, and a VPC as <region>_<vpc>[addresses]")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(ip: &str, vpc: Option<&str>) -> Source {
        Source { ip: ip.parse().unwrap(), network: vpc.map_or(Network::Internet, |vpc| Network::Vpc(vpc.to_owned())) }
    }

    #[test]
    fn each_list_closes_the_other_way_in() {
        let open = AddressList::parse("", "").unwrap();
        assert!(open.admits(&from("8.8.8.8", None)) && open.admits(&from("10.0.0.1", Some("cn_vpc1"))));
        let ip = AddressList::parse("10.0.0.0/8, 1.1.1.1-1.1.1.9,::1", "").unwrap();
        assert!(
            ip.admits(&from("10.255.0.1", None)) && ip.admits(&from("1.1.1.5", None)) && ip.admits(&from("::1", None))
        );
        assert!(ip.admits(&from("::ffff:10.0.0.1", None)));
        assert!(!ip.admits(&from("11.0.0.1", None)) && !ip.admits(&from("10.0.0.1", Some("cn_vpc1"))));
        let vpc = AddressList::parse("", "cn_vpc1[10.0.0.1,10.0.0.3], cn_vpc2").unwrap();
        assert!(vpc.admits(&from("10.0.0.3", Some("CN_vpc1"))) && vpc.admits(&from("9.9.9.9", Some("cn_vpc2"))));
        assert!(!vpc.admits(&from("10.0.0.2", Some("cn_vpc1"))) && !vpc.admits(&from("10.0.0.1", None)));
    }

    #[test]
    fn whole_networks_and_nonsense() {
        assert!(AddressList::parse("::ffff:127.0.0.0/104", "").unwrap().admits(&from("127.0.0.1", None)));
        assert!(AddressList::parse("::ffff:10.0.0.1", "").unwrap().admits(&from("10.0.0.1", None)));
        assert!(AddressList::parse("0.0.0.0/0", "").unwrap().admits(&from("9.9.9.9", None)));
        for bad in [",", " , ,", "10.0.0", "10.0.0.1/33", "::/129", "1.1.1.9-1.1.1.1", "1.1.1.1-::1", "x"] {
            assert!(AddressList::parse(bad, "").is_err(), "{bad}");
        }
        assert!(AddressList::parse("", ",").is_err() && AddressList::parse("", "cn_vpc[]").is_err());
        assert!(AddressList::parse("", "cn_vpc[10.0.0.1").is_err() && AddressList::parse("", "[1.1.1.1]").is_err());
    }
}
