//! Address lists: their values, and the text that a property or a policy holds.

use std::net::Ipv4Addr;

use fastrand::Rng;

use super::{chance, pick};

/// The addresses that requests come from.
pub const IPS: [[u8; 4]; 4] = [[127, 0, 0, 1], [10, 0, 0, 5], [10, 0, 9, 9], [192, 168, 1, 1]];
/// The VPCs that requests come from.
pub const VPCS: [&str; 2] = ["cn_vpc1", "cn_vpc2"];

/// One entry: all addresses from the first to the last.
#[derive(Debug, Clone)]
pub struct Addresses {
    pub first: [u8; 4],
    pub last: [u8; 4],
    pub text: String,
}

/// A VPC, and the addresses in it; none of them means all.
#[derive(Debug, Clone)]
pub struct Vpc {
    pub name: String,
    pub addresses: Vec<Addresses>,
}

impl Addresses {
    /// One address, a network or a range, that often holds one of [`IPS`].
    pub fn random(rng: &mut Rng) -> Self {
        let ip = *pick(rng, &IPS);
        let [a, b, c, d] = ip;
        let text = Ipv4Addr::from(ip);
        match rng.u32(0..4) {
            0 => Self { first: ip, last: ip, text: text.to_string() },
            1 => Self { first: [a, b, c, 0], last: [a, b, c, 255], text: format!("{text}/24") },
            2 => Self { first: [a, 0, 0, 0], last: [a, 255, 255, 255], text: format!("{text}/8") },
            _ => {
                let last = [a, b, c, d + 9];
                Self { first: ip, last, text: format!("{text} - {}", Ipv4Addr::from(last)) }
            }
        }
    }

    /// The text of a whole list.
    pub fn list(all: &[Self]) -> String {
        all.iter().map(|one| one.text.as_str()).collect::<Vec<_>>().join(", ")
    }
}

impl Vpc {
    /// One of [`VPCS`], in any case.
    pub fn random(rng: &mut Rng) -> Self {
        let name = *pick::<&str>(rng, &VPCS);
        let name = if chance(rng, 30) { name.to_uppercase() } else { name.to_owned() };
        let addresses = (0..rng.usize(0..3)).map(|_| Addresses::random(rng)).collect();
        Self { name, addresses }
    }

    /// The text of a whole list.
    pub fn list(all: &[Self]) -> String {
        let one = |vpc: &Self| match vpc.addresses.is_empty() {
            true => vpc.name.clone(),
            false => format!("{}[{}]", vpc.name, Addresses::list(&vpc.addresses)),
        };
        all.iter().map(one).collect::<Vec<_>>().join(",")
    }
}
