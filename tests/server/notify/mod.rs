//! Messages for people outside: real receivers, which answer, refuse, hang, break off, and see the same message again after a kill.

mod mail;
mod receiver;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use receiver::{Does, Receiver};

use crate::support::reply::Value;
use crate::support::scripts::{VENV, here, python_with};
use crate::support::{Client, HALL, Server, TempDir, eventually, program};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OK: Does = Does::Answers(204, "");

/// A directory with a file of settings and secrets.
struct Place {
    directory: TempDir,
}

impl Place {
    /// With these settings of messages, and these channels.
    fn new(notify: &str, channels: &str) -> Self {
        let place = Self { directory: TempDir::new() };
        fs::write(place.file("secret"), SECRET).unwrap();
        place.settings(notify, channels);
        place
    }

    fn settings(&self, notify: &str, channels: &str) {
        let channels = channels.replace("SECRET", &self.file("secret").display().to_string());
        let text = format!("[notify]\nserver = \"seats-1\"\n{notify}\n{channels}");
        fs::write(self.file("holdfast.toml"), text).unwrap();
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn server(&self) -> Server {
        self.spawn().unwrap_or_else(|said| panic!("does not start: {said}"))
    }

    /// What it says, if it does not start.
    fn spawn(&self) -> Result<Server, String> {
        let config = self.file("holdfast.toml").display().to_string();
        Server::spawn(program(), &self.file("data"), &["--config", &config]).map_err(|(_, said)| said)
    }
}

fn webhook(name: &str, receiver: &Receiver, more: &str) -> String {
    let url = receiver.url();
    format!(
        "[[notify.channel]]\nname = \"{name}\"\nkind = \"webhook\"\nurl = \"{url}\"\nsecret_file = \"SECRET\"\n{more}\n"
    )
}

/// What is done, and is not refused.
fn does(client: &mut Client, line: &str) -> Vec<u8> {
    let reply = client.bytes(line);
    assert_ne!(reply[0], b'-', "{line}: {}", String::from_utf8_lossy(&reply));
    reply
}

/// A row of `NOTIFY LIST`.
fn channel(client: &mut Client, name: &str) -> Value {
    let rows = Value::of(&client.bytes("NOTIFY LIST"));
    let row = rows.list().iter().find(|row| row.get("channel").unwrap().text() == name);
    row.unwrap_or_else(|| panic!("no {name} in {rows:?}")).clone()
}

fn dead(client: &mut Client) -> Vec<Value> {
    Value::of(&client.bytes("NOTIFY DEAD")).list()[1].list().to_vec()
}

/// A process of Python that ends with the test.
struct Script(Child, BufReader<std::process::ChildStdout>);

impl Script {
    fn start(python: &Path, script: &Path, directory: &Path) -> Self {
        let mut child = Command::new(python)
            .args(["-u".as_ref(), script.as_os_str()])
            .current_dir(directory)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self(child, out)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.1.read_line(&mut line).unwrap();
        line
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn what_happens_is_told_with_who_and_why_and_what_to_do() {
    let receiver = Receiver::new(OK);
    let place = Place::new("digest = \"0s\"", &webhook("ops", &receiver, ""));
    let mut server = place.server();
    let mut client = server.client();
    client.create("gala", HALL);
    client.ask("EVENT PAUSE gala p1 olga a~leak~in~row~B");
    client.ask("EVENT RESUME gala p2 olga mended");
    let paused = receiver.waits_for("event.paused", 1)[0].json();
    let data = &paused["data"];
    for (field, expected) in [
        ("server", "seats-1"),
        ("channel", "ops"),
        ("severity", "warning"),
        ("about", "gala"),
        ("operator", "olga"),
        ("reason", "a leak in row B"),
    ] {
        assert_eq!(data[field], expected, "{paused}");
    }
    assert!(data["text"].as_str().unwrap().contains("What to do: "), "{paused}");
    receiver.waits_for("event.resumed", 1);
    client.ask("JOB RUN replay r1 olga a~customer~asks");
    let replayed = receiver.waits_for("job.replayed", 1)[0].json();
    assert_eq!(replayed["data"]["reason"], "a customer asks");
    // There is nowhere for a backup to go to.
    client.ask("JOB RUN drill d1 olga is~it~whole");
    let told = client.ask("JOB FIND JOB drill");
    if told.contains("FAILED") {
        let failed = receiver.waits_for("job.failed", 1)[0].json();
        assert_eq!(failed["data"]["severity"], "critical", "{failed}");
    }
    server.kill();
    let _server = place.server();
    let crashed = receiver.waits_for("server.crashed", 1)[0].json();
    assert_eq!(crashed["data"]["severity"], "critical");
    let ids: Vec<_> = receiver.got().iter().map(receiver::Got::id).collect();
    let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
    assert!(distinct.len() + 1 >= ids.len(), "one at most was not noted before the kill: {ids:?}");
}

#[test]
fn a_message_comes_again_under_its_name_after_a_kill_and_only_then() {
    let receiver = Receiver::new(Does::Hangs);
    let place = Place::new("timeout = \"1m\"", &webhook("ops", &receiver, "events = [\"notices\"]"));
    let mut server = place.server();
    let mut client = server.client();
    let first = does(&mut client, "NOTIFY TEST ops t1 olga does~it~work");
    assert_eq!(does(&mut client, "NOTIFY TEST ops t1 olga does~it~work"), first, "one key, one answer");
    let sent = receiver.waits_for("notices.test", 1)[0].clone();
    // The receiver has it, and the server dies before it hears so.
    server.kill();
    receiver.now(OK);
    let mut server = place.server();
    let again = receiver.waits_for("notices.test", 2)[1].clone();
    assert_eq!((again.id(), &again.body), (sent.id(), &sent.body));
    let mut client = server.client();
    eventually("it is noted", || channel(&mut client, "ops").integer("taken") == 1);
    for kills in [true, false] {
        if kills {
            server.kill();
        } else {
            assert_eq!(server.stop().0, Some(0));
        }
        server = place.server();
    }
    let mut client = server.client();
    does(&mut client, "NOTIFY TEST ops t2 olga once~more");
    eventually("it is noted", || channel(&mut client, "ops").integer("taken") == 2);
    let ids: Vec<_> = receiver.of("notices.test").iter().map(receiver::Got::id).collect();
    assert_eq!(ids[..2], [sent.id(), sent.id()]);
    assert_eq!(ids.len(), 3, "what was noted is not sent again: {ids:?}");
}

#[test]
fn a_receiver_that_fails_gets_it_again_and_what_is_refused_is_a_dead_letter() {
    let receiver = Receiver::new(Does::Answers(500, ""));
    let place = Place::new("retry = \"100ms\"\ndigest = \"0s\"", &webhook("ops", &receiver, ""));
    let mut server = place.server();
    let mut client = server.client();
    let failing = [Does::Answers(503, ""), Does::Answers(429, "Retry-After: 0\r\n"), Does::Breaks];
    does(&mut client, "NOTIFY TEST ops t1 olga first");
    for (tries, next) in (2..).zip(failing) {
        receiver.now(next);
        receiver.waits_for("notices.test", tries);
    }
    assert!(!channel(&mut client, "ops").get("why").unwrap().text().is_empty());
    receiver.now(OK);
    eventually("it is taken", || channel(&mut client, "ops").integer("taken") == 1);
    let ids: std::collections::BTreeSet<_> = receiver.got().iter().map(receiver::Got::id).collect();
    assert_eq!(ids.len(), 1, "each try has the same name");

    // A redirect leads nowhere: nobody else is told what was for the receiver.
    let elsewhere = Receiver::new(OK);
    let to: &'static str = Box::leak(format!("Location: {}\r\n", elsewhere.url()).into_boxed_str());
    receiver.now(Does::Answers(307, to));
    does(&mut client, "NOTIFY TEST ops t2 olga second");
    eventually("it is given up", || dead(&mut client).len() == 1);
    assert!(elsewhere.got().is_empty());
    let letter = dead(&mut client).remove(0);
    assert!(letter.get("why").unwrap().text().contains("redirects are not followed"), "{letter:?}");
    assert_eq!(client.info("notifications", "notify_dead"), "1");

    assert_eq!(server.stop().0, Some(0));
    let mut server = place.server();
    let mut client = server.client();
    let kept = dead(&mut client).remove(0);
    assert_eq!(kept, letter, "it is kept over a restart");
    let number = letter.integer("letter");
    assert_eq!(
        client.ask("NOTIFY REDRIVE 999 r0 olga why"),
        "-GONE HF-EXT-003 there is no dead letter of the number 999|"
    );
    assert_eq!(
        client.ask("NOTIFY TEST nobody r0 olga why"),
        "-GONE HF-EXT-002 the settings have no channel nobody|"
    );
    does(&mut client, &format!("NOTIFY REDRIVE {number} r1 olga again"));
    eventually("it is given up again", || {
        let letter = dead(&mut client).remove(0);
        letter.integer("is_redriven") == 0 && letter.integer("died_at") > kept.integer("died_at")
    });
    receiver.now(OK);
    does(&mut client, "NOTIFY REDRIVE ops r2 olga it~is~back");
    eventually("it is taken", || dead(&mut client).is_empty());
    assert_eq!(receiver.got().last().unwrap().id(), letter.get("id").unwrap().text());
    let acts = Value::of(&client.bytes("NOTIFY ACTS"));
    assert_eq!(acts.list()[0].get("reason").unwrap().text(), "it is back");
    server.kill();
}

#[test]
fn a_channel_that_hangs_holds_no_other_up_and_a_flood_is_few_messages() {
    const PAUSES: usize = 5_000;
    let (hung, well) = (Receiver::new(Does::Hangs), Receiver::new(OK));
    let channels = webhook("hung", &hung, "") + &webhook("well", &well, "lang = \"ko\"");
    // Even where a try takes as long as it may, the next one is far away.
    let place = Place::new("timeout = \"1m\"\nretry = \"1h\"\ndigest = \"24h\"", &channels);
    let server = place.server();
    let mut client = server.client();
    client.create("gala", HALL);
    for first in (0..PAUSES).step_by(100) {
        for number in first..first + 100 {
            client.send(crate::support::wire_of(&format!("EVENT PAUSE gala p{number} olga flood")));
            client.send(crate::support::wire_of(&format!("EVENT RESUME gala r{number} olga flood")));
        }
        for _ in 0..200 {
            assert!(!client.reply().starts_with('-'));
        }
    }
    let paused = well.waits_for("event.paused", 1)[0].json();
    well.waits_for("event.resumed", 1);
    assert!(paused["data"]["title"].as_str().unwrap().contains("판매 일시 중지: gala"), "{paused}");
    hung.waits_for("event.paused", 1);
    eventually("all of it is seen", || channel(&mut client, "well").integer("waiting") == 2);
    does(&mut client, "NOTIFY TEST well t1 olga is~anybody~there");
    well.waits_for("notices.test", 1);
    assert_eq!(well.got().len(), 3, "the others wait for the end of the digest");
    assert_eq!(hung.got().len(), 1, "it is waited for");
    assert_eq!(channel(&mut client, "hung").integer("taken"), 0);
}

#[test]
fn the_receiver_of_the_documentation_believes_the_server_and_nobody_else() {
    let Some(python) = python_with("the receiver of the documentation", VENV, "hmac") else { return };
    let page = fs::read_to_string(here("docs/notifications.md")).unwrap();
    let script = page.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let script = script.replace("9000", &port.to_string());
    let receiver = format!(
        "[[notify.channel]]\nname = \"ops\"\nkind = \"webhook\"\nurl = \"http://127.0.0.1:{port}\"\nsecret_file = \"SECRET\"\n"
    );
    let place = Place::new("retry = \"100ms\"", &receiver);
    fs::write(place.file("on-call.secret"), SECRET).unwrap();
    fs::write(place.file("receiver.py"), script).unwrap();
    let mut receiver = Script::start(&python, &place.file("receiver.py"), place.directory.path());
    let server = place.server();
    let mut client = server.client();
    does(&mut client, "NOTIFY TEST ops t1 olga does~it~work");
    assert_eq!(receiver.line(), "[critical] seats-1: a test of the channel ops\n");
    // Another secret is another sender; SIGHUP reads it.
    fs::write(place.file("secret"), format!("whsec_{}", "A".repeat(32))).unwrap();
    server.signal("HUP");
    eventually("it is read", || server.log().contains("the secrets of channels were read again"));
    does(&mut client, "NOTIFY TEST ops t2 olga who~is~it");
    eventually("it is not believed", || !dead(&mut client).is_empty());
    assert!(dead(&mut client)[0].get("why").unwrap().text().contains("401"));
    fs::write(place.file("secret"), "nothing").unwrap();
    server.signal("HUP");
    eventually("it is refused", || server.log().contains("the secrets of channels stay as they were"));
    let said = server.log() + &String::from_utf8_lossy(&client.bytes("CONFIG GET *"));
    assert!(!said.contains("MfKQ9r8") && !said.contains("AAAA"), "a secret is shown: {said}");
}

#[test]
fn a_channel_that_cannot_work_refuses_the_start_and_names_the_field() {
    let webhook = "[[notify.channel]]\nname = \"ops\"\nkind = \"webhook\"\n";
    let mail = "[[notify.channel]]\nname = \"ops\"\nkind = \"mail\"\nserver = \"localhost\"\nfrom = \"a@b.example\"\n";
    let good = "url = \"https://ops.example\"\nsecret_file = \"SECRET\"\n";
    for (channels, field) in [
        (format!("{webhook}secret_file = \"SECRET\"\n"), "url_file"),
        (format!("{webhook}url = \"http://ops.example\"\nsecret_file = \"SECRET\"\n"), "url: http is only"),
        (format!("{webhook}url = \"https://ops.example\"\n"), "secret_file"),
        (format!("{webhook}url = \"https://ops.example\"\nsecret_env = \"HOLDFAST_SECRET\"\n"), "secret_env"),
        (format!("{webhook}url = \"https://ops.example\"\nsecret_file = \"/not/there\"\n"), "/not/there"),
        (format!("{webhook}{good}to = [\"a@b.example\"]\n"), "to: a channel of webhook has none"),
        (format!("{webhook}{good}severity = \"bad\"\n"), "severity"),
        (format!("{webhook}{good}events = [\"nothing\"]\n"), "events"),
        (format!("{webhook}{good}lang = \"fr\"\n"), "lang"),
        (format!("{webhook}{good}secret = \"inline\"\n"), "secret"),
        (format!("{webhook}{good}{webhook}{good}"), "name: another channel"),
        ("[[notify.channel]]\nname = \"1\"\nkind = \"webhook\"\n".to_owned() + good, "name"),
        ("[[notify.channel]]\nname = \"a\"\nkind = \"pigeon\"\n".to_owned(), "kind"),
        (mail.to_owned(), "to: it names 0"),
        (format!("{mail}to = [\"nobody\"]\n"), "to: \"nobody\""),
        (format!("{mail}to = [\"a@b.example\"]\npassword_file = \"SECRET\"\n"), "user"),
        (format!("{mail}to = [\"a@b.example\"]\nca = \"SECRET\"\n"), "ca"),
    ] {
        let place = Place::new("", &channels);
        let said = place.spawn().err().unwrap_or_else(|| panic!("it starts with {channels}"));
        assert!(said.contains("HF-INP-050") && said.contains(field), "{field}: {said}");
        assert!(!said.contains("inline"), "{said}");
    }
}
