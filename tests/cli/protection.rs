//! Tokens as files, and a server that does not listen where it must not.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::support::access::{Certificate, new_token};
use super::support::{Server, TempDir, program, run, told};

fn token(arguments: &[&str]) -> (i32, String, String) {
    told(&run([&["token"], arguments].concat()))
}

#[test]
fn tokens_are_made_listed_and_revoked() {
    let directory = TempDir::new();
    let path = directory.join("tokens");
    let file = path.to_str().unwrap();
    let first = new_token(&path, "booking", "box-office", &[]);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let second = new_token(&path, "reader", "wall", &["--expires", "30days"]);
    new_token(&path, "reader", "over", &["--expires", "0s"]);
    assert_ne!(first, second);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640, "the mode stays");
    let text = fs::read_to_string(&path).unwrap();
    assert!(!text.contains(&first[4..]) && !text.contains(&second[4..]), "no secret in {text}");

    let (code, out, err) = token(&["list", "--file", file]);
    assert_eq!((code, err.as_str()), (0, ""));
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[0].starts_with("box-office  booking   made 2") && !lines[0].contains("expire"), "{out}");
    assert!(
        lines[1].starts_with("wall        reader    made 2") && lines[1].contains("Z  expires 2"),
        "{out}"
    );
    assert!(
        lines[2].starts_with("over        reader    made 2") && lines[2].contains("  EXPIRED 2"),
        "{out}"
    );

    // Notes of people stay; what was revoked is gone, and its name is free.
    fs::write(&path, text.replace("wall ", "# a note\nwall ")).unwrap();
    assert_eq!(token(&["revoke", "wall", "--file", file]), (0, String::new(), String::new()));
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("# a note\n") && !text.contains("wall"), "{text}");
    new_token(&path, "operator", "wall", &[]);
    let names: Vec<_> =
        fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["tokens"], "nothing is left beside it");
}

#[test]
fn what_cannot_be_done_with_tokens_is_told() {
    let directory = TempDir::new();
    let path = directory.join("tokens");
    let file = path.to_str().unwrap();
    let refused = |arguments: &[&str], words: &[&str]| {
        let (code, out, err) = token(arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}: {err}");
        for word in words {
            assert!(err.contains(word), "no {word:?} in {err}");
        }
    };
    let missing = "No such file or directory";
    refused(&["list", "--file", file], &["HF-INP-063", missing, "what to do: "]);
    refused(&["revoke", "x", "--file", file], &["HF-INP-063", missing]);
    new_token(&path, "reader", "x", &[]);
    let before = fs::read(&path).unwrap();
    let new = ["new", "--file", file, "--role", "reader", "--name"];
    refused(&[&new[..], &["x"]].concat(), &["HF-INP-063", "there is a token x already"]);
    for name in ["", "a b", "default", "#x", "ö", &"n".repeat(65)] {
        refused(&[&new[..], &[name]].concat(), &["HF-INP-002", "the name of a token is 1 to 64 bytes"]);
    }
    refused(&["new", "--file", file, "--role", "boss", "--name", "b"], &["\"boss\" is no role"]);
    refused(&["revoke", "y", "--file", file], &["HF-INP-063", "there is no token \"y\" in it"]);
    // Another that is at work, or was killed.
    let beside = directory.join("tokens.new");
    fs::write(&beside, "").unwrap();
    refused(&[&new[..], &["z"]].concat(), &["HF-INP-063", "tokens.new is there: another `holdfast token`"]);
    assert!(beside.exists(), "it is not ours");
    fs::remove_file(&beside).unwrap();
    assert_eq!(fs::read(&path).unwrap(), before);
    // A file that is something else is left alone.
    fs::write(&path, "root:x:0:0\n").unwrap();
    refused(&[&new[..], &["z"]].concat(), &["HF-INP-063", "line 1: it must be \"holdfast tokens 2\""]);
    assert_eq!(fs::read(&path).unwrap(), b"root:x:0:0\n");
    assert!(!beside.exists());
}

/// A server that does not start: exit code 2, before it touches its data, with these words and what to do.
fn refused(command: Command, flags: &[&str], words: &[&str]) {
    let directory = TempDir::new();
    let data = directory.join("data");
    let Err((status, said)) = Server::spawn(command, &data, flags) else {
        panic!("it starts with {flags:?}")
    };
    assert_eq!(status.code(), Some(2), "{said}");
    for word in words.iter().chain(&["\n  what to do: "]) {
        assert!(said.contains(word), "no {word:?} in {said}");
    }
    assert!(!data.exists(), "{flags:?}");
}

