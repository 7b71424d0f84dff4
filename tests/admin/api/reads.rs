//! Each route that reads: its answer is the reply of the other port, and its role is the one that the command has there.

use std::collections::BTreeSet;

use holdfast_admin::ROUTES;
use serde_json::{Value, json};

use super::super::support::eventually;
use super::{Sale, at_the_other_port, sell};

/// A path of each route, and the command that gives the same.
const READS: &[(&str, &str, &[&str])] = &[
    ("/config", "/config", &["CONFIG", "GET", "*"]),
    ("/feeds", "/feeds?count=3", &["FEEDS", "1", "COUNT", "3"]),
    ("/feeds", "/feeds?from=7", &["FEEDS", "7"]),
    ("/events", "/events", &["EVENT", "LIST"]),
    ("/events", "/events?count=1&status=open", &["EVENT", "LIST", "COUNT", "1", "STATUS", "open"]),
    ("/events/{ev}", "/events/gala", &["EVENT", "INFO", "gala"]),
    ("/events/{ev}", "/events/a%2Fb", &["EVENT", "INFO", "a/b"]),
    ("/events/{ev}/plan", "/events/gala/plan", &["EVENT", "PLAN", "gala"]),
    ("/events/{ev}/picture", "/events/gala/picture", &["PICTURE", "gala"]),
    ("/events/{ev}/picture", "/events/gala/picture?since=2", &["PICTURE", "gala", "SINCE", "2"]),
    ("/events/{ev}/count", "/events/gala/count", &["COUNT", "gala"]),
    ("/events/{ev}/count", "/events/gala/count?by=category", &["COUNT", "gala", "BY", "category"]),
    ("/events/{ev}/seats/{label}", "/events/gala/seats/A-1-1", &["SEAT", "gala", "A-1-1"]),
    ("/events/{ev}/seats/{label}", "/events/gala/seats/B%2f%C3%BC-1-1", &["SEAT", "gala", "B/ü-1-1"]),
    ("/asof/{moment}/events/{ev}", "/asof/2/events/gala", &["ASOF", "2", "EVENT", "INFO", "gala"]),
    ("/asof/{moment}/events/{ev}/map", "/asof/2/events/gala/map", &["ASOF", "2", "MAP", "gala"]),
    ("/asof/{moment}/events/{ev}/count", "/asof/2/events/gala/count", &["ASOF", "2", "COUNT", "gala"]),
    (
        "/asof/{moment}/events/{ev}/seats/{label}",
        "/asof/2/events/gala/seats/A-1-1",
        &["ASOF", "2", "SEAT", "gala", "A-1-1"],
    ),
    (
        "/asof/{moment}/events/{ev}/holds/{hold}",
        "/asof/4/events/gala/holds/4",
        &["ASOF", "4", "GET", "HOLD", "gala", "4"],
    ),
    (
        "/asof/{moment}/events/{ev}/orders/{order}",
        "/asof/6/events/gala/orders/order%2F1",
        &["ASOF", "6", "GET", "ORDER", "gala", "order/1"],
    ),
    (
        "/asof/{moment}/events/{ev}/payments/{payment}",
        "/asof/6/events/gala/payments/pay-1",
        &["ASOF", "6", "GET", "PAYMENT", "gala", "pay-1"],
    ),
    ("/events/{ev}/holds", "/events/gala/holds", &["LIST", "HOLDS", "gala"]),
    (
        "/events/{ev}/holds",
        "/events/gala/holds?holder=cid&since=1&by=expiry&count=1",
        &["LIST", "HOLDS", "gala", "HOLDER", "cid", "SINCE", "1", "BY", "expiry", "COUNT", "1"],
    ),
    ("/events/{ev}/holds/{hold}", "/events/gala/holds/4", &["GET", "HOLD", "gala", "4"]),
    ("/events/{ev}/orders", "/events/gala/orders?count=5", &["LIST", "ORDERS", "gala", "COUNT", "5"]),
    ("/events/{ev}/orders/{order}", "/events/gala/orders/order%2F1", &["GET", "ORDER", "gala", "order/1"]),
    ("/events/{ev}/payments", "/events/gala/payments", &["PAYMENT", "LIST", "gala"]),
    (
        "/events/{ev}/payments",
        "/events/gala/payments?state=PENDING&count=1",
        &["PAYMENT", "LIST", "gala", "STATUS", "PENDING", "COUNT", "1"],
    ),
    (
        "/events/{ev}/payments",
        "/events/gala/payments?state=MISMATCH",
        &["PAYMENT", "LIST", "gala", "MISMATCH"],
    ),
    ("/events/{ev}/payments/{payment}", "/events/gala/payments/pay-1", &["GET", "PAYMENT", "gala", "pay-1"]),
    ("/jobs", "/jobs", &["JOB", "LIST"]),
    ("/executions", "/executions", &["JOB", "FIND"]),
    (
        "/executions",
        "/executions?job=snapshot&state=SUCCESS&from=1&count=5",
        &["JOB", "FIND", "JOB", "snapshot", "STATE", "SUCCESS", "FROM", "1", "COUNT", "5"],
    ),
    ("/notify", "/notify", &["NOTIFY", "LIST"]),
    ("/notify/dead", "/notify/dead", &["NOTIFY", "DEAD"]),
    (
        "/notify/dead",
        "/notify/dead?channel=ops&cursor=9&count=5",
        &["NOTIFY", "DEAD", "CHANNEL", "ops", "CURSOR", "9", "COUNT", "5"],
    ),
    ("/notify/acts", "/notify/acts", &["NOTIFY", "ACTS"]),
    ("/groups", "/groups", &["GROUP", "LIST"]),
    ("/groups/{stream}/{group}", "/groups/feed%3Agala/mail", &["GROUP", "INFO", "feed:gala", "mail"]),
    (
        "/groups/{stream}/{group}/dead",
        "/groups/feed:gala/mail/dead?after=1-1&count=2",
        &["GROUP", "DEAD", "feed:gala", "mail", "AFTER", "1-1", "COUNT", "2"],
    ),
    (
        "/groups/{stream}/{group}/consumers",
        "/groups/feed:gala/mail/consumers",
        &["XINFO", "CONSUMERS", "feed:gala", "mail"],
    ),
    (
        "/groups/{stream}/{group}/pending",
        "/groups/feed:gala/mail/pending?count=5",
        &["XPENDING", "feed:gala", "mail", "-", "+", "5"],
    ),
    ("/audit", "/audit?to=1", &["AUDIT", "SHOW", "TO", "1"]),
    (
        "/audit",
        "/audit?operator=olga&event=gala&act=event.&count=5",
        &["AUDIT", "SHOW", "OPERATOR", "olga", "EVENT", "gala", "ACT", "event.", "COUNT", "5"],
    ),
    ("/events/{ev}/feed", "/events/gala/feed", &["FEED", "gala", "1"]),
    ("/events/{ev}/feed", "/events/gala/feed?from=3&count=2", &["FEED", "gala", "3", "COUNT", "2"]),
];

