//! `docs/operating.md` and `docs/incident.md`, as their readers work through them: each command of a page, in its order, with what the page
//! says to it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::programs::{ROUTES, RULES, hurry};
use crate::shell::{Shell, steps};
use crate::support::scripts::here;
use crate::support::{PROGRAM, TempDir, eventually, has_program, missing};

/// Takes minutes, and is in the place of the program under test.
const NOT_RUN: &str = "cargo build --release";
/// What only looks may be asked again until the page is right: the page says how long that takes, in words.
const LOOKS: [&str; 15] = [
    "olga JOB GET ",
    "olga JOB RESULTS ",
    "olga INFO ",
    "holdfast audit ",
    "holdfast status",
    "holdfast kpi",
    "holdfast top",
    "redis-cli ",
    "curl ",
    "cat ",
    "tail ",
    "promtool query ",
    "amtool ",
    "df ",
    "du ",
];
/// A network of one's own begins without a way to oneself.
const NETWORK: &str = "python3 -c 'import fcntl, socket, struct; \
    fcntl.ioctl(socket.socket(), 0x8914, struct.pack(\"16sH14x\", b\"lo\", 0x41))'";

/// The reader's machine: the repository with what `cargo build --release` makes.
fn repository(directory: &Path) {
    let release = directory.join("holdfast/target/release");
    fs::create_dir_all(&release).unwrap();
    symlink(PROGRAM, release.join("holdfast")).unwrap();
    symlink(here("docs"), directory.join("holdfast/docs")).unwrap();
}

/// The programs that the commands of the page run on.
fn is_possible(test: &str) -> bool {
    let own_disk = std::process::Command::new("unshare")
        .args(["--map-root-user", "--net", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"])
        .output();
    if !own_disk.is_ok_and(|output| output.status.success()) {
        missing(test, "the right to make a namespace of users", "sysctl kernel.unprivileged_userns_clone=1");
        return false;
    }
    for (program, package) in [("redis-cli", "redis-tools"), ("curl", "curl"), ("python3", "python3")] {
        if !has_program(program, "--version") {
            missing(test, program, &format!("apt-get install {package}"));
            return false;
        }
    }
    true
}

/// Shortens the times of files that the reader has just made. The page says how long the reader waits.
fn shorten(typed: &str, directory: &Path) {
    if typed.starts_with("holdfast ops render") {
        // The alert of the incident does not wait. One that waits for minutes, and would mute it, still does.
        if !directory.ends_with("incident") {
            hurry(&directory.join("ops/prometheus/rules.yml"), &RULES);
        }
        hurry(&directory.join("ops/alertmanager/alertmanager.yml"), &ROUTES);
    }
    let configuration = ["prometheus.yml", "watched.yml"].into_iter().find(|name| typed.contains(name));
    if let Some(name) = configuration.filter(|_| typed.starts_with("cp ")) {
        let times = [
            ("scrape_interval: 5s", "scrape_interval: 1s"),
            ("evaluation_interval: 5s", "evaluation_interval: 1s"),
        ];
        hurry(&directory.join(name), &times);
    }
}

/// Works through a page, which has so many commands at least, in a directory beside the repository.
fn work_through(test: &str, page: &str, steps_min: usize, beside: &str) {
    if !is_possible(test) {
        return;
    }
    let steps = steps(&fs::read_to_string(here(page)).unwrap());
    assert!(steps.len() >= steps_min, "{}", steps.len());
    let directory = TempDir::new();
    repository(directory.path());
    // No mode comes because the machine is slow.
    let mut shell = Shell::new(|command| {
        command.current_dir(directory.join("holdfast"));
        command.envs([("HOLDFAST_CONNECTIONS_PATIENCE", "1h"), ("HOLDFAST_WAL_SLOW", "60s")]);
    });
    assert_eq!(shell.types(NETWORK), "");
    for step in &steps {
        if step.typed == NOT_RUN {
            continue;
        }
        let again = LOOKS.iter().any(|look| step.typed.starts_with(look));
        let mut said = String::new();
        eventually(&step.typed, || {
            said = shell.types(&step.typed);
            let is_shown = step.is_shown(&said);
            assert!(is_shown || again, "{step:?} says\n{said}");
            is_shown
        });
        shorten(&step.typed, &directory.join(beside));
    }
}

#[test]
fn the_page_for_operators_is_as_it_says() {
    work_through("the_page_for_operators_is_as_it_says", "docs/operating.md", 30, "operating");
}

#[test]
fn the_story_of_an_incident_is_as_it_says() {
    work_through("the_story_of_an_incident_is_as_it_says", "docs/incident.md", 40, "incident");
}
