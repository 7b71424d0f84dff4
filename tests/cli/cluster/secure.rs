//! The servers of the log behind TLS, with a user that may do what docs/cluster-operations.md lists, and nothing else.

use std::fs;

use holdfast_testkit::{NatsServers, NatsSettings};

use super::nodes::{ask, create, owner, three};
use super::{INIT, cluster, file};
use crate::support::access::Certificate;
use crate::support::{Client, TempDir, eventually};

/// The fields of `INFO cluster`, as docs/protocol/info.md lists them. A takeover is told of once there was one.
fn fields() -> Vec<String> {
    let page = include_str!("../../../docs/protocol/info.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| Cluster | `"));
    rows.map(|row| row.split('`').next().unwrap().to_owned()).collect()
}

/// The block of the page that says what the user may do, for the log of the cluster `c`, shard 2.
fn permissions() -> String {
    let page = include_str!("../../../docs/cluster-operations.md");
    let (_, from) = page.split_once("```text\npermissions {").expect("the page has the block");
    let (block, _) = from.split_once("\n```").unwrap();
    format!("permissions {{{block}").replace("seoul.0", "c.2").replace("seoul_0", "c_2")
}

#[test]
fn a_log_behind_tls_lets_in_who_knows_its_authority_and_has_its_credentials() {
    let directory = TempDir::new();
    let own = Certificate::new(directory.path());
    let elsewhere = directory.join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let stranger = Certificate::new(&elsewhere);
    let locks = format!(
        "tls {{ cert_file: \"{}\", key_file: \"{}\" }}\nauthorization {{ users: [ {{ user: holdfast, password: \"s3cret\", {} }} ] }}\n",
        own.cert.display(),
        own.key.display(),
        permissions(),
    );
    let servers = NatsServers::start_with("a log behind TLS", NatsSettings::default(), &locks);
    let Some(servers) = servers else { return };
    let plain = file(&directory, &servers);
    let text = fs::read_to_string(&plain).unwrap();
    let with = |name: &str, ca: &Certificate, credentials: &str| {
        let creds = directory.join(format!("{name}.creds"));
        fs::write(&creds, credentials).unwrap();
        let path = directory.join(format!("{name}.toml"));
        let more = format!("nats_ca = \"{}\"\nnats_creds = \"{}\"\n", ca.ca.display(), creds.display());
        fs::write(&path, format!("{text}{more}")).unwrap();
        path.display().to_string()
    };

    for (name, ca, credentials, says) in [
        ("wrong", &own, "holdfast:guessed\n", "authorization violation"),
        ("unknown", &stranger, "holdfast:s3cret\n", "certificate"),
        ("nothing", &own, "nothing of the kind\n", "name:password"),
    ] {
        let (code, out, err) = cluster(&with(name, ca, credentials), &INIT);
        assert_eq!((code, out.as_str()), (2, ""), "{name}: {err}");
        assert!(err.to_lowercase().contains(says) && !err.contains("s3cret"), "{name}: {err}");
    }
    let good = with("good", &own, "holdfast:s3cret\n");
    let (code, _, err) = cluster(&good, &INIT);
    assert_eq!((code, err.as_str()), (0, ""));
    let mut nodes = three(&good);
    let (first, address) = owner(&mut nodes);
    let mut client = Client::connect(address);
    create(&mut client, "gala");
    let held = ask(&mut client, "HOLD gala k1 ann 600000 SEATS A-1-1");
    assert!(held.contains("A-1-1"), "{held}");
    let mut told = String::new();
    eventually("the servers of the log have answered", || {
        told = client.ask("INFO cluster");
        told.contains("cluster_log_servers:")
    });
    let lines = told.split(['\r', '\n', '|']).filter_map(|line| line.split_once(':'));
    let lines: Vec<_> = lines.filter(|(field, _)| field.starts_with("cluster_")).collect();
    let names: Vec<_> = lines.iter().map(|(field, _)| (*field).to_owned()).collect();
    assert_eq!(names, fields(), "{told}");
    let value = |field: &str| lines.iter().find(|(name, _)| *name == field).map(|(_, value)| *value);
    for (field, expected) in
        [("cluster_role", "owner"), ("cluster_nodes", "a,b,c"), ("cluster_log_copies_current", "3")]
    {
        assert_eq!(value(field), Some(expected), "{told}");
    }
    nodes[first].signal("TERM");
    assert_eq!(nodes[first].ends(), Some(0));
    let (second, address) = owner(&mut nodes);
    assert_ne!(first, second, "the others were let in as well, and have everything");
    assert_eq!(ask(&mut Client::connect(address), "HOLD gala k1 ann 600000 SEATS A-1-1"), held);
    for (command, says) in
        [("status", "3 of 3 are current"), ("scrub", "copy n0"), ("verify", "0 messages do not")]
    {
        let (code, out, err) = cluster(&good, &[command]);
        assert!(code == 0 && out.contains(says), "{command}: {out}{err}");
    }
    nodes[second].signal("TERM");
    assert_eq!(nodes[second].ends(), Some(0));
}