/// The reply in the form that the route gives it.
fn shaped(path: &str, reply: Value) -> Value {
    let last = path.rsplit('/').next().unwrap();
    match path {
        "/events" => {
            let pairs = reply[1].as_array().unwrap().chunks(2);
            let events: Vec<_> = pairs.map(|pair| json!({ "name": pair[0], "status": pair[1] })).collect();
            json!({ "next": reply[0], "events": events })
        }
        "/audit" => json!({ "next": reply[0], "lines": reply[1] }),
        "/groups/{stream}/{group}/dead" => json!({ "next": reply[0], "letters": reply[1] }),
        "/events/{ev}/holds"
        | "/events/{ev}/orders"
        | "/events/{ev}/payments"
        | "/executions"
        | "/notify/dead" => {
            json!({ "next": reply[0], last: reply[1] })
        }
        "/events/{ev}/plan" => serde_json::from_str(reply.as_str().unwrap()).unwrap(),
        _ => reply,
    }
}

/// Without how much time was left when it was asked.
fn timeless(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.remove("left");
            members.values_mut().for_each(timeless);
        }
        Value::Array(values) => values.iter_mut().for_each(timeless),
        _ => {}
    }
}

#[test]
fn each_route_answers_as_its_command_does() {
    let sale = Sale::open();
    let mut client = sale.client();
    client.ask("HELLO 3");
    client.ask("GROUP CREATE feed:gala mail $ olga mails");
    let asked = at_the_other_port(&mut client, &["JOB", "RUN", "snapshot", "s1", "olga", "why"]);
    let execution = asked["execution"].as_str().unwrap().to_owned();
    let get = ["JOB", "GET", &execution];
    eventually("a snapshot", || at_the_other_port(&mut client, &get)["state"] == "SUCCESS");
    let told = sale.get(&format!("/executions/{execution}")).json();
    assert_eq!(told, at_the_other_port(&mut client, &get));
    let results = sale.get(&format!("/executions/{execution}/results")).json();
    assert_eq!(results["error"]["code"], "HF-BAT-025", "a snapshot has none");
    let (head, told) = (sale.get("/audit/head").json(), at_the_other_port(&mut client, &["AUDIT", "HEAD"]));
    assert_eq!(
        head.as_object().unwrap().keys().collect::<Vec<_>>(),
        told.as_object().unwrap().keys().collect::<Vec<_>>()
    );
    for (route, path, words) in READS {
        let answer = sale.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        assert!(
            answer.head.to_ascii_lowercase().contains("content-type: application/json"),
            "{}",
            answer.head
        );
        assert!(answer.head.to_ascii_lowercase().contains("cache-control: no-store"), "{}", answer.head);
        let (mut got, mut expected) = (answer.json(), shaped(route, at_the_other_port(&mut client, words)));
        timeless(&mut got);
        timeless(&mut expected);
        assert_eq!(got, expected, "{path}");
    }
    let tried: BTreeSet<_> = READS
        .iter()
        .map(|(route, ..)| *route)
        .chain([
            "/info",
            "/clients",
            "/slowlog",
            "/executions/{execution}",
            "/executions/{execution}/results",
            "/audit/head",
        ])
        .collect();
    let all: BTreeSet<_> = ROUTES.iter().map(holdfast_admin::Route::path).collect();
    assert_eq!(tried, all, "each route is tried");
}

