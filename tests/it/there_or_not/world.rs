//! A world in which everything that can have a name is called `here`, and nothing is called `gone`.

use std::fs;
use std::path::{Path, PathBuf};

use odpsh::command::{Chunk, Item, Outcome};
use odpsh::error::Result;
use odpsh::model::{Principal, Time};
use odpsh::shell::{Options, Session, StatePath};
use odpsh::syntax;

const CLOCK: Time = Time(1_704_067_200_000);

/// Who asks, and from where.
#[derive(Debug)]
pub struct Viewer {
    /// Its account's name.
    pub name: &'static str,
    project: &'static str,
    /// What it is given in `prod`, by its owner.
    grant: &'static str,
    /// Whether it is no member of `prod`.
    pub is_outside: bool,
}

const fn outside(name: &'static str, project: &'static str) -> Viewer {
    Viewer { name, project, grant: "", is_outside: true }
}

const fn member(name: &'static str, project: &'static str, grant: &'static str) -> Viewer {
    Viewer { name, project, grant, is_outside: false }
}

/// An outsider, members, and the holder of each single right that tells nothing of other objects.
pub const VIEWERS: [Viewer; 39] = [
    outside("eve", "lab"),
    outside("pat", "pub"),
    member("mia", "prod", ""),
    member("two", "own", ""),
    member("job", "prod", "CreateInstance on project prod"),
    member("g01", "prod", "CreateTable on project prod"),
    member("g02", "prod", "CreateFunction on project prod"),
    member("g03", "prod", "CreateResource on project prod"),
    member("g04", "prod", "CreateTable on schema default"),
    member("g05", "prod", "Select on table mine"),
    member("g06", "prod", "Describe on table mine"),
    member("g07", "prod", "Alter on table mine"),
    member("g08", "prod", "Update on table mine"),
    member("g09", "prod", "Drop on table mine"),
    member("g10", "prod", "ShowHistory on table mine"),
    member("g11", "prod", "All on table mine"),
    member("g12", "prod", "Select(id) on table mine"),
    member("g13", "prod", "Describe(id) on table mine"),
    member("g14", "prod", "Download on table mine"),
    member("g15", "prod", "Read on resource mine"),
    member("g16", "prod", "Write on resource mine"),
    member("g17", "prod", "Delete on resource mine"),
    member("g18", "prod", "All on resource mine"),
    member("g19", "prod", "Execute on function mine"),
    member("g20", "prod", "Read on function mine"),
    member("g21", "prod", "Write on function mine"),
    member("g22", "prod", "Delete on function mine"),
    member("g23", "prod", "All on function mine"),
    member("g24", "prod", "Read on package pub.mine"),
    member("g25", "prod", "CreateInstance, CreateTable, CreateFunction, CreateResource on project prod"),
    member("g26", "own", "Select, Describe on table mine"),
    member("g27", "own", "Read on resource mine"),
    member("g28", "prod", "Describe on schema mine"),
    member("g29", "prod", "List on schema seen"),
    member("g30", "prod", "CreateTable, CreateResource, CreateFunction on schema mine"),
    member("g31", "prod", "All on schema seen"),
    member(SCHEMA_OWNER, "prod", "CreateInstance on project prod"),
    // RAM users of the account that owns `prod`: one in its tenant, with the tenant role `mine`.
    member("bob:r01", "prod", ""),
    member("bob:r02", "prod", "Select on table mine"),
];

/// A principal by its short name.
fn named(name: &str) -> String {
    let provider = if name.contains(':') { "RAM" } else { "ALIYUN" };
    format!("{provider}${name}")
}

/// Owns the schema `seen`: whoever may list a schema may know what is in it.
const SCHEMA_OWNER: &str = "g32";

/// What the owner of `prod` sets.
pub const SWITCHES: [(&str, &str); 6] = [
    ("no switch", ""),
    ("ACL off", "set CheckPermissionUsingACL=false;"),
    ("creators off", "set ObjectCreatorHasAccessPermission=false; set ObjectCreatorHasGrantPermission=false;"),
    ("protection", "set ProjectProtection=true;"),
    ("tenant resources", ".quota mount here to prod\n.project resourcecontrol prod on"),
    ("download control", "setproject odps.security.enabledownloadprivilege=true;"),
];

/// The states, one for each switch.
pub struct World {
    folder: tempfile::TempDir,
    instance: String,
}

