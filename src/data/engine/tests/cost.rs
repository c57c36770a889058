//! What planning and optimising cost, counted in steps: it must not grow faster than the square of the text.

use std::collections::BTreeMap;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use super::super::{Engine, Join};
use super::world;
use crate::data::{Cancel, Context, Source, effort, function_names, parse, plan};
use crate::error::Code;
use crate::model::Time;

/// How long one query may take before it is said that it never ends. Each takes some milliseconds.
const PATIENCE: Duration = Duration::from_secs(120);

/// How deep expressions are nested.
const DEPTHS: [usize; 5] = [2, 4, 8, 16, 32];

/// Expressions with a hole, for each way to put one expression into another.
const EXPRESSIONS: &[&str] = &[
    "(| + 1)",
    "(| - 1)",
    "(| * 2)",
    "(| / 2)",
    "(| % 2)",
    "(| div 2)",
    "-(|)",
    "(1 + |)",
    "(1 / |)",
    "(| & 1)",
    "cast(cast(| as string) as bigint)",
    "case when | > 0 then 1 else 2 end",
    "case | when 1 then 2 else 3 end",
    "case when a = 1 then | else 2 end",
    "case when a = 1 then 2 else | end",
    "if(a = 1, |, 2)",
    "cast(| between 1 and 2 as bigint)",
    "cast(1 between | and 2 as bigint)",
    "cast(| in (1, 2) as bigint)",
    "cast(1 in (|, 2) as bigint)",
    "cast(not (| = 1) as bigint)",
    "cast((| = 1 and a = 1) as bigint)",
    "cast((| = 1 or a = 1) as bigint)",
    "cast(| is null as bigint)",
    "cast(| <=> 1 as bigint)",
    "if(| <=> '1', a, 3)",
    "if(a <=> cast(| as string), a, 3)",
    "if(| between '1' and a, a, 4)",
    "if(| in ('1', a, 2.5d), a, 4)",
    "case | when '1' then a else 3 end",
    "decode(|, '1', a, 3)",
    "nullif(|, '1')",
    "cast(cast(| as string) like '1%2' as bigint)",
    "cast(cast(| as string) rlike '1' as bigint)",
    "array(|)[0]",
    "map(1, |)[1]",
    "struct(|).col1",
    "named_struct('f', |).f",
    "size(array(|))",
    "(|)",
    "nvl(|, 2)",
    "nvl(2, |)",
    "coalesce(1, |, 2)",
    "decode(|, 1, 2, 3)",
    "decode(1, |, 2, 3)",
    "nullif(|, 2)",
    "greatest(|, a)",
    "concat(|, a)",
    "pow(|, 1)",
    "(select |)",
    "(select max(b.a + |) from t b)",
    "cast(exists (select 1 from t b where b.a = |) as bigint)",
    "cast(a in (select b.a + | from t b) as bigint)",
];

/// Queries with a hole for another one.
const QUERIES: &[&str] = &[
    "select a from (|) x",
    "select x.a from (|) x join t on x.a = t.a",
    "select a from t where a in (|)",
    "| union all select a from t",
    "select a from t union all (|)",
    "| union select a from t",
    "select max(a) as a from (|) x group by a",
    "select distinct a from (|) x",
    "with x as (|) select a from x",
    "select x.a from (|) x left semi join t on x.a = t.a",
    "select a from (|) x order by a limit 5",
    "select sum(a) over (order by a) as a from (|) x",
    "select a from (|) x where a > 0",
    "select y as a from (|) x lateral view explode(array(a)) v as y",
    "select a from (|) x except select a from t",
];

/// Expressions that use a column more than once.
const TWICE: &[&str] = &[
    "a + a",
    "case when a > 1 then a else a + 1 end",
    "if(a > 1, a, -a)",
    "coalesce(nullif(a, 3), a)",
    "cast(a between a and a + 1 as bigint)",
    "length(concat(a, a))",
    "array(a, a)[0]",
    "named_struct('f', a, 'g', a).f + a",
];

/// What is asked of a column `a` that is calculated.
const CLAUSES: &[&str] = &[
    "select a from (|) x where a > 0",
    "select a from (|) x where a > 0 and a + a < 100 or a = 7",
    "select a, count(*) as n from (|) x group by a having a > 0",
    "select a * a as g, count(*) as n from (|) x group by a * a",
    "select count(distinct a) as n from (|) x",
    "select x.a from (|) x join t on x.a = t.a",
    "select x.a from (|) x join t on x.a * x.a < t.a",
    "select x.a from t left join (|) x on x.a = t.a where x.a > 0",
    "select t.a from t left semi join (|) x on x.a = t.a",
    "select t.a from t where a in (select a from (|) x)",
    "select t.a, (select max(x.a) from (|) x where x.a = t.a) as m from t",
    "select sum(a) over (partition by a order by a) as w from (|) x",
    "select a from (select a, row_number() over (partition by a order by a) as w from (|) x) y where a > 0 and w < 2",
    "select a from (|) x order by a * a limit 5",
    "select a from (|) x order by a limit 5",
    "select a from (| union all select a from t) x where a > 0",
    "select y from (|) x lateral view explode(array(a)) v as y where a > 0",
];

fn nested(template: &str, core: &str, depth: usize) -> String {
    (0..depth).fold(core.to_owned(), |inner, _| template.replace('|', &inner))
}