#[test]
fn figures_and_connections_are_objects() {
    let sale = Sale::open();
    let info = sale.get("/info").json();
    assert_eq!(info["server"]["server_name"], "holdfast", "{info}");
    assert_eq!(info["server"]["tcp_port"], sale.address.port(), "{info}");
    assert_eq!(info["server"]["events"], 2, "{info}");
    let all = sale.client().ask("INFO");
    for section in all.split('|').filter_map(|line| line.strip_prefix("# ")) {
        assert!(info[section.to_ascii_lowercase()].is_object(), "{section} of {info}");
    }
    assert!(
        sale.get("/info?section=memory").json()["memory"]["used_memory"]
            .as_u64()
            .is_some_and(|bytes| bytes > 0)
    );
    let mut client = sale.client();
    client.ask("CLIENT SETNAME 5");
    let clients = sale.get("/clients").json();
    let clients = clients.as_array().unwrap();
    let named = |name: &str| clients.iter().find(|client| client["name"] == name).unwrap();
    assert_eq!(named("5")["cmd"], "client|setname");
    assert!(named("5")["id"].is_u64());
    let own = named("admin");
    assert_eq!((&own["cmd"], &own["resp"]), (&json!("client|list"), &json!(3)));
    assert!(own["addr"].as_str().unwrap().starts_with("127.0.0.1:"), "{own}");
}

#[test]
fn slow_commands_are_objects() {
    let sale = Sale::with(&["--slowlog-over", "0s"]);
    let mut client = sale.client();
    sell(&mut client);
    client.ask("CLIENT SETNAME shop");
    client.ask("COUNT gala");
    let slow = || sale.get("/slowlog?count=50").json();
    let find = |all: &Value| {
        let mut entries = all.as_array().unwrap().iter();
        entries.find(|entry| entry["command"] == json!(["COUNT", "gala"])).cloned()
    };
    eventually("the command is an entry", || find(&slow()).is_some());
    let entry = find(&slow()).unwrap();
    assert_eq!(entry["name"], "shop", "{entry}");
    assert!(entry["id"].is_u64() && entry["at"].as_u64().unwrap() > 1_700_000_000_000, "{entry}");
    let parts =
        ["queue", "judge", "log", "sync", "socket"].map(|part| entry["parts"][part].as_u64().unwrap());
    assert_eq!(parts.iter().sum::<u64>(), entry["micros"].as_u64().unwrap(), "{entry}");
}

#[test]
fn what_is_not_there_or_not_asked_well_is_told() {
    let sale = Sale::open();
    for (path, status, kind) in [
        ("/events/nowhere", 404, "NOEVENT"),
        ("/events/gala/seats/Z-1-1", 404, "NOSEAT"),
        ("/events/gala/holds/999", 404, "NOTFOUND"),
        ("/events/gala/orders/nobody", 404, "NOTFOUND"),
        ("/events/gala/holds/x", 400, "INVALID"),
        ("/events/gala/holds?cursor=HOLDER", 400, "INVALID"),
        ("/events/gala/holds?what=1", 400, "INVALID"),
        ("/events/gala/holds?count=1&count=2", 400, "INVALID"),
        ("/events/gala/holds?count=100000", 400, "INVALID"),
        ("/events/gala/payments?state=NONE", 400, "INVALID"),
        ("/events/gala/picture?since=99999", 400, "INVALID"),
        ("/events/gala/feed?from=-1", 400, "INVALID"),
        ("/slowlog?count=x", 400, "INVALID"),
        ("/", 404, "NOTFOUND"),
        ("", 404, "NOTFOUND"),
    ] {
        let answer = sale.get(path);
        let error = &answer.json()["error"];
        assert_eq!((answer.status, error["kind"].as_str()), (status, Some(kind)), "{path}: {error}");
    }
    let error = &sale.get("/events/nowhere").json()["error"];
    assert_eq!(error["code"], "HF-INP-020");
    assert!(error["remedy"].as_str().unwrap().contains("EVENT LIST"), "{error}");
}

