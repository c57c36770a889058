//! Buckets of S3-compatible stores (EXT-2): an endpoint is reached under the addresses that were looked at, and redirects are not followed.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{HttpClient, HttpConnector};
use object_store::list::{PaginatedListOptions, PaginatedListStore};
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, RetryConfig};

use super::answers::Bounded;

use super::{Folders, Reach};
use crate::error::{Code, Error, Result};
use crate::model::{BucketScheme, Location, Root};

/// Objects of one location.
const OBJECTS: usize = 100_000;
/// Answers in which a location is listed: a store may give fewer objects in one than the usual thousand.
const PAGES: usize = 1_000;
/// How long listing a location may take.
const LISTING: Duration = Duration::from_secs(300);
/// How long one request may take, and a connection.
const REQUEST: Duration = Duration::from_secs(60);
const CONNECTION: Duration = Duration::from_secs(10);

/// A folder of a bucket.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    store: Arc<AmazonS3>,
    prefix: Path,
}

impl Bucket {
    /// Opens the bucket of a location; nothing is asked of it yet.
    ///
    /// # Errors
    /// The endpoint has no address, or one in a private network without a network connection.
    pub fn open(location: &Location, folders: &Folders) -> Result<Self> {
        let reach = &folders.reach;
        let Root::Bucket { scheme, host, port, bucket } = &location.root else {
            return Err(Error::new(Code::Internal, "the location is in no bucket"));
        };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let is_address = bare.parse::<IpAddr>().is_ok();
        // Only hosts with names have one for each bucket.
        let in_host = *scheme == BucketScheme::Oss && !is_address;
        let named = if in_host { format!("{bucket}.{host}") } else { host.clone() };
        // Behind a network connection there is no certificate that anyone could check, unless the port says so.
        let is_plain = reach.by_connection && port.is_some();
        let number = port.unwrap_or(443);
        let addresses = addresses(if in_host { &named } else { bare }, number, reach)?;
        let endpoint = format!("{}://{named}:{number}", if is_plain { "http" } else { "https" });
        let region = match (scheme, host.split('.').next()) {
            (BucketScheme::Oss, Some(first)) if !is_address => first.trim_end_matches("-internal").to_owned(),
            _ => "us-east-1".to_owned(),
        };
        let builder = AmazonS3Builder::new()
            .with_endpoint(endpoint)
            .with_bucket_name(bucket)
            .with_region(region)
            .with_virtual_hosted_style_request(in_host)
            .with_allow_http(is_plain)
            .with_retry(RetryConfig { max_retries: 2, retry_timeout: REQUEST, ..RetryConfig::default() })
            .with_http_connector(Connector { host: named, addresses, is_plain });
        let builder = match &reach.server {
            Some((tenant, name)) => {
                let (id, secret) = folders.outside.credentials(tenant, name)?;
                builder.with_access_key_id(id).with_secret_access_key(secret)
            }
            None => builder.with_skip_signature(true),
        };
        let store = builder.build().map_err(|error| failed(&error))?;
        Ok(Self { store: Arc::new(store), prefix: location.parts.iter().map(String::as_str).collect() })
    }

    /// Its objects and those of folders in it, by name; names that begin with `.` or `_` are no data.
    ///
    /// # Errors
    /// The store cannot be listed, or its answers come to no end.
    pub async fn files(&self) -> Result<Vec<(Path, u64)>> {
        let (mut found, mut seen, mut token) = (Vec::new(), 0, None);
        let (mut tokens, until) = (HashSet::new(), Instant::now() + LISTING);
        let prefix = format!("{}/", self.prefix);
        let prefix = Some(prefix.as_str()).filter(|prefix| *prefix != "/");
        for _ in 0..PAGES {
            let options = PaginatedListOptions { page_token: token, ..PaginatedListOptions::default() };
            let page = self.store.list_paginated(prefix, options).await.map_err(|error| failed(&error))?;
            // What is no data counts as well: a store may have any number of it.
            seen += page.result.objects.len();
            if seen > OBJECTS {
                return Err(Error::new(Code::File, format!("the location contains more than {OBJECTS} files"))
                    .help("name a folder with fewer files"));
            }
            found.extend(page.result.objects.into_iter().filter_map(|object| {
                let mut below = object.location.prefix_match(&self.prefix)?;
                // An empty object stands for a folder.
                let is_data = object.size > 0 && below.all(|part| !part.as_ref().starts_with(['.', '_']));
                is_data.then_some((object.location.clone(), object.size))
            }));
            let Some(next) = page.page_token else {
                found.sort();
                if found.windows(2).any(|pair| matches!(pair, [(one, _), (other, _)] if one == other)) {
                    return Err(unlisted("the listing contains a duplicate file"));
                }
                return Ok(found);
            };
            if !tokens.insert(next.clone()) {
                return Err(unlisted("the listing repeats a continuation token"));
            }
            if Instant::now() >= until {
                return Err(unlisted(&format!("listing took longer than {} s", LISTING.as_secs())));
            }
            token = Some(next);
        }
        Err(unlisted(&format!("the listing has more than {PAGES} pages")))
    }

