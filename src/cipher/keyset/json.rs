//! The JSON form, written as the page shows it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use zeroize::Zeroizing;

use super::{Algorithm, Key, KeyOrigin, Keyset};

const PREFIX: &str = "PREFIX_ALIYUN_MAXCOMPUTE";
const MADE: &str = "Origin_ALIYUN_MAXCOMPUTE";
/// Chosen: the page shows no key that was given.
const EXTERNAL: &str = "Origin_EXTERNAL";

pub fn write(keyset: &Keyset) -> String {
    let keys: Vec<String> = keyset.keys.iter().map(key).collect();
    format!("{{\n    \"key\": [{}],\n    \"primary_key_id\": {}}}", keys.join(",\n        "), quoted(&keyset.primary),)
}

fn key(key: &Key) -> String {
    let origin = match key.origin {
        KeyOrigin::External => EXTERNAL,
        KeyOrigin::Made => MADE,
    };
    let lines = [
        "{".to_owned(),
        format!("            \"description\": {},", quoted(&key.description)),
        format!("            \"key_id\": {},", quoted(&key.id)),
        "            \"key_meta_data\": {".to_owned(),
        format!("                \"key_material_origin\": {},", quoted(origin)),
        "                \"key_material_type\": \"SYMMETRIC\",".to_owned(),
        format!("                \"type\": {},", quoted(key.algorithm.name())),
        format!("                \"value\": {}}},", quoted(&STANDARD.encode(key.value.as_slice()))),
        format!("            \"output_prefix_type\": {},", quoted(PREFIX)),
        format!("            \"status\": \"{}\"}}", if key.enabled { "ENABLED" } else { "DISABLED" }),
    ];
    lines.join("\n")
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

pub fn read(text: &str) -> Option<Keyset> {
    let whole: Value = serde_json::from_str(text).ok()?;
    let keys = whole.get("key")?.as_array()?.iter().map(read_key).collect::<Option<_>>()?;
    Some(Keyset { primary: whole.get("primary_key_id")?.as_str()?.to_owned(), keys })
}

fn read_key(key: &Value) -> Option<Key> {
    let meta = key.get("key_meta_data")?;
    let text = |of: &Value, name: &str| of.get(name).and_then(Value::as_str).map(str::to_owned);
    let origin = match text(meta, "key_material_origin")?.as_str() {
        MADE => KeyOrigin::Made,
        EXTERNAL => KeyOrigin::External,
        _ => return None,
    };
    let enabled = match text(key, "status")?.as_str() {
        "ENABLED" => true,
        "DISABLED" => false,
        _ => return None,
    };
    let is_known = text(meta, "key_material_type")? == "SYMMETRIC" && text(key, "output_prefix_type")? == PREFIX;
    is_known.then_some(Key {
        id: text(key, "key_id").filter(|id| !id.is_empty())?,
        algorithm: Algorithm::parse(&text(meta, "type")?)?,
        value: Zeroizing::new(STANDARD.decode(text(meta, "value")?).ok()?),
        origin,
        enabled,
        description: text(key, "description").unwrap_or_default(),
    })
}
