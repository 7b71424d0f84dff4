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
