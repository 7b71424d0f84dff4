//! TLS: the same bytes inside, an error for clients that do not speak it, no delay for the others, and certificates
//! that are replaced while the server runs.

use std::fs;
use std::io::{BufRead as _, Read as _, Write as _};
use std::net::TcpStream;

use crate::support::access::{Certificate, TlsClient, new_token};
use crate::support::reply::Value;
use crate::support::{Client, HALL, PATIENCE, Server, TempDir, eventually, wire, wire_of};

fn start() -> (TempDir, Certificate, Server) {
    let directory = TempDir::new();
    let certificate = Certificate::new(directory.path());
    let server = Server::with(&directory.join("data"), &certificate.flags());
    (directory, certificate, server)
}

#[test]
fn a_sale_by_tls() {
    let (_directory, certificate, server) = start();
    let mut client = TlsClient::connect(server.address, &certificate.ca).unwrap();
    assert_eq!(client.ask("PING"), "+PONG|");
    client.send(wire(&["EVENT", "CREATE", "hall", "c", HALL]));
    assert!(String::from_utf8(client.raw()).unwrap().contains("open"));
    let hold = client.ask("HOLD hall k bob 0 SEATS A-1-1 A-1-2");
    assert_eq!(
        hold,
        "*10|$4|hold|:2|$10|expires_at|:T|$7|version|:2|$5|seats|*2|$5|A-1-1|$5|A-1-2|$2|at|:T|"
    );
    // More than a record and more than the buffers on the way, in both directions.
    for round in 0..20 {
        let commands =
            (0..1_000).flat_map(|number| wire_of(&format!("SEAT hall #{}", (round + number) % 16)));
        client.send(commands.collect::<Vec<u8>>());
        for number in 0..1_000 {
            assert_eq!(Value::of(&client.raw()).integer("ordinal"), (round + number) % 16);
        }
    }
    assert_eq!(client.ask("QUIT"), "+OK|");
    assert_eq!(client.0.fill_buf().unwrap(), b"", "an end in order, with a close_notify");
    let mut other = TlsClient::connect(server.address, &certificate.ca).unwrap();
    let info = other.ask("INFO");
    assert!(info.contains("|tls_handshakes:2|") && info.contains("|tls:1|"), "{info}");
}

#[test]
fn who_does_not_speak_tls_is_told() {
    let (_directory, certificate, server) = start();
    let mut plain = server.client();
    plain.send(wire_of("PING"));
    assert_eq!(
        plain.rest(),
        "-PROTO HF-INP-030 this port speaks TLS only: connect with TLS (redis-cli --tls)|"
    );
    // One that starts like TLS and goes on like noise, and one that has gone.
    let mut noise = TcpStream::connect(server.address).unwrap();
    noise.set_read_timeout(Some(PATIENCE)).unwrap();
    noise.write_all(&[0x16; 500]).unwrap();
    let mut rest = Vec::new();
    let _ = noise.read_to_end(&mut rest);
    drop(TcpStream::connect(server.address).unwrap());
    // And one that begins with the second word: the library would write a line for each of them.
    let mut early = TcpStream::connect(server.address).unwrap();
    early.set_read_timeout(Some(PATIENCE)).unwrap();
    early.write_all(b"\x16\x03\x03\0\x04\0\0\0\0").unwrap();
    let _ = early.read_to_end(&mut rest);
    let mut client = TlsClient::connect(server.address, &certificate.ca).unwrap();
    eventually("all four have failed", || client.ask("INFO net").contains("|tls_failures:4|"));
    assert!(!server.log().contains("rustls"), "{}", server.log());
    // A client that trusts somebody else does not get in, and does not harm.
    let elsewhere = TempDir::new();
    let other = Certificate::new(elsewhere.path());
    assert!(TlsClient::connect(server.address, &other.ca).is_err());
    assert_eq!(client.ask("PING"), "+PONG|");
}

#[test]
fn silent_handshakes_hold_nobody_up() {
    let (_directory, certificate, server) = start();
    let silent: Vec<TcpStream> = (0..200)
        .map(|number| {
            let mut stream = TcpStream::connect(server.address).unwrap();
            // Half of them have begun.
            stream.write_all(&[0x16, 3, 1][..3 * (number % 2)]).unwrap();
            stream
        })
        .collect();
    let mut client = TlsClient::connect(server.address, &certificate.ca).unwrap();
    assert_eq!(client.ask("PING"), "+PONG|");
    let mut server = server;
    assert_eq!(server.stop().0, Some(0), "nor a stop");
    drop(silent);
}