impl World {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let words = folder.path().join("words.txt");
        fs::write(&words, "one\n").expect("a file");
        let state = folder.path().join("all.db");
        let mut asker = Asker(Session::open(odpsh::shell::World::fixed(CLOCK), options(&state)).expect("a new state"));
        let mut script = String::new();
        for name in ["bob", "zed", "here"].into_iter().chain(VIEWERS.iter().map(|viewer| viewer.name)) {
            script.push_str(&format!(".account create {}\n", named(name)));
        }
        for (project, owner) in [("prod", "bob"), ("lab", "eve"), ("own", "two"), ("pub", "zed"), ("side", "bob")] {
            script.push_str(&format!(".project create {project} owner ALIYUN${owner}\n"));
        }
        script.push_str(
            ".user ALIYUN$zed\nuse pub; create table shared (id bigint); create package mine; add table shared to package mine;\n\
             allow project prod to install package mine; add user ALIYUN$pat; grant CreateInstance on project pub to user ALIYUN$pat;\n\
             .user ALIYUN$two\nuse own; add user ALIYUN$g26; add user ALIYUN$g27;\n\
             grant CreateInstance on project own to user ALIYUN$g26; grant CreateInstance on project own to user ALIYUN$g27;\n\
             .user ALIYUN$bob\nuse prod;\n",
        );
        for name in ["here", "mine"] {
            script.push_str(&format!(
                "create table {name} (id bigint, name string) partitioned by (ds string);\n\
                 alter table {name} add partition (ds='1');\n\
                 add file '{}' as {name}; create function {name} as 'a.B' using '{name}'; create package {name};\n",
                words.display()
            ));
        }
        script.push_str(
            "create role here; create view hvew as select id, name from here;\n\
             create table here_too (id bigint); create view hwvw as select id from hvew;\n\
             create package listed; add table here to package listed; add view hvew to package listed;\n\
             add function here to package listed; add resource here to package listed;\n\
             allow project pub to install package listed; install package pub.mine;\n",
        );
        script.push_str("set odps.namespace.schema=true;\n");
        for name in ["here", "mine"] {
            script.push_str(&format!("create schema {name}; use schema {name};\n"));
            script.push_str(&format!(
                "create table here (id bigint, name string) partitioned by (ds string); alter table here add partition (ds='1');\n\
                 add file '{}' as here; create function here as 'a.B' using 'here';\n\
                 create view hvew as select id, name from here; add table here to package listed; add view hvew to package listed;\n",
                words.display()
            ));
        }
        script.push_str("create schema seen; use schema default; set odps.namespace.schema=false;\n");
        for viewer in VIEWERS.iter().filter(|viewer| !viewer.is_outside) {
            let user = named(viewer.name);
            script.push_str(&format!("add user {user};\n"));
            if viewer.project == "prod" && !viewer.grant.starts_with("Create") && !viewer.grant.is_empty() {
                script.push_str(&format!("grant CreateInstance on project prod to user {user};\n"));
            }
            if !viewer.grant.is_empty() {
                script.push_str(&format!("grant {} to user {user};\n", viewer.grant));
            }
        }
        script.push_str(
            "add tenant user RAM$bob:r02; create tenant role here; create tenant role mine;\n\
             grant tenant role mine to user RAM$bob:r02; add tenant role mine to project prod; add tenant role here to project side;\n\
             grant Describe on table mine to tenant role mine privilegeproperties (\"policy\"=\"true\", \"allow\"=\"true\");\n",
        );
        for kind in ["quota", "networklink", "foreignserver", "image"] {
            script.push_str(&format!(".{kind} create here\n.{kind} create mine\n"));
        }
        script.push_str(&format!("alter schema seen changeowner to ALIYUN${SCHEMA_OWNER};\n"));
        script.push_str(".user ALIYUN$zed\nuse pub; install package prod.listed;\n.user ALIYUN$bob\nuse prod;\n");
        asker.set_up(&script);
        asker.set_up("select 1 as one;\n");
        let instance = asker.says("show instances;");
        let instance = instance
            .split(|sign: char| !sign.is_ascii_alphanumeric())
            .find(|word| word.len() > 20 && word.starts_with("20"));
        let instance = instance.expect("an instance").to_owned();
        drop(asker);
        for (number, (_, setting)) in SWITCHES.iter().enumerate() {
            let copy = folder.path().join(format!("{number}.db"));
            copy_state(&state, &copy);
            let mut asker = Asker(Session::open(odpsh::shell::World::fixed(CLOCK), options(&copy)).expect("a copy"));
            asker.set_up(&format!(".user ALIYUN$bob\nuse prod;\n{setting}\n"));
        }
        Self { folder, instance }
    }

    /// Names that stand for something, each with one as long that stands for nothing, and that no advice takes for the name of a column.
    pub fn pairs(&self) -> Vec<(String, String)> {
        let other = format!("{}zzzz", self.instance.get(..self.instance.len() - 4).expect("an id"));
        let pairs = [("here", "gone"), ("hvew", "gvew"), ("hwvw", "gwvw"), ("prod", "qqqq"), (&self.instance, &other)];
        pairs.map(|(here, gone)| (here.to_owned(), gone.chars().take(here.len()).collect())).to_vec()
    }

    /// A session of this viewer on a copy of its own of the state with this switch; whether names have schemas in it.
    pub fn session(&self, switch: usize, viewer: &Viewer, has_schemas: bool) -> Asker {
        let state = self.folder.path().join(format!("{switch}-{}-{has_schemas}.db", viewer.name));
        copy_state(&self.folder.path().join(format!("{switch}.db")), &state);
        let user = Principal::parse(&named(viewer.name)).expect("a principal");
        let options = Options { user: Some(user), project: Some(viewer.project.to_owned()), ..options(&state) };
        let mut asker = Asker(Session::open(odpsh::shell::World::fixed(CLOCK), options).expect("a session"));
        asker.set_up(&format!("set odps.namespace.schema={has_schemas};"));
        asker
    }
}