#[test]
fn paths_lead_to_names_and_nowhere_else() {
    let sale = Sale::open();
    for path in [
        "/events/..",
        "/events/%2e%2e",
        "/events/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/events/gala/../gala",
        "/events/gala%00",
        "/events/%00",
        "/events/gala%0d%0aQUIT",
        "/events/%ff",
        "/events/gala/seats/%ff",
        "/events//plan",
        "//events",
        "/events/gala/seats/A-1-1%0d%0a",
        "/events/gala/holds?holder=%ff",
        "/events/gala%20PLAN",
        "/../v1/events",
    ] {
        let answer = sale.get(path);
        assert!([400, 404].contains(&answer.status), "{path}: {} {}", answer.status, answer.body);
        assert!(answer.json()["error"]["kind"].is_string(), "{path}: {}", answer.body);
    }
}

/// Whether a token for other events is refused: the route is about one event, or about all of them.
fn of_some(route: &str) -> bool {
    ["/events/", "/asof/", "/jobs", "/executions", "/audit", "/notify", "/groups/"]
        .iter()
        .any(|path| route.starts_with(path))
}

#[test]
fn each_route_has_the_role_of_its_command() {
    let (sale, secrets) = Sale::guarded(&[]);
    let mut client = sale.client();
    client.ask(&format!("AUTH {}", secrets.operator));
    assert_eq!(client.ask("GROUP CREATE feed:gala mail $ operator mails"), "+OK|");
    let roles = [
        ("viewer", &secrets.viewer),
        ("reader", &secrets.reader),
        ("booking", &secrets.booking),
        ("operator", &secrets.operator),
    ];
    let samples = READS.iter().map(|(route, path, _)| (*route, *path));
    let samples: Vec<_> =
        samples.chain([("/info", "/info"), ("/clients", "/clients"), ("/slowlog", "/slowlog")]).collect();
    for (route, path) in samples {
        let needed = ROUTES.iter().find(|known| known.path() == route).unwrap().right().role();
        let allowed = roles.iter().position(|(role, _)| *role == needed.word()).unwrap();
        for (at, (role, secret)) in roles.iter().enumerate() {
            let answer = sale.get_as(path, secret);
            let expected = if at >= allowed { 200 } else { 403 };
            assert_eq!(answer.status, expected, "{path} as {role}: {}", answer.body);
            let head = sale.ask("HEAD", path, &[&super::bearer(secret)], "");
            assert_eq!((head.status, head.body.as_str()), (expected, ""), "HEAD {path} as {role}");
        }
        let expected = if path == "/info" { 200 } else { 403 };
        assert_eq!(sale.get_as(path, &secrets.monitor).status, expected, "{path} as monitor");
        for method in ["GET", "HEAD", "POST", "OPTIONS"] {
            assert_eq!(sale.ask(method, path, &[], "").status, 401, "{method} {path}");
        }
        for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
            let status = sale.ask(method, path, &[&super::bearer(&secrets.operator)], "").status;
            assert_eq!(status, 405, "{method} {path}");
        }
        let elsewhere = sale.get_as(path, &secrets.elsewhere).status;
        assert_eq!(elsewhere, if of_some(route) { 403 } else { 200 }, "{path}");
    }
    // The catalogue comes with the program, and no command has it.
    assert_eq!(sale.ask("GET", "/policies", &[], "").status, 401);
    for (secret, status) in
        [(&secrets.viewer, 403), (&secrets.monitor, 403), (&secrets.reader, 200), (&secrets.elsewhere, 200)]
    {
        assert_eq!(sale.get_as("/policies", secret).status, status);
    }
    let told = sale.get_as("/policies?lang=ko", &secrets.reader).json();
    assert_eq!((&told[0]["id"], told.as_array().unwrap().len() >= 24), (&json!("P-01"), true));
    for query in ["lang=fr", "language=en", "lang=en&lang=ko"] {
        assert_eq!(sale.get_as(&format!("/policies?{query}"), &secrets.reader).status, 400, "{query}");
    }
    assert_eq!(sale.get_as("/events", &secrets.elsewhere).json()["events"], json!([]));
    assert!(
        sale.get_as("/info", &secrets.viewer).json()["persistence"].is_null(),
        "a viewer hears no figures"
    );
    assert!(sale.get_as("/info", &secrets.monitor).json()["persistence"].is_object());
    assert_eq!(sale.get_as("/events/gala/seats/A-1-1", &secrets.viewer).json()["holder"], Value::Null);
    assert_eq!(sale.get_as("/events/gala/seats/A-1-1", &secrets.reader).json()["holder"], "ann");
}
