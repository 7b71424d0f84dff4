//! `holdfast top`: a line a look where nobody looks at a screen.

use crate::support::{HALL, Server, TempDir, run, told};

#[test]
fn a_line_a_look_with_a_header_above() {
    let directory = TempDir::new();
    let server = Server::start(directory.path());
    server.client().create("hall", HALL);
    let address = server.address.to_string();
    let (code, out, err) = told(&run(["top", "--address", &address, "--count", "3", "--every", "100ms"]));
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 4, "{out}");
    let names: Vec<&str> = lines[0].split("  ").map(str::trim).filter(|name| !name.is_empty()).collect();
    assert_eq!(names[..4], ["mode", "commands", "refused", "clients"]);
    for line in &lines[1..] {
        let values: Vec<&str> = line.split_whitespace().collect();
        assert_eq!((values[0], values[2], values[3]), ("normal", "0", "1"), "{line}");
        assert!(values[1].parse::<u64>().is_ok(), "{line}");
    }
}

#[test]
fn what_cannot_be_looked_at_is_told() {
    for (words, says) in [
        (["--every", "1ms"], "--every is at least 100ms"),
        (["--address", "127.0.0.1:1"], "the server is not there: 127.0.0.1:1"),
    ] {
        let (code, out, err) = told(&run([&["top"][..], &words].concat()));
        assert!(code == 2 && out.is_empty() && err.contains(says), "{words:?}: {code} {err}");
    }
}
