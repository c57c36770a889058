//! Resources and the files that they come from and go to, as the real program handles them.

use std::fs;

use crate::it::process::{Ended, World, run};

fn typed(world: &World, statement: &str) -> Ended {
    run(world.command().args(["-e", statement]), b"")
}

#[test]
fn bytes_come_back_as_they_were_stored() {
    let world = World::fresh();
    let mut random = fastrand::Rng::with_seed(1);
    // Several pieces, the last of them short; and none at all.
    for (name, length) in [("large.bin", 3 * 1024 * 1024 + 5), ("empty.bin", 0)] {
        let bytes: Vec<u8> = (0..length).map(|_| random.u8(..)).collect();
        let file = world.file(name, bytes.clone());
        let copy = world.folder().join("copy").join(name);
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        let (from, to) = (file.display(), copy.parent().unwrap().display());
        world.succeed(&format!("add file '{from}'; get resource {name} '{to}';"));
        assert!(fs::read(&copy).unwrap() == bytes, "{name}");
        // Over a file that is there, whole.
        world.succeed(&format!("get resource {name} '{}';", copy.display()));
        assert!(fs::read(&copy).unwrap() == bytes, "{name}");
        assert_eq!(fs::read_dir(copy.parent().unwrap()).unwrap().filter(|entry| entry.is_ok()).count(), 1);
        fs::remove_file(copy).unwrap();
    }
    world.check();
}

#[test]
fn a_draft_whose_process_has_ended_goes_with_the_next_one_of_its_file() {
    let world = World::fresh();
    let words = world.file("words.txt", b"one");
    let drafts = ["copy.new-1-0", "copy.new-2-0", "copy.new-old", "other.new-1-0"];
    for draft in drafts {
        world.file(draft, "left");
    }
    let used = fs::File::options().write(true).open(world.folder().join("copy.new-2-0")).unwrap();
    used.lock().unwrap();
    world.succeed(&format!("add file '{}'; get resource words.txt 'copy';", words.display()));
    let left: Vec<&str> = drafts.into_iter().filter(|draft| world.folder().join(draft).exists()).collect();
    assert_eq!(left, ["copy.new-2-0", "copy.new-old", "other.new-1-0"]);
    assert_eq!(fs::read(world.folder().join("copy")).unwrap(), b"one");
}

#[test]
fn files_of_the_state_are_neither_stored_nor_overwritten() {
    let world = World::fresh();
    let words = world.file("words.txt", b"one");
    world.succeed(&format!("add file '{}';", words.display()));
    let state = world.state();
    let link = world.folder().join("link.txt");
    std::os::unix::fs::symlink(&state, &link).unwrap();
    let mut wal = state.clone().into_os_string();
    wal.push("-wal");
    for path in [state.clone(), link, wal.into()] {
        let path = path.display();
        for statement in [format!("add file '{path}' as s.txt -f;"), format!("get resource words.txt '{path}';")] {
            let ended = typed(&world, &statement);
            ended.assert_refused(&statement);
            assert!(ended.error().contains("ODPSH-0201"), "{statement}: {}", ended.error());
        }
    }
    world.succeed("desc resource words.txt;");
    world.check();
}

#[test]
fn a_pipe_that_never_ends_is_not_waited_for() {
    let world = World::fresh();
    let pipe = world.folder().join("pipe.txt");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let ended = typed(&world, &format!("add file '{}';", pipe.display()));
    ended.assert_refused("a pipe");
    assert!(ended.error().contains("is not a regular file"), "{}", ended.error());
}

#[test]
fn bytes_that_were_changed_are_found_by_check() {
    let world = World::fresh();
    let words = world.file("words.txt", b"one");
    world.succeed(&format!("add file '{}';", words.display()));
    world.database().execute("update resource_piece set bytes = x'0102'", []).unwrap();
    let ended = run(world.command().arg("check"), b"");
    assert!(ended.error().contains("resource sandbox:words.txt was changed outside of odpsh"), "{}", ended.error());
}
