//! What orchestrators ask, from before the recovery to the end.

use super::http::{Early, get};
use super::support::{HALL, Server, TempDir, eventually};

#[test]
fn a_server_that_recovers_lives_and_is_not_ready() {
    let directory = TempDir::new();
    let mut server = Server::start(directory.path());
    server.client().create("hall", HALL);
    server.stop();

    let (mut server, held) = Early::held(directory.path());
    for _ in 0..3 {
        let live = get(server.admin, "/livez");
        assert_eq!((live.status, live.json()["status"].as_str()), (200, Some("up")), "{}", live.head);
        for path in ["/readyz", "/startupz"] {
            let answer = get(server.admin, path);
            assert_eq!(answer.status, 503, "{path}");
            let body = answer.json();
            assert_eq!(body["mode"].as_str(), Some("recovering"), "{body}");
            assert_eq!((&body["progress"]["records"], &body["progress"]["of"]), (&0.into(), &0.into()));
        }
        let health = get(server.admin, "/health");
        let body = health.json();
        assert_eq!((health.status, body["status"].as_str()), (503, Some("down")), "{body}");
        assert_eq!(body["parts"]["recovery"]["status"].as_str(), Some("down"), "{body}");
        assert_eq!(get(server.admin, "/health/disk").status, 404, "nothing is known of it yet");
    }
    server.go_on(held);
    server.ready();
    eventually("ready", || get(server.admin, "/readyz").status == 200);
    let ready = get(server.admin, "/readyz").json();
    assert_eq!(ready, serde_json::json!({ "mode": "normal" }));
    assert_eq!(get(server.admin, "/startupz").status, 200);
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn a_server_that_is_well_says_so_of_every_part() {
    let directory = TempDir::new();
    let mut server = Early::start(directory.path(), &[]);
    server.ready();
    eventually("ready", || get(server.admin, "/readyz").status == 200);
    let health = get(server.admin, "/health?strict=1");
    let body = health.json();
    assert_eq!(
        (health.status, body["status"].as_str(), body["mode"].as_str()),
        (200, Some("up"), Some("normal"))
    );
    let parts = body["parts"].as_object().unwrap();
    let page = include_str!("../../docs/admin.md");
    assert_eq!(parts.len(), 14, "{body}");
    for (part, state) in parts {
        assert!(page.contains(&format!("| `{part}` |")), "docs/admin.md has no row for {part}");
        assert_eq!(state["status"].as_str(), Some("up"), "{part}: {state}");
        assert!(state["since"].as_u64().unwrap() > 0);
        let alone = get(server.admin, &format!("/health/{part}"));
        assert_eq!((alone.status, &alone.json()), (200, state), "the same, with the same date");
    }
    assert_eq!(get(server.admin, "/health/nothing").status, 404);
    let (code, said) = server.stop();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("stopped: the log is sealed") && !said.contains("ERROR"), "{said}");
}
