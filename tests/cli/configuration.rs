//! Settings: defaults, then the file, then the environment, then the flags; whatever is wrong is named.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::support::{TempDir, program, run, told};

fn printed(command: &mut Command) -> String {
    let (code, out, err) = told(&command.args(["serve", "--print-config"]).output().unwrap());
    assert_eq!((code, err.as_str()), (0, ""));
    out
}

/// Exit code 2, nothing on standard output, and a message with these words and the next step.
fn refused(command: &mut Command, words: &[&str]) {
    let (code, out, err) = told(&command.output().unwrap());
    assert_eq!((code, out.as_str()), (2, ""), "{err}");
    for word in words {
        assert!(err.contains(word), "no {word:?} in {err}");
    }
    assert!(err.starts_with("holdfast: HF-INP-050: ") && err.contains("\n  what to do: "), "{err}");
}

fn file(directory: &TempDir, text: &str) -> String {
    let path = directory.join("settings.toml");
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn what_is_printed_is_a_file_that_gives_the_same() {
    let directory = TempDir::new();
    let first = printed(
        program()
            .env("HOLDFAST_WAL_SEGMENT", "16MiB")
            .env("HOLDFAST_IDEMPOTENCY_RETENTION", "90m")
            .env("HOLDFAST_TEST_PYTHON", "python3")
            .env("HOLDFAST_TRACE_FILTER", "holdfast_net=debug,info"),
    );
    for line in [
        "listen = \"127.0.0.1:7411\"",
        "data = \"./holdfast-data\"",
        "max = 10000",
        "retention = \"1h 30m\"",
        "refusals = 1000000",
    ] {
        assert!(first.contains(line), "no {line} in {first}");
    }
    let path = file(&directory, &first);
    assert_eq!(printed(program().env("HOLDFAST_CONFIG", &path)), first);
    let (code, out, _) = told(&run(["serve", "--print-config", "--config", &path]));
    assert_eq!((code, out), (0, first));
    assert!(!Path::new("holdfast-data").exists(), "to print is not to serve");
}

#[test]
fn flags_win_over_the_environment_over_the_file_over_defaults() {
    let directory = TempDir::new();
    let path = file(&directory, "threads = 2\n[connections]\nmax = 20\n[wal]\nslow = \"2s\"\n");
    let mut command = program();
    command
        .env("HOLDFAST_CONFIG", &path)
        .env("HOLDFAST_CONNECTIONS_MAX", "30")
        .env("HOLDFAST_WAL_SLOW", "3s");
    let (code, out, err) =
        told(&command.args(["serve", "--print-config", "--wal-slow", "4s"]).output().unwrap());
    assert_eq!((code, err.as_str()), (0, ""));
    for line in ["threads = 2", "max = 30", "slow = \"4s\"", "every = \"5m\""] {
        assert!(out.lines().any(|printed| printed == line), "no {line} in {out}");
    }
    // `holdfast.toml` of the working directory is read without being named, and not if another one is.
    fs::write(directory.join("holdfast.toml"), "threads = 7\n").unwrap();
    assert!(printed(program().current_dir(directory.path())).contains("threads = 7\n"));
    let here = printed(program().current_dir(directory.path()).env("HOLDFAST_CONFIG", &path));
    assert!(here.contains("threads = 2\n"));
}

#[test]
fn a_bad_file_is_named_with_the_setting() {
    let directory = TempDir::new();
    for (text, words) in [
        ("[wal]\nsegmant = \"16MiB\"\n", ["wal.segmant", "`segment`"]),
        ("[wall]\n", ["wall", "unknown field"]),
        ("[wal]\nsegment = \"lots\"\n", ["wal.segment", "64MiB"]),
        ("[wal]\nsegment = true\n", ["wal.segment", ""]),
        ("[snapshot]\nevery = \"often\"\n", ["snapshot.every", "5m"]),
        ("[snapshot]\nevery = 5\n", ["snapshot.every", ""]),
        ("threads = -1\n", ["threads", ""]),
        ("listen = \"localhost\"\n", ["listen", "address"]),
        ("[trace]\nform = \"loud\"\n", ["trace.form", "`human`"]),
        ("[trace]\nratio = -0.5\n", ["trace.ratio", "\"-0.5\" is no share"]),
        ("[trace]\nratio = 0.0000001\n", ["trace.ratio", "6 digits"]),
        ("[wal\n", ["TOML", "line 1"]),
    ] {
        let path = file(&directory, text);
        let mut all = vec!["settings.toml"];
        all.extend(words);
        refused(program().args(["serve", "--config", &path]), &all);
    }
    refused(
        program().args(["serve", "--config", "/no/such.toml"]),
        &["--config /no/such.toml", "no such file"],
    );
}

#[test]
fn a_bad_value_is_named_as_it_was_given() {
    refused(program().args(["serve", "--threads", "many"]), &["--threads", "\"many\" is no number"]);
    refused(program().args(["serve", "--threads", "257"]), &["threads is 257", "from 0 to 256"]);
    refused(program().args(["serve", "--connections-max", "0"]), &["connections.max is 0"]);
    refused(program().args(["serve", "--wal-segment", "lots"]), &["--wal-segment", "\"lots\" is no size"]);
    refused(program().args(["serve", "--wal-segment", "7MiB"]), &["wal.segment is 7", "from 8"]);
    refused(program().args(["serve", "--wal-reserve", "8MiB"]), &["wal.reserve is 8", "at least 64"]);
    refused(program().args(["serve", "--snapshot-every", "10ms"]), &["snapshot.every is 10ms"]);
    refused(program().args(["serve", "--trace-filter", "=="]), &["trace.filter"]);
    refused(program().args(["serve", "--trace-ratio", "1.5"]), &["trace.ratio is 1.5", "from 0 to 1"]);
    refused(program().args(["serve", "--trace-ratio", "half"]), &["--trace-ratio", "\"half\" is no share"]);
    assert!(printed(program().env("HOLDFAST_TRACE_RATIO", "0.250")).contains("ratio = \"0.25\"\n"));
    refused(program().args(["serve", "--listen", "somewhere"]), &["--listen", "address"]);
    refused(
        program().arg("serve").env("HOLDFAST_WAL_SEGMENT", "lots"),
        &["HOLDFAST_WAL_SEGMENT", "\"lots\""],
    );
    refused(program().arg("serve").env("HOLDFAST_WAL_SIZE", "1"), &["HOLDFAST_WAL_SIZE", "unknown"]);
}

/// clap's own refusals have the same exit code, and say how to go on.
#[test]
fn bad_usage() {
    for arguments in [&["serve", "--nope"][..], &["fly"], &[], &["snapshot"], &["serve", "--threads"]] {
        let (code, out, err) = told(&run(arguments));
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert!(err.contains("Usage: ") || err.contains("try '--help'"), "{err}");
    }
    let (code, out, err) = told(&run(["--version"]));
    assert_eq!((code, out.as_str(), err.as_str()), (0, "holdfast 0.1.0\n", ""));
    let (code, out, _) = told(&run(["--help"]));
    assert!(code == 0 && out.contains("Exit codes: 0 done; 1 a fault"), "{out}");
    let (code, out, _) = told(&run(["serve", "--help"]));
    assert!(code == 0 && out.contains("[default: 127.0.0.1:7411]"), "{out}");
}
