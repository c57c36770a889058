use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;

/// The keyset of the pages, and what they make of it.
const SAMPLE: &str = "0A1072384D715A414541385044643351534C12580A330A0B4145532D47434D2D323536122026A8FB1126DF4F5B5DD03C180E6919565D7716CBB291815EFB5BBF30F8BEF9AF1801200210011A1072384D715A414541385044643351534C20022A0B68656C6C6F20776F726C64";
const ADDED: &str = "0A10596530735A5145414150447273424C4212580A330A0B4145532D47434D2D323536122026A8FB1126DF4F5B5DD03C180E6919565D7716CBB291815EFB5BBF30F8BEF9AF1801200210011A1072384D715A414541385044643351534C20022A0B68656C6C6F20776F726C64125D0A380A104145532D5349562D434D41432D3132381220B75585CF321CDCAD42451690CDB7BFC49C26092F60F854E72D43244C55620A3D1801200110011A10596530735A5145414150447273424C4220022A0B6465736372697074696F6E";
const MADE: &str = "0A10577567735A514541554D42776E684C4212580A330A0B4145532D47434D2D323536122017F7A430B9D4B59B55454FD4B486216059F1B748CE0502D901EBEACEAB6569191801200210011A10577567735A514541554D42776E684C4220022A0B68656C6C6F20776F726C64";
const JSON: &str = r#"{
    "key": [{
            "description": "hello world",
            "key_id": "r8MqZAEA8PDd3QSL",
            "key_meta_data": {
                "key_material_origin": "Origin_ALIYUN_MAXCOMPUTE",
                "key_material_type": "SYMMETRIC",
                "type": "AES-GCM-256",
                "value": "Jqj7ESbfT1td0DwYDmkZVl13FsuykYFe+1u/MPi++a8="},
            "output_prefix_type": "PREFIX_ALIYUN_MAXCOMPUTE",
            "status": "ENABLED"}],
    "primary_key_id": "r8MqZAEA8PDd3QSL"}"#;

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|place| u8::from_str_radix(hex.get(place..place + 2).unwrap(), 16).unwrap()).collect()
}

fn sample() -> Keyset {
    Keyset::from_bytes(&bytes(SAMPLE)).unwrap()
}

#[test]
fn the_samples_of_the_pages_are_read_and_written() {
    for sample in [SAMPLE, ADDED, MADE] {
        let sample = bytes(sample);
        let keyset = Keyset::from_bytes(&sample).unwrap();
        assert_eq!(keyset.to_bytes(), sample);
        assert_eq!(Keyset::from_json(&keyset.to_json()).unwrap(), keyset);
    }
    assert_eq!(sample().to_json(), JSON);
    assert_eq!(Keyset::from_json(JSON).unwrap().to_bytes(), bytes(SAMPLE));
    assert_eq!(STANDARD.encode(&*sample().keys[0].value), "Jqj7ESbfT1td0DwYDmkZVl13FsuykYFe+1u/MPi++a8=");
}

#[test]
fn a_key_is_added_as_on_the_page() {
    let raw = bytes("b75585cf321cdcad42451690cdb7bfc49c26092f60f854e72d43244c55620a3d");
    let mut keyset = sample();
    let id = STANDARD.decode("Ye0sZQEAAPDrsBLB").unwrap();
    let random = id.try_into().unwrap();
    keyset.add(Algorithm::Siv128, &raw, "description", &random).unwrap();
    assert_eq!(keyset.to_bytes(), bytes(ADDED));
    for length in [0, 16, 31, 33, 64] {
        let key = vec![1; length];
        assert!(sample().add(Algorithm::Gcm256, &key, "", &random).is_err());
        assert_eq!(sample().add(Algorithm::Siv256, &key, "", &random).is_ok(), length == 64);
    }
}

