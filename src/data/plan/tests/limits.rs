//! Plans at the limits of what a query may read.

use super::*;

#[test]
fn what_is_read_at_the_limits_can_be_planned() {
    for text in [
        format!("select 1 {}", "union all select 1 ".repeat(250)),
        format!(
            "select t0.a from t t0 {}",
            (1..120).map(|at| format!("join u t{at} on t0.a = t{at}.a ")).collect::<String>()
        ),
        format!("select a from t where {} true", "a = 1 or ".repeat(450)),
        format!("select {} a from t", "1 + ".repeat(900)),
        format!("select {} 1", "- ".repeat(32)),
        format!("select {} 1 from t", "a / ".repeat(900)),
        format!("select a from t where a {}", " is null".repeat(900)),
        format!("select a from t where {} true", "not ".repeat(32)),
        format!("select a from t where a in ({}1)", "1, ".repeat(50_000)),
        format!("select case {} end from t", "when a = 1 then 2 ".repeat(2_000)),
        format!("select a from {}t{}", "(select a from ".repeat(190), ") x".repeat(190)),
        format!("select {}1{} from t", "cast(".repeat(190), " as bigint)".repeat(190)),
        format!("select {}1{} from t", "abs(".repeat(190), ")".repeat(190)),
        format!("select {}1{} from t", "1 / (".repeat(190), ")".repeat(190)),
        format!("select {}0{} from t", "l[".repeat(32), "]".repeat(32)),
    ] {
        let query = parse(&text, 0).unwrap_or_else(|error| panic!("{}: {error:?}", text.get(..60).unwrap()));
        let result = plan(&query, &sources(), &context());
        assert!(result.is_ok(), "{}: {:?}", text.get(..60).unwrap(), result.map(drop));
    }
}