/// The steps of one query; nothing if it is refused.
fn steps(engine: &Engine, text: &str) -> Option<u64> {
    let context = Context {
        now: Time(0),
        seed: 1,
        script_seed: 1,
        dialect: Default::default(),
        stand_ins: false,
        answers: Vec::new(),
        code: Vec::new(),
        bodies: Vec::new(),
        cancel: Cancel::default(),
    };
    let query = parse(text, 0, &Default::default()).ok()?;
    let source = Source::Table { table: super::numbers(), files: Vec::new() };
    let sources = BTreeMap::from([((None, "t".to_owned()), source)]);
    let plan = match plan(&query, &sources, &context) {
        Ok(plan) => plan,
        Err(refused) => {
            assert_ne!(refused.error.code, Code::Internal, "{text}: {:?}", refused.error);
            return None;
        }
    };
    let started = engine.started().unwrap();
    let session = started.session(Join::Hash, Vec::new());
    let optimised =
        effort::counted(Vec::new(), || started.runtime.block_on(session.create_physical_plan(plan.logical())));
    Some(plan.steps() + optimised.ok()?.1)
}

/// Runs `work` with an engine on a thread with a deep stack, and fails if an item takes too long.
fn watched(work: impl FnOnce(&Engine, &dyn Fn(&str)) + Send + 'static) {
    let (sender, receiver) = channel::<String>();
    let run = move || {
        let world = world();
        work(&world.engine, &|item| drop(sender.send(item.to_owned())));
    };
    let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(run).unwrap();
    let mut last = String::new();
    loop {
        match receiver.recv_timeout(PATIENCE) {
            Ok(item) => last = item,
            Err(RecvTimeoutError::Timeout) => panic!("does not end: {last}"),
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    thread.join().unwrap();
}

/// Twice as deep may cost four times as much, and what every query costs.
fn grows_gently(engine: &Engine, begin: &dyn Fn(&str), template: &str, text: impl Fn(usize) -> String) -> bool {
    begin(template);
    let costs: Vec<(usize, u64)> =
        DEPTHS.into_iter().filter_map(|depth| Some((depth, steps(engine, &text(depth))?))).collect();
    for pair in costs.windows(2) {
        let [(_, less), (depth, more)] = pair else { continue };
        assert!(*more <= 4 * less + 500, "{template} {depth} deep: {costs:?}");
    }
    costs.len() > 1
}

#[test]
fn nested_expressions_cost_no_more_than_the_square_of_their_depth() {
    watched(|engine, begin| {
        for template in EXPRESSIONS {
            let text = |depth| format!("select {} as v from t", nested(template, "a", depth));
            assert!(grows_gently(engine, begin, template, text), "{template} is refused");
        }
    });
}

#[test]
fn nested_queries_cost_no_more_than_the_square_of_their_depth() {
    watched(|engine, begin| {
        let ran = QUERIES.iter().filter(|template| {
            grows_gently(engine, begin, template, |depth| nested(template, "select a from t", depth))
        });
        assert!(ran.count() > 10, "most are refused");
    });
}

#[test]
fn variables_of_variables_cost_no_more_than_the_square_of_their_number() {
    /// The value of the first variable, of each further one, and what is asked of the last.
    const CHAINS: [[&str; 3]; 6] = [
        ["1", "@| + 1", "select @| as v from t"],
        ["select 1", "@| + 1", "select @| as v"],
        ["rand()", "@| * 2", "select a from t where a < @|"],
        ["(select max(a) from t)", "@| + 1", "select @| as v from t where a = @|"],
        ["select count(*) from t", "if(1 > 0, @|, 3)", "select @| as v"],
        ["select a from t", "select a + 1 as a from @|", "select a from @|"],
    ];
    watched(|engine, begin| {
        for [first, further, query] in CHAINS {
            let text = |count: usize| {
                let named = |template: &str, number: usize| template.replace('|', &format!("a{number}"));
                let chain: String =
                    (1..count).map(|number| format!("@a{number} := {}; ", named(further, number - 1))).collect();
                format!("@a0 := {first}; {chain}{}", named(query, count - 1))
            };
            assert!(grows_gently(engine, begin, further, text), "{further} is refused");
        }
    });
}

#[test]
fn columns_that_are_used_twice_on_each_level_do_not_double() {
    watched(|engine, begin| {
        for twice in TWICE {
            for clause in CLAUSES {
                let level = format!("select {twice} as a from (|) x");
                let text = |depth| clause.replace('|', &nested(&level, "select a from t", depth));
                assert!(grows_gently(engine, begin, &format!("{level}; {clause}"), text), "{level} is refused");
            }
        }
    });
}

#[test]
fn no_function_costs_more_than_the_square_of_its_depth() {
    const ARGUMENTS: [&str; 6] = ["", ", 1", ", 'a'", ", 1, 1", ", 'a', 'a'", ", 'a', 'a', 1"];
    watched(|engine, begin| {
        let mut nests = 0;
        for name in function_names() {
            for (arguments, back) in
                ARGUMENTS.iter().flat_map(|arguments| [(arguments, "string"), (arguments, "bigint")])
            {
                let template = format!("cast({name}(|{arguments}) as {back})");
                if steps(engine, &format!("select {} as v from t", nested(&template, "a", 2))).is_some() {
                    let text = |depth| format!("select {} as v from t", nested(&template, "a", depth));
                    nests += usize::from(grows_gently(engine, begin, &template, text));
                    break;
                }
            }
        }
        assert!(nests > 80, "only {nests} functions were nested");
    });
}