#[test]
fn the_ciphertexts_of_the_page_open() {
    for (sealed, plain) in [
        ("nLcdDFdjO2T4aATtirvDMVeBD8oSuu4BfM3t+Y8ny0kwQjJlAQAwkVhYOocPQll8LmdzSwkRf3v2iTow+TAmnQ==", "0001"),
        ("nLcdDFdjO2T4aATtirvDMVeBD8oSuu4BfM3t+Y8ny0kwQjJlAQBgj1hYOodIPdnyZ0ijZ9RmT+50xbxXh5cwcg==", "0011"),
        ("nLcdDFdjO2T4aATtirvDMVeBD8oSuu4BfM3t+Y8ny0kwQjJlAQCwp1hYOoentQgkfUqctPbmX96k9eD018xg9Q==", "0111"),
    ] {
        let sealed = STANDARD.decode(sealed).unwrap();
        assert_eq!(sample().decrypt(&sealed, b"").unwrap(), plain.as_bytes());
        assert_eq!(sample().decrypt(&sealed, b"x"), None);
    }
}

#[test]
fn old_keys_decrypt_and_the_new_one_encrypts() {
    let mut keyset = Keyset::new(Algorithm::Gcm256, "one", &[1; Keyset::RANDOM]);
    let first = keyset.encrypt(b"plain", b"about", [1; IV]).unwrap();
    let mut all = vec![first.clone()];
    for (number, algorithm) in [(2, Algorithm::Siv128), (3, Algorithm::Siv256), (4, Algorithm::Gcm256)] {
        keyset.rotate(algorithm, "next", &[number; Keyset::RANDOM]);
        all.push(keyset.encrypt(b"plain", b"about", [2; IV]).unwrap());
    }
    let keyset = Keyset::from_bytes(&keyset.to_bytes()).unwrap();
    for sealed in &all {
        assert_eq!(keyset.decrypt(sealed, b"about").unwrap(), b"plain");
        assert_eq!(keyset.decrypt(sealed, b"other"), None);
        assert_eq!(sample().decrypt(sealed, b"about"), None);
        for byte in PREFIX..sealed.len() {
            let mut changed = sealed.clone();
            changed[byte] ^= 1;
            assert_eq!(keyset.decrypt(&changed, b"about"), None);
        }
        for length in 0..sealed.len() {
            assert_eq!(keyset.decrypt(&sealed[..length], b"about"), None);
        }
    }
    // One key begins everything that it encrypts alike; SIV encrypts the same to the same.
    let again = keyset.encrypt(b"other", b"", [3; IV]).unwrap();
    assert_eq!(again[..PREFIX], all[3][..PREFIX]);
    assert_ne!(all[0][..PREFIX], all[3][..PREFIX]);
}

#[test]
fn a_disabled_key_is_not_used() {
    let keyset = Keyset::new(Algorithm::Gcm256, "", &[1; Keyset::RANDOM]);
    let sealed = keyset.encrypt(b"plain", b"", [1; IV]).unwrap();
    let disabled = keyset.to_json().replace("ENABLED", "DISABLED");
    assert!(Keyset::from_json(&disabled).is_err());
    let mut rotated = keyset.clone();
    rotated.rotate(Algorithm::Gcm256, "", &[2; Keyset::RANDOM]);
    let disabled = rotated.to_json().replacen("ENABLED", "DISABLED", 1);
    assert_eq!(rotated.decrypt(&sealed, b"").unwrap(), b"plain");
    assert_eq!(Keyset::from_json(&disabled).unwrap().decrypt(&sealed, b""), None);
}

#[test]
fn what_is_no_keyset_is_refused_and_never_shown() {
    let good = bytes(ADDED);
    for length in 0..good.len() {
        assert!(Keyset::from_bytes(&good[..length]).is_err(), "{length}");
    }
    for place in 0..good.len() {
        for byte in [0, 1, 0x7f, 0x80, 0xff] {
            let mut changed = good.clone();
            changed[place] = byte;
            // Whatever it is: nothing panics, and what is read can be written.
            if let Ok(read) = Keyset::from_bytes(&changed) {
                assert_eq!(Keyset::from_bytes(&read.to_bytes()).unwrap(), read);
            }
        }
    }
    for text in ["", "{}", "[]", "null", r#"{"key": [], "primary_key_id": ""}"#, &JSON.replace("value", "other")] {
        assert!(Keyset::from_json(text).is_err(), "{text}");
    }
    let twice = format!("{}{}", ADDED, ADDED.get(36..).unwrap());
    assert_eq!(Keyset::from_bytes(&bytes(&twice)), Err(NotAKeyset("two keys of the keyset have one id")));
}
