use super::*;
use crate::text::Secret;

const ID: &str = "LTAI4FkAExampleKeyId";

fn secret() -> Secret {
    Secret::new("oRd30z7sV4hBX9aYtJgii5qnyhg=")
}

/// 13 May 2014, 09:22:20 UTC.
const NOW: Time = Time(1_399_972_940_000);

/// The request of a public test of the Java SDK.
fn published() -> Request {
    let headers = [
        ("x-odps-user-agent", "JavaSDK/0.12.0;Linux"),
        ("Date", "Tue, 13 May 2014 09:22:20 GMT"),
        ("Content-Length", "369"),
        ("Content-MD5", "746a0402967096663daa8bd1a2ff5c7c"),
        ("User-Agent", "JavaSDK/0.12.0;Linux"),
        ("Content-Type", "application/xml"),
    ];
    Request::new("POST", "/projects/odps_test_tunnel_project/instances", headers).unwrap()
}

fn get(target: &str) -> Request {
    Request::new("GET", target, [("Date", "Tue, 13 May 2014 09:22:20 GMT"), ("x-odps-user-agent", "odpsh")]).unwrap()
}

fn verified(request: &Request, authorization: &str, now: Time) -> Result<(), Refusal> {
    verify(request, &Authorization::parse(authorization)?, &secret(), now)
}

#[test]
fn the_text_is_the_published_one() {
    let expected = "POST\n746a0402967096663daa8bd1a2ff5c7c\napplication/xml\nTue, 13 May 2014 09:22:20 GMT\n\
                    x-odps-user-agent:JavaSDK/0.12.0;Linux\n/projects/odps_test_tunnel_project/instances";
    assert_eq!(canonical::as_sent(&published()).unwrap(), expected);
    assert_eq!(canonical::as_received(&published()), [expected]);
}

#[test]
fn the_hash_is_the_published_one() {
    let text = "POST\n6c2e10f17bb7385f2ac30811b5e8e46f\napplication/xml\nTue, 13 May 2014 09:51:17 GMT\n\
                x-odps-user-agent:JavaSDK/0.12.0;Linux\n/projects/odps_test_tunnel_project/instances";
    let expected = [
        0xfb, 0x67, 0x05, 0xcc, 0x1c, 0xeb, 0xda, 0xfe, 0xe6, 0x02, 0x53, 0x95, 0x1a, 0x0b, 0xa5, 0x43, 0xee, 0x7c,
        0x9e, 0xe4,
    ];
    let header = Authorization::signed(ID, Scheme::V2, &secret(), text).to_string();
    let hash = hash::keyed(&secret(), &Scheme::V2, text).unwrap();
    assert!(hmac::Mac::verify_slice(hash, &expected).is_ok());
    assert_eq!(header, format!("ODPS {ID}:+2cFzBzr2v7mAlOVGgulQ+58nuQ="));
}

/// Calculated with the hashes of another language's library.
#[test]
fn v4_signs_with_a_key_of_the_day_and_the_region() {
    let header = sign(&published(), ID, &secret(), Some("cn-hangzhou")).unwrap();
    assert_eq!(header, format!("ODPS {ID}/20140513/cn-hangzhou/odps/aliyun_v4_request:qe5linzA1/ciuPkvL0OIDZ8vOYk="));
    assert_eq!(verified(&published(), &header, NOW), Ok(()));
    // Another region or day, or another name of the corporation, makes another key.
    for (from, to) in [("cn-hangzhou", "cn-beijing"), ("20140513", "20140514"), ("aliyun_v4_", "other_v4_")] {
        assert_eq!(verified(&published(), &header.replace(from, to), NOW), Err(Refusal::Mismatch), "{to}");
    }
    // Corporations of their own are read from the header.
    let scheme = Scheme::V4 { day: "20140513".into(), region: "r".into(), corporation: "own".into() };
    let own = Authorization::signed(ID, scheme, &secret(), &canonical::as_sent(&published()).unwrap()).to_string();
    assert_eq!(verified(&published(), &own, NOW), Ok(()));
}