/// A session that is asked.
pub struct Asker(Session);

impl Asker {
    /// All that a statement says: lines, or the error with its code, place, help and trail.
    pub fn says(&mut self, text: &str) -> String {
        let script = match syntax::parse(text) {
            Ok(script) => script,
            Err(error) => return error.headline(text),
        };
        let mut said = String::new();
        for piece in script.pieces {
            match self.0.run(&piece, text).and_then(lines) {
                Ok(lines) => said.push_str(&lines),
                Err(error) => {
                    let (code, help) = (error.code.number(), error.help.clone().unwrap_or_default());
                    said.push_str(&format!("{code} {}\n{help}\n{}\n", error.headline(text), error.notes.join("\n")));
                }
            }
        }
        said
    }

    fn set_up(&mut self, script: &str) {
        for piece in syntax::parse(script).expect("a script").pieces {
            let outcome = self.0.run(&piece, script).and_then(lines);
            outcome.unwrap_or_else(|error| panic!("{}: {}", piece.statement, error.headline(script)));
        }
    }
}

fn lines(outcome: Outcome) -> Result<String> {
    let mut lines = String::new();
    for item in outcome.items {
        match item {
            Item::Line(line) | Item::Status(line) => lines.push_str(&format!("{line}\n")),
            Item::Properties(properties) => lines.push_str(&format!("{properties:?}\n")),
            Item::Description(description) => lines.push_str(&format!("{:?}\n", description.record())),
            Item::Grants(grants) => lines.push_str(&format!("{:?}\n", grants.rows())),
            Item::Explanation(explanation) => lines.push_str(&format!("{:?}\n", explanation.record())),
            Item::Rows(rows) => {
                for chunk in rows.chunks {
                    if let Chunk::Rows(rows) = chunk? {
                        lines.push_str(&format!("{rows:?}\n"));
                    }
                }
            }
            Item::Steps(steps) => {
                for step in steps.0 {
                    step?;
                }
            }
        }
    }
    Ok(lines)
}

fn options(state: &Path) -> Options {
    Options { memory_limit: Some(256 << 20), ..Options::on(StatePath::File(state.to_owned())) }
}

/// A state and its data, as they are.
fn copy_state(from: &Path, to: &Path) {
    for ending in ["", "-wal"] {
        let (from, to) = (beside(from, ending), beside(to, ending));
        if from.exists() {
            fs::copy(from, to).expect("a copy of the state");
        }
    }
    let (from, to) = (beside(from, ".data"), beside(to, ".data"));
    fs::create_dir_all(&to).expect("a folder");
    for entry in fs::read_dir(&from).into_iter().flatten().flatten() {
        if entry.path().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy of a data file");
        }
    }
}

fn beside(state: &Path, ending: &str) -> PathBuf {
    let mut name = state.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