    /// The names on the way from the folder to an object, its own last.
    pub fn below(&self, path: &Path) -> Vec<String> {
        path.prefix_match(&self.prefix).into_iter().flatten().map(|part| part.as_ref().to_owned()).collect()
    }

    /// Bytes of an object.
    pub async fn read(&self, path: &Path, range: Range<u64>) -> Result<Vec<u8>> {
        let length = range.end - range.start;
        let bytes = self.store.get_range(path, range).await.map_err(|error| failed(&error))?;
        match bytes.len() as u64 == length {
            true => Ok(bytes.to_vec()),
            false => Err(Error::new(Code::File, "a file of the location changed while it was read")
                .help("run the statement again")),
        }
    }

    /// The store itself.
    pub fn store(&self) -> Arc<dyn ObjectStore> {
        Arc::<AmazonS3>::clone(&self.store)
    }

    /// A name in the folder.
    pub fn child(&self, name: &str) -> Path {
        self.prefix.clone().join(name)
    }
}

fn unlisted(why: &str) -> Box<Error> {
    Error::new(Code::File, format!("could not list the objects at the location: {why}"))
        .help("check that the endpoint is an S3-compatible store, and name a folder with fewer files")
}

/// The addresses of a host.
fn addresses(host: &str, port: u16, reach: &Reach) -> Result<Vec<SocketAddr>> {
    let found: Vec<SocketAddr> = match (host, port).to_socket_addrs() {
        Ok(found) => found.collect(),
        Err(_) => Vec::new(),
    };
    if found.is_empty() {
        return Err(Error::new(Code::File, "the endpoint of the location has no address").help("check its name"));
    }
    if !reach.by_connection && found.iter().any(|address| !is_public(address.ip())) {
        return Err(Error::new(
            Code::Authorization,
            "the endpoint of the location is in a private network, and reached by a network connection only",
        )
        .help("name one: `tblproperties ('networklink'='<name>')`, or `properties (…)` of `load` and `unload`"));
    }
    Ok(found)
}

/// Whether an address is one of the internet.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_4(address),
        IpAddr::V6(address) => is_public_6(address),
    }
}

fn is_public_4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let is_reserved = address.is_unspecified()
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || first == 0
        || first >= 240
        || first == 100 && (64..128).contains(&second)
        || first == 192 && second == 0 && third == 0
        || first == 198 && (18..20).contains(&second);
    !is_reserved
}

fn is_public_6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let [first, second, ..] = segments;
    let last = || {
        let [.., high, low] = segments;
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_4(mapped);
    }
    match (first, second) {
        // What stands for an IPv4 address: translated, or by 6to4.
        (0x64, 0xff9b) => is_public_4(last()),
        (0x2002, _) => {
            let [a, b] = second.to_be_bytes();
            let [c, d] = segments.get(2).copied().unwrap_or_default().to_be_bytes();
            is_public_4(Ipv4Addr::new(a, b, c, d))
        }
        (0x2001, 0x0db8) => false,
        // Global unicast; everything else is local, reserved or for many.
        _ => (0x2000..0x4000).contains(&first),
    }
}

/// Connects to the addresses that were looked at, and to no other: not by a proxy of the environment, and not where the store sends one to.
#[derive(Debug)]
struct Connector {
    host: String,
    addresses: Vec<SocketAddr>,
    is_plain: bool,
}

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .resolve_to_addrs(&self.host, &self.addresses)
            .timeout(REQUEST)
            .connect_timeout(CONNECTION)
            .https_only(!self.is_plain)
            .build()
            .map_err(|error| object_store::Error::Generic { store: "S3", source: Box::new(error) })?;
        Ok(HttpClient::new(Bounded(client)))
    }
}

/// What the store says is not passed on: anyone may have written it.
pub(super) fn failed(error: &object_store::Error) -> Box<Error> {
    use object_store::Error as E;
    match error {
        E::NotFound { .. } => {
            Error::new(Code::File, "the location does not exist").help("check the bucket and the folder")
        }
        E::PermissionDenied { .. } | E::Unauthenticated { .. } => {
            Error::new(Code::File, "the store of the location refuses its credentials")
                .help("an external data source has them: `tblproperties ('foreignserver'='<name>')`")
        }
        _ => Error::new(Code::File, "the store of the location cannot be reached, or answers with an error")
            .help("check the endpoint of the location; redirects are not followed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_not_of_the_internet_are_known_in_every_form() {
        for address in [
            "127.0.0.1",
            "127.1.2.3",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.100.100.200",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "240.0.0.1",
            "192.0.0.1",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "2001:db8::1",
            "100::1",
            "fec0::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in [
            "8.8.8.8",
            "100.63.0.1",
            "100.128.0.1",
            "172.32.0.1",
            "2606:4700::1111",
            "64:ff9b::808:808",
            "2002:808:808::",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }
}
