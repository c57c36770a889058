//! Any table, downloaded with any options that are exact and uploaded again, is the same table.

use std::fmt::Write;

use crate::it::process::World;

const TYPES: [&str; 17] = [
    "tinyint",
    "smallint",
    "int",
    "bigint",
    "float",
    "double",
    "decimal(38,18)",
    "decimal(5,0)",
    "string",
    "varchar(40)",
    "char(20)",
    "binary",
    "boolean",
    "date",
    "datetime",
    "timestamp",
    "timestamp_ntz",
];

/// Options under which every value has exactly one form.
const EXACT: [&str; 7] = [
    "-cf true -dfp 'yyyy-MM-dd HH:mm:ss.SSS'",
    "-cf true -h true -fd '|' -ni NULL -dfp yyyyMMddHHmmssSSS",
    "-cf true -fd '::' -rd \"\\r\\n\" -tz GMT+8 -dfp 'yyyy/MM/dd HH:mm:ss SSS'",
    "-cf true -fd \"\\t\" -c GB18030 -ni '\\N' -tz Asia/Shanghai -dfp 'HH:mm:ss.SSS dd.MM.yyyy'",
    "-cf true -fd '|' -rd '|\\n' -ni '\\N' -dfp 'yyyy-MM-dd HH:mm:ss.SSS'",
    "-fd \"\\u0001\" -rd \"\\u0002\\n\" -ni \"\\u0003\" -dfp 'yyyy-MM-dd HH:mm:ss.SSS'",
    "-fd '<field>' -rd '<record>' -ni '<null>' -dfp 'yyyy-MM-dd HH:mm:ss.SSS'",
];

const TEXTS: [&str; 16] = [
    "",
    " ",
    ",",
    "a,b",
    "\"",
    "\"\"",
    "\"a\",\"b\"",
    "line\nline",
    "line\r\nline\r",
    "\t|::;",
    "NULL",
    "\\N",
    "ä 你好 🦀",
    "\u{feff}mark",
    "  blanks  x",
    "'quoted' \\ back",
];

fn literal(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n").replace('\r', "\\r");
    format!("'{}'", escaped.replace('\t', "\\t"))
}

fn value(data_type: &str, random: &mut fastrand::Rng) -> String {
    if random.u8(..6) == 0 {
        return "NULL".to_owned();
    }
    let extreme = random.bool();
    let integer = |lowest: i64, highest: i64, random: &mut fastrand::Rng| match (extreme, random.bool()) {
        (true, true) => lowest,
        (true, false) => highest,
        (false, _) => random.i64(lowest..=highest),
    };
    let mut moment = |fraction: &str| {
        let (month, day) = (random.u8(1..=12), random.u8(1..=28));
        let time = format!("{:02}:{:02}:{:02}", random.u8(..24), random.u8(..60), random.u8(..60));
        format!("{}-{month:02}-{day:02} {time}{fraction}", random.u16(1900..2200))
    };
    match data_type {
        "tinyint" => format!("cast({} as tinyint)", integer(-128, 127, random)),
        "smallint" => format!("cast({} as smallint)", integer(-32768, 32767, random)),
        "int" => format!("cast({} as int)", integer(-2_147_483_648, 2_147_483_647, random)),
        "bigint" => format!("cast('{}' as bigint)", integer(i64::MIN + 1, i64::MAX, random)),
        "float" => {
            let text = ["0.1", "-3.4028235E38", "1.17549435E-38", "7", "NaN", "16777216"][random.usize(..6)];
            format!("cast('{text}' as float)")
        }
        "double" if extreme => {
            let text = ["0.1", "1.7976931348623157E308", "4.9E-324", "-Infinity", "NaN", "1e22"][random.usize(..6)];
            format!("cast('{text}' as double)")
        }
        "double" => format!("cast('{:e}' as double)", f64::from_bits(random.u64(..)).abs().min(1e300)),
        "decimal(38,18)" => {
            let digits = ["0.000000000000000001", "-99999999999999999999.999999999999999999", "1.50", "-0.5", "7"];
            format!("cast('{}' as decimal(38,18))", digits[random.usize(..5)])
        }
        "decimal(5,0)" => format!("cast('{}' as decimal(5,0))", random.i32(-99_999..=99_999)),
        "string" | "varchar(40)" => literal(TEXTS[random.usize(..TEXTS.len())]),
        "char(20)" => literal(TEXTS[random.usize(..TEXTS.len())].trim_end_matches(' ')),
        "binary" => format!("unhex('{}')", ["", "00", "FF3D", "2C220A0D", "414243", "3D3D"][random.usize(..6)]),
        "boolean" => random.bool().to_string(),
        "date" => format!("date '{}'", moment("").split(' ').next().unwrap()),
        "datetime" => format!("cast('{}' as datetime)", moment([".123", ".001", ""][usize::from(extreme)])),
        "timestamp" => format!("cast('{}' as timestamp)", moment([".123456789", ""][usize::from(extreme)])),
        _ => format!("cast('{}' as timestamp_ntz)", moment([".000000001", ".5"][usize::from(extreme)])),
    }
}

/// Statements that make `t` with so many columns and rows.
fn table(random: &mut fastrand::Rng) -> String {
    let types: Vec<&str> = (0..random.usize(1..12)).map(|_| TYPES[random.usize(..TYPES.len())]).collect();
    let columns: Vec<String> = types.iter().enumerate().map(|(at, data_type)| format!("c{at} {data_type}")).collect();
    let mut text = format!("drop table if exists t; create table t (row_id bigint, {});\n", columns.join(", "));
    for row in 0..random.usize(0..30) {
        let values: Vec<String> = types.iter().map(|data_type| value(data_type, random)).collect();
        let union = if row == 0 { "insert into t " } else { " union all " };
        write!(text, "{union}select {row}L, {}", values.join(", ")).unwrap();
    }
    text + ";\n"
}

#[test]
fn what_is_downloaded_and_uploaded_again_is_the_same() {
    let world = World::fresh();
    let mut random = fastrand::Rng::with_seed(20_240_601);
    for _ in 0..4 {
        world.succeed(&table(&mut random));
        let expected = world.succeed("tunnel download t same.csv -cf true -ni '\\N';");
        assert_eq!(expected, "");
        let rows = |table: &str| {
            let query = format!("select * from {table} order by row_id limit 10000;");
            world.succeed(&query)
        };
        let before = rows("t");
        let mut script = String::new();
        for (number, options) in EXACT.iter().enumerate() {
            write!(
                script,
                "drop table if exists u{number}; create table u{number} like t;
                 tunnel download t out{number}.csv {options}; tunnel upload out{number}.csv u{number} {options} -bs 1;
                 tunnel download u{number} again{number}.csv {options};\n"
            )
            .unwrap();
        }
        let ended = world.pipe(&script);
        assert_eq!(ended.code, Some(0), "{}", ended.error());
        assert!(!ended.error().contains("warning"), "{}", ended.error());
        for (number, options) in EXACT.iter().enumerate() {
            assert_eq!(rows(&format!("u{number}")), before, "{options}");
            let sorted = |name: String| {
                let bytes = std::fs::read(world.folder().join(name)).unwrap();
                let record: &[u8] = if options.contains("<record>") { b"<record>" } else { b"\n" };
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let mut records: Vec<String> =
                    text.split(std::str::from_utf8(record).unwrap()).map(str::to_owned).collect();
                records.sort();
                records
            };
            assert_eq!(sorted(format!("again{number}.csv")), sorted(format!("out{number}.csv")), "{options}");
        }
    }
}
