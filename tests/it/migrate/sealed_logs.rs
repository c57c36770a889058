//! Logs of transfers, which earlier versions kept as text.

use super::one;
use crate::it::process::World;

/// Version 15 kept the logs of transfers of encrypted projects as text; what version 16 added to its layout does not matter to them.
#[test]
fn logs_of_version_15_about_encrypted_projects_are_removed() {
    let world = World::fresh();
    world.file("up.csv", "1\n2\n");
    let upload = "create table u (a bigint); tunnel upload up.csv u;";
    world.succeed(&format!(
        ".project create p encrypted\n.project create q\nuse p; {upload} use q; {}",
        upload.replace("up.csv u", "up.csv q.u")
    ));
    {
        let database = world.database();
        database.execute("update tunnel_line set line = 'total lines: 2' where kind = 'log'", []).unwrap();
        database.pragma_update(None, "user_version", 15).unwrap();
    }
    let logged = |of: &str| {
        let of = format!(
            "select count(*) from tunnel_line l join tunnel_session s on s.id = l.session where sealed_by {of}"
        );
        one::<i64>(&world.state(), &of)
    };
    assert!(logged("is not null") > 0 && logged("is null") > 0);
    world.succeed("whoami;");
    assert!(logged("is not null") == 0 && logged("is null") > 0);
    world.succeed("use p;\ntunnel show history;");
    world.check();
}