#[test]
fn what_the_server_cannot_use() {
    let directory = TempDir::new();
    let certificate = Certificate::new(directory.path());
    let tokens = directory.join("tokens");
    fs::write(&tokens, "holdfast tokens 1\nolga operator abc 2026-11-21T10:00:00Z -\n").unwrap();
    let nowhere = directory.join("nowhere");
    let nowhere = nowhere.to_str().unwrap();
    let [tls_cert, cert, tls_key, key] = certificate.flags();
    refused(program(), &["--access-tokens", nowhere], &["HF-INP-063", nowhere, "No such file"]);
    let hash = "line 2: the hash of a token is 64 hexadecimal digits";
    refused(program(), &["--tokens", tokens.to_str().unwrap()], &["HF-INP-063", hash]);
    refused(program(), &[tls_cert, cert], &["HF-INP-050", "tls.cert and tls.key go together"]);
    refused(program(), &[tls_key, key], &["HF-INP-050", "tls.cert and tls.key go together"]);
    refused(program(), &[tls_cert, nowhere, tls_key, key], &["HF-INP-064", nowhere, "No such file"]);
    refused(program(), &[tls_cert, key, tls_key, key], &["HF-INP-064", "there is no certificate in it"]);
    refused(program(), &[tls_cert, cert, tls_key, cert], &["HF-INP-064", "there is no private key in it"]);
    let ca = certificate.ca.to_str().unwrap();
    refused(program(), &[tls_cert, ca, tls_key, key], &["HF-INP-064", "cannot be used with the key"]);
    fs::write(&certificate.key, "-----BEGIN PRIVATE KEY-----\nno!\n-----END PRIVATE KEY-----\n").unwrap();
    refused(program(), &[tls_cert, cert, tls_key, key], &["HF-INP-064", "the key is not PEM"]);
}

#[test]
fn beyond_this_machine_only_with_tokens_and_tls_or_by_name() {
    let directory = TempDir::new();
    let certificate = Certificate::new(directory.path());
    let file = directory.join("tokens");
    new_token(&file, "reader", "r", &[]);
    let tokens = ["--tokens", file.to_str().unwrap()];
    let tls = certificate.flags();
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let listen = ["--listen", address];
        for (more, missing) in [
            (Vec::new(), "there is no access.tokens, tls.cert and tls.key"),
            (tokens.to_vec(), "there is no tls.cert and tls.key"),
            (tls.to_vec(), "there is no access.tokens"),
        ] {
            let flags = [&listen[..], &more].concat();
            refused(program(), &flags, &["HF-INP-065", &format!("listen is {address}"), missing]);
        }
    }
    let everywhere = ["--listen", "0.0.0.0:0"];
    let mut server = Server::with(&directory.join("a"), &[&everywhere[..], &tokens, &tls].concat());
    assert!(!server.log().contains("insecure"), "{}", server.log());
    assert_eq!(server.stop().0, Some(0));
    let by_name = [&everywhere[..], &["--insecure-listen-anywhere"]].concat();
    let mut server = Server::with(&directory.join("b"), &by_name);
    assert!(
        server.log().contains("insecure.listen_anywhere: the address may be reached"),
        "{}",
        server.log()
    );
    assert_eq!(server.stop().0, Some(0));
    let mut command = program();
    command.env("HOLDFAST_INSECURE_LISTEN_ANYWHERE", "true");
    // What a client of it has in its environment is no setting of the server.
    command.env("HOLDFAST_TOKEN", "hft_x").env("HOLDFAST_TLS_CA", "ca.pem");
    let started = Server::spawn(command, &directory.join("c"), &everywhere);
    assert_eq!(started.unwrap_or_else(|(_, said)| panic!("{said}")).stop().0, Some(0));
}