#[test]
fn v2_verifies_what_it_signs() {
    let header = sign(&published(), ID, &secret(), None).unwrap();
    assert_eq!(header, format!("ODPS {ID}:b4KfiRRsUJ+rcmIKAguPK33aR94="));
    assert_eq!(verified(&published(), &header, NOW), Ok(()));
    let other = Secret::new("oRd30z7sV4hBX9aYtJgii5qnyhh=");
    let given = Authorization::parse(&header).unwrap();
    assert_eq!(verify(&published(), &given, &other, NOW), Err(Refusal::Mismatch));
    assert_eq!(verify(&get("/projects/p"), &given, &secret(), NOW), Err(Refusal::Mismatch));
}

#[test]
fn every_bit_of_a_signature_counts() {
    let header = sign(&published(), ID, &secret(), None).unwrap();
    let given = Authorization::parse(&header).unwrap();
    for bit in 0..160 {
        let mut changed = given.clone();
        changed.signature[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(verify(&published(), &changed, &secret(), NOW), Err(Refusal::Mismatch));
    }
    for length in 0..20 {
        let mut cut = given.clone();
        cut.signature.truncate(length);
        assert_eq!(verify(&published(), &cut, &secret(), NOW), Err(Refusal::Mismatch));
    }
}

#[test]
fn what_is_signed_cannot_be_changed() {
    let request = |method: &str, target: &str, headers: &[(&'static str, &'static str)]| {
        let date = [("Date", "Tue, 13 May 2014 09:22:20 GMT")];
        Request::new(method, target, date.into_iter().chain(headers.iter().copied())).unwrap()
    };
    let signed = request("GET", "/projects/p?b=1&a=2", &[("x-odps-a", "1")]);
    let header = sign(&signed, ID, &secret(), None).unwrap();
    // The order of parameters and what is not signed do not count.
    for same in [
        request("get", "/projects/p?a=2&b=1", &[("X-ODPS-A", "1"), ("User-Agent", "x")]),
        request("GET", "/api/projects/p?a=2&b=1", &[("x-odps-a", "1")]),
    ] {
        assert_eq!(verified(&same, &header, NOW), Ok(()));
    }
    for other in [
        request("PUT", "/projects/p?b=1&a=2", &[("x-odps-a", "1")]),
        request("GET", "/projects/q?b=1&a=2", &[("x-odps-a", "1")]),
        request("GET", "/projects/p?b=1&a=3", &[("x-odps-a", "1")]),
        request("GET", "/projects/p?b=1", &[("x-odps-a", "1")]),
        request("GET", "/projects/p?b=1&a=2&c", &[("x-odps-a", "1")]),
        request("GET", "/projects/p?b=1&a=2", &[("x-odps-a", "2")]),
        request("GET", "/projects/p?b=1&a=2", &[("x-odps-a", "1"), ("x-odps-b", "")]),
        request("GET", "/projects/p?b=1&a=2", &[]),
        request("GET", "/projects/p?b=1&a=2", &[("x-odps-a", "1"), ("content-type", "text/xml")]),
    ] {
        assert_eq!(verified(&other, &header, NOW), Err(Refusal::Mismatch), "{other:?}");
    }
}

#[test]
fn lines_cannot_be_moved_between_parts() {
    let date = ("Date", "Tue, 13 May 2014 09:22:20 GMT");
    assert_eq!(Request::new("GET", "/p", [date, ("x-odps-a", "1\nx-odps-b:2")]), None);
    assert_eq!(Request::new("GET", "/p", [date, ("date", date.1)]), None);
    assert_eq!(Request::new("GET\n", "/p", [date]), None);
    for target in ["/p%0Ax-odps-b:2", "/p?a=%0A", "/p?a=%250A", "p", "", "/%ff"] {
        let request = Request::new("GET", target, [date]).unwrap();
        assert_eq!(canonical::as_sent(&request), None, "{target}");
        assert_eq!(sign(&request, ID, &secret(), None), None);
    }
    // What clients that decode once have signed is still one line.
    let request = Request::new("GET", "/p?a=%250A", [date]).unwrap();
    assert_eq!(canonical::as_received(&request).len(), 1);
}

#[test]
fn both_ways_to_decode_are_known() {
    let texts = |target: &str| -> Vec<String> {
        let last = |text: String| text.lines().last().unwrap().to_owned();
        canonical::as_received(&get(target)).into_iter().map(last).collect()
    };
    assert_eq!(texts("/projects/p%2Fq?b=x%2By&a"), ["/projects/p/q?a&b=x y", "/projects/p/q?a&b=x+y"]);
    assert_eq!(texts("/projects/%E4%B8%AD"), ["/projects/中"]);
    assert_eq!(texts("/api/projects/p"), ["/projects/p", "/api/projects/p"]);
    assert_eq!(texts("/apis"), ["/apis"]);
    assert_eq!(texts("/p?a=1&a=2"), ["/p?a=2"]);
    assert_eq!(texts("/p?a=100%"), ["/p?a=100%"]);
    let text = canonical::as_sent(&get("/p?x-odps-b=2&curr_project=p")).unwrap();
    assert_eq!(
        text,
        "GET\n\n\nTue, 13 May 2014 09:22:20 GMT\nx-odps-b:2\nx-odps-user-agent:odpsh\n/p?curr_project=p&x-odps-b=2"
    );
}

#[test]
fn the_date_may_be_off_by_fifteen_minutes() {
    let header = sign(&published(), ID, &secret(), None).unwrap();
    for off in [-WINDOW, 0, WINDOW] {
        assert_eq!(verified(&published(), &header, Time(NOW.0 + off)), Ok(()));
    }
    for off in [-WINDOW - 1, WINDOW + 1, i64::MAX - NOW.0] {
        let refused = verified(&published(), &header, Time(NOW.0 + off));
        assert_eq!(refused, Err(Refusal::Expired { date: NOW, now: Time(NOW.0 + off) }));
    }
    // Who has no secret learns nothing of the clock.
    let other = sign(&published(), ID, &Secret::new("x"), None).unwrap();
    assert_eq!(verified(&published(), &other, Time(0)), Err(Refusal::Mismatch));
    // A key of v4 is of the day of the request, or of the next one about midnight.
    let text = canonical::as_sent(&published()).unwrap();
    let of = |day: &str| Authorization::signed(ID, Scheme::v4(day, "r"), &secret(), &text).to_string();
    assert_eq!(verified(&published(), &of("20140513"), NOW), Ok(()));
    assert!(matches!(verified(&published(), &of("20140512"), NOW), Err(Refusal::Expired { .. })));
    for date in ["", "yesterday", "Tue, 13 May 2014 09:22:20 +0200"] {
        let request = Request::new("GET", "/p", [("Date", date)]).unwrap();
        let header = sign(&request, ID, &secret(), None).unwrap();
        assert_eq!(verified(&request, &header, NOW), Err(Refusal::Mismatch), "{date}");
    }
    assert!(date::http(NOW).unwrap().ends_with("13 May 2014 09:22:20 GMT"));
}

#[test]
fn the_texts_are_the_service_s() {
    let expired = Refusal::Expired { date: Time(1_516_465_217_012), now: Time(1_516_466_296_999) };
    assert_eq!(
        expired.message(),
        "the expire time interval  exceeds the max limitation: 900000, max_interval_date:900000,\
         expire_date:2018-01-20T16:20:17.012Z,now_date:2018-01-20T16:38:16.999Z"
    );
    assert_eq!(Refusal::Mismatch.message(), "User signature dose not match");
    assert_eq!(Refusal::KeyNotFound.message(), "accessKeyId not found");
}

#[test]
fn other_headers_are_refused() {
    for text in [
        "",
        "ODPS",
        "ODPS id",
        "ODPS :c2ln",
        "Basic id:c2ln",
        "ODPS id:not base64",
        "ODPS id/20140513:c2ln",
        "ODPS id/20140513/r/oss/aliyun_v4_request:c2ln",
        "ODPS id/2014/r/odps/aliyun_v4_request:c2ln",
        "ODPS id/20140513/r/odps/_request:c2ln",
        "ODPS i d:c2ln",
        "ODPS id\n:c2ln",
    ] {
        assert_eq!(Authorization::parse(text), Err(Refusal::Malformed), "{text}");
    }
    let read = Authorization::parse("ODPS id/20140513/r/odps/aliyun_v4_request:c2ln").unwrap();
    assert_eq!((read.id.as_str(), read.scheme.clone()), ("id", Scheme::v4("20140513", "r")));
    assert_eq!(read.to_string(), "ODPS id/20140513/r/odps/aliyun_v4_request:c2ln");
}