#[test]
fn a_new_certificate_without_a_restart() {
    let (directory, certificate, server) = start();
    let mut before = TlsClient::connect(server.address, &certificate.ca).unwrap();
    let old = directory.join("old-ca.pem");
    fs::copy(&certificate.ca, &old).unwrap();
    let reload = |told: &str| {
        let count = server.log().matches(told).count();
        server.signal("HUP");
        eventually(told, || server.log().matches(told).count() > count);
    };
    // Broken ones first: the key of another certificate, no key, no certificate, nothing.
    let (cert, key) = (fs::read(&certificate.cert).unwrap(), fs::read(&certificate.key).unwrap());
    let elsewhere = TempDir::new();
    let other = Certificate::new(elsewhere.path());
    for (file, bytes, why) in [
        (&certificate.key, fs::read(&other.key).unwrap(), "the certificate cannot be used with the key"),
        (&certificate.key, cert.clone(), "there is no private key in it"),
        (&certificate.cert, key.clone(), "there is no certificate in it"),
        (&certificate.cert, Vec::new(), "there is no certificate in it"),
    ] {
        fs::write(file, bytes).unwrap();
        reload("the certificate stays as it was: HF-INP-064: ");
        assert!(server.log().contains(why), "{why} in {}", server.log());
        fs::write(&certificate.cert, &cert).unwrap();
        fs::write(&certificate.key, &key).unwrap();
        TlsClient::connect(server.address, &certificate.ca).unwrap();
    }
    Certificate::new(directory.path());
    reload("the certificate was read again");
    assert!(TlsClient::connect(server.address, &old).is_err());
    let mut after = TlsClient::connect(server.address, &certificate.ca).unwrap();
    assert_eq!((before.ask("PING"), after.ask("PING")), ("+PONG|".into(), "+PONG|".into()));
}

#[test]
fn tokens_by_tls_and_the_limit_of_connections() {
    let directory = TempDir::new();
    let certificate = Certificate::new(directory.path());
    let tokens = directory.join("tokens");
    let secret = new_token(&tokens, "reader", "r", &[]);
    let mut flags = certificate.flags().to_vec();
    flags.extend(["--tokens", tokens.to_str().unwrap(), "--connections-max", "2"]);
    let server = Server::with(&directory.join("data"), &flags);
    let mut client = TlsClient::connect(server.address, &certificate.ca).unwrap();
    assert!(client.ask("EVENT LIST").starts_with("-NOAUTH HF-INP-060 "));
    assert!(client.ask(&format!("HELLO 3 AUTH default {secret}")).starts_with("%7|"));
    assert_eq!(client.ask("EVENT LIST"), "*2|:0|*0|");
    drop(client);
    // What comes right behind the login goes with the connection to its thread.
    let mut client = TlsClient::connect(server.address, &certificate.ca).unwrap();
    let behind = (0..400).map(|number| format!("ECHO {number}\r\n"));
    client.send(format!("AUTH {secret}\r\n") + &behind.collect::<String>());
    assert_eq!(client.raw(), b"+OK\r\n");
    for number in (0..400).map(|number: u32| number.to_string()) {
        assert_eq!(client.raw(), format!("${}\r\n{number}\r\n", number.len()).as_bytes());
    }
    let mut second = TlsClient::connect(server.address, &certificate.ca).unwrap();
    assert_eq!(second.ask(&format!("AUTH {secret}")), "+OK|");
    // A handshake only to say no would be a cheap way to keep the server busy.
    assert_eq!(Client::connect(server.address).rest(), "");
    drop(second);
    eventually("its place is free", || TlsClient::connect(server.address, &certificate.ca).is_ok());
}

#[test]
fn only_clients_with_a_certificate_of_those_that_are_trusted() {
    let [of_server, of_clients, of_others] = [(); 3].map(|()| TempDir::new());
    let [certificate, ours, other] =
        [&of_server, &of_clients, &of_others].map(|directory| Certificate::new(directory.path()));
    let flags = certificate.flags();
    let client_ca = ["--tls-client-ca", ours.ca.to_str().unwrap()];
    let data = TempDir::new();
    let mut server = Server::with(data.path(), &[&flags[..], &client_ca].concat());
    let ask = |own: Option<&Certificate>| {
        let connected = TlsClient::connect_as(server.address, &certificate.ca, own);
        connected.map_err(|error| error.to_string()).and_then(|mut client| client.try_ask("PING"))
    };
    assert_eq!(ask(Some(&ours)).as_deref(), Ok("+PONG|"));
    for stranger in [None, Some(&other), Some(&certificate)] {
        assert!(ask(stranger).is_err());
    }
    assert_eq!(ask(Some(&ours)).as_deref(), Ok("+PONG|"), "and none of them was in the way");
    // Others are trusted from SIGHUP on; what cannot be used changes nothing.
    fs::copy(&other.ca, &ours.ca).unwrap();
    server.signal("HUP");
    eventually("the others", || ask(Some(&other)).is_ok());
    assert!(ask(Some(&ours)).is_err());
    fs::write(&ours.ca, "nobody").unwrap();
    server.signal("HUP");
    eventually("a refusal", || server.log().contains("it cannot be used to tell clients by"));
    assert_eq!(ask(Some(&other)).as_deref(), Ok("+PONG|"));
    assert_eq!(server.stop().0, Some(0));
}
