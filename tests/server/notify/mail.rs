//! Mail: a real mail server in Python, with TLS from the start or after the greeting, with the wrong certificate, and one that says
//! nothing.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use super::{Place, Script, channel, dead, does};
use crate::support::access::Certificate;
use crate::support::eventually;
use crate::support::scripts::{VENV, here, python_with};

/// A mail server on a port of its own. It prints the port, and then each mail on a line.
fn mailbox(place: &Place, how: &str) -> Option<(Script, u16)> {
    let python = python_with("mail", VENV, "aiosmtpd")?;
    let script = fs::read_to_string(here("tests/clients/mailbox.py")).unwrap();
    let file = place.file("mailbox.py");
    fs::write(&file, script.replace("HOW", how)).unwrap();
    let mut script = Script::start(&python, &file, place.directory.path());
    let port = script.line().trim().parse().unwrap();
    Some((script, port))
}

fn settings(port: u16, tls: &str, ca: Option<&Path>) -> String {
    let ca = ca.map_or_else(String::new, |ca| format!("ca = \"{}\"\n", ca.display()));
    format!(
        "[[notify.channel]]\nname = \"office\"\nkind = \"mail\"\nserver = \"localhost:{port}\"\ntls = \"{tls}\"\n\
         user = \"seats\"\npassword_file = \"SECRET\"\nfrom = \"seats@shop.example\"\nto = [\"olga@shop.example\"]\n\
         lang = \"ko\"\n{ca}"
    )
}

const QUICK: &str = "retry = \"100ms\"";

#[test]
fn mail_comes_over_tls_of_either_kind() {
    for how in ["starttls", "implicit"] {
        let place = Place::new(QUICK, "");
        let certificate = Certificate::new(place.directory.path());
        let Some((mut mailbox, port)) = mailbox(&place, how) else { return };
        place.settings(QUICK, &settings(port, how, Some(&certificate.ca)));
        let server = place.server();
        let mut client = server.client();
        does(&mut client, "NOTIFY TEST office t1 olga does~it~work");
        let mail: serde_json::Value = serde_json::from_str(&mailbox.line()).unwrap();
        assert_eq!(mail["from"], "seats@shop.example", "{how}: {mail}");
        assert_eq!(mail["to"], "olga@shop.example");
        assert_eq!(mail["user"], "seats");
        assert!(mail["subject"].as_str().unwrap().contains("알림 채널 시험: office"), "{mail}");
        let id = mail["id"].as_str().unwrap();
        assert!(
            mail["message_id"].as_str().unwrap().contains(id) && id.contains("-office-notices-test-"),
            "{mail}"
        );
        assert!(mail["text"].as_str().unwrap().contains("사유: does it work"), "{mail}");
        eventually("it is noted", || channel(&mut client, "office").integer("taken") == 1);
    }
}

#[test]
fn no_mail_is_given_to_a_server_that_cannot_be_believed() {
    for how in ["starttls", "implicit"] {
        let place = Place::new(QUICK, "");
        Certificate::new(place.directory.path());
        let Some((_mailbox, port)) = mailbox(&place, how) else { return };
        place.settings(QUICK, &settings(port, how, None));
        let server = place.server();
        let mut client = server.client();
        does(&mut client, "NOTIFY TEST office t1 olga does~it~work");
        eventually("it is tried again", || channel(&mut client, "office").integer("failures") >= 2);
        assert_eq!(channel(&mut client, "office").integer("taken"), 0);
        let why = channel(&mut client, "office").get("why").unwrap().text().to_owned();
        assert!(why.to_ascii_lowercase().contains("certificate"), "{how}: {why}");
    }
}

#[test]
fn a_mail_server_without_tls_gets_nothing_and_one_that_refuses_makes_a_dead_letter() {
    let place = Place::new(QUICK, "");
    let Some((_mailbox, port)) = mailbox(&place, "plain") else { return };
    place.settings(QUICK, &settings(port, "starttls", None));
    let mut server = place.server();
    let mut client = server.client();
    does(&mut client, "NOTIFY TEST office t1 olga does~it~work");
    eventually("it is tried", || channel(&mut client, "office").integer("failures") >= 1);
    server.kill();
    // The same server, to which nothing has to be encrypted, as it is on this machine; it does not know the password.
    let Some((_mailbox, port)) = mailbox(&place, "refuses") else { return };
    let plain = settings(port, "none", None).replace("user = \"seats\"\npassword_file = \"SECRET\"\n", "");
    place.settings(QUICK, &plain);
    let server = place.server();
    let mut client = server.client();
    eventually("it is given up", || dead(&mut client).len() == 1);
    let why = dead(&mut client)[0].get("why").unwrap().text().to_owned();
    assert!(why.contains("no such mailbox"), "{why}");
}

#[test]
fn a_mail_server_that_says_nothing_is_given_up_for_a_while() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let place = Place::new("retry = \"100ms\"\ntimeout = \"200ms\"", "");
    place.settings("retry = \"100ms\"\ntimeout = \"200ms\"", &settings(port, "starttls", None));
    let mut server = place.server();
    let mut client = server.client();
    does(&mut client, "NOTIFY TEST office t1 olga does~it~work");
    eventually("it is tried again", || channel(&mut client, "office").integer("failures") >= 2);
    assert_eq!(server.stop().0, Some(0), "nobody waits for it at the end");
}