#[test]
fn sighup_without_anything_to_read_again_is_nothing() {
    let directory = TempDir::new();
    let mut server = Server::start(directory.path());
    server.signal("HUP");
    assert_eq!(server.client().ask("PING"), "+PONG|");
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn a_token_is_revoked_where_the_link_leads() {
    let directory = TempDir::new();
    let (real, link) = (directory.join("real"), directory.join("link"));
    new_token(&real, "reader", "x", &[]);
    std::os::unix::fs::symlink("real", &link).unwrap();
    let file = link.to_str().unwrap();
    assert_eq!(token(&["revoke", "x", "--file", file]), (0, String::new(), String::new()));
    assert!(link.is_symlink(), "the link stays one");
    assert!(!fs::read_to_string(&real).unwrap().contains("\nx reader"), "and what it leads to has changed");
    new_token(&link, "reader", "y", &[]);
    assert!(fs::read_to_string(&real).unwrap().contains("\ny reader"));
    let names = fs::read_dir(directory.path()).unwrap().count();
    assert_eq!(names, 2, "nothing is left beside them");
    // A link to nothing is no place for a new file.
    fs::remove_file(&real).unwrap();
    let (code, _, err) = token(&["new", "--role", "reader", "--name", "z", "--file", file]);
    assert!(code == 2 && err.contains("No such file") && link.is_symlink(), "{err}");
}

#[test]
fn tokens_are_narrowed_when_they_are_made() {
    let directory = TempDir::new();
    let path = directory.join("tokens");
    let file = path.to_str().unwrap();
    new_token(&path, "booking", "web", &["--events", "gala-*,opera", "--rights", "money,sell"]);
    new_token(&path, "viewer", "page", &["--expires", "0s"]);
    let (_, out, _) = token(&["list", "--file", file]);
    let lines: Vec<&str> = out.lines().collect();
    assert!(
        lines[0].starts_with("web   booking   made 2")
            && lines[0].ends_with("Z  events gala-*,opera  rights sell,money"),
        "{out}"
    );
    assert!(lines[1].starts_with("page  viewer    made 2"), "{out}");
    for (more, said) in [
        (["--role", "reader", "--rights", "sell"], "--rights: only a booking token can be narrowed"),
        (
            ["--role", "booking", "--rights", "pause"],
            "\"pause\" is no right of booking: sell, give-back, money, consume",
        ),
        (["--role", "booking", "--events", "a b"], "\"a b\" is no pattern of events"),
    ] {
        let (code, _, err) = token(&[&["new", "--file", file, "--name", "n"], &more[..]].concat());
        assert!(code == 2 && err.contains(said), "{err}");
    }
}

/// What the log says of files that others may change, of a certificate that is over, and of tokens made up by hand.
#[test]
fn what_is_left_open_is_told_at_the_start_and_refused_nobody() {
    let directory = TempDir::new();
    let certificate = Certificate::new(directory.path());
    let tokens = directory.join("tokens");
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    fs::write(&tokens, format!("holdfast tokens 1\nx reader {abc} 2026-11-21T10:00:00Z -\n")).unwrap();
    let config = directory.join("holdfast.toml");
    fs::write(&config, "threads = 1\n").unwrap();
    let mode =
        |path: &std::path::Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let flags = certificate.flags();
    let flags =
        [&flags[..], &["--tokens", tokens.to_str().unwrap(), "--config", config.to_str().unwrap()]].concat();
    for path in [&certificate.key, &certificate.cert, &tokens, &config] {
        mode(path, 0o600);
    }
    let mut server = Server::with(&directory.join("a"), &flags);
    let log = server.log();
    assert!(log.contains("the configuration file=") && log.contains("holdfast.toml"), "{log}");
    let guessed = "line 2: the secret of x is \"abc\", which anybody can guess";
    assert!(log.contains(guessed) && !log.contains("mode 0") && !log.contains("clients refuse"), "{log}");
    assert_eq!(server.stop().0, Some(0));

    mode(&certificate.key, 0o644);
    mode(&tokens, 0o620);
    mode(&config, 0o666);
    certificate.renew(((2020, 1, 1), (2021, 1, 1)));
    let mut server = Server::with(&directory.join("b"), &flags);
    let log = server.log();
    for expected in [
        "the configuration: others may change it (mode 0666)",
        "the file of tokens: others may change it (mode 0620)",
        "the private key of TLS: everybody may read it (mode 0644)",
        "clients refuse the server: the certificate ended ",
    ] {
        assert!(log.contains(expected), "no {expected:?} in {log}");
    }
    assert_eq!(server.stop().0, Some(0));
    let mut server = Server::start(&directory.join("c"));
    assert!(server.log().contains("no configuration file"), "{}", server.log());
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn the_memory_of_a_server_stays_in_it() {
    let directory = TempDir::new();
    let limit = |server: &Server| {
        let limits = fs::read_to_string(format!("/proc/{}/limits", server.pid())).unwrap();
        let line = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap().to_owned();
        line.split_whitespace().nth(4).unwrap().to_owned()
    };
    let mut server = Server::start(&directory.join("a"));
    assert_eq!(limit(&server), "0");
    assert_eq!(server.stop().0, Some(0));
    let wanted = ["--insecure-core-dumps"];
    let mut server = Server::with(&directory.join("b"), &wanted);
    let of_this = fs::read_to_string("/proc/self/limits").unwrap();
    let of_this = of_this.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(limit(&server), of_this.split_whitespace().nth(4).unwrap(), "as it was given to it");
    assert_eq!(server.stop().0, Some(0));
}
