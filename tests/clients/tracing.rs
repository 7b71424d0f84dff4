//! A client with a tracing library: one trace from its span through the server to a consumer of the feed.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, Stdio};

use crate::support::scripts::{VENV, here, python_with};
use crate::support::{Server, TempDir};

#[test]
fn one_trace_goes_over_the_client_the_server_and_a_consumer() {
    let test = "one_trace_goes_over_the_client_the_server_and_a_consumer";
    let Some(python) =
        python_with(test, VENV, "opentelemetry.sdk.trace, opentelemetry.proto.trace.v1.trace_pb2")
    else {
        return;
    };
    let mut command = Command::new(python);
    command.arg(here("tests/clients/redis_py_traced.py")).env("PYTHONDONTWRITEBYTECODE", "1");
    let mut program =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(program.stdout.take().unwrap());
    let mut url = String::new();
    out.read_line(&mut url).unwrap();
    let directory = TempDir::new();
    let server = Server::with(directory.path(), &["--trace-otlp", url.trim_end()]);
    let address = server.address;
    writeln!(program.stdin.take().unwrap(), "{} {}", address.ip(), address.port()).unwrap();
    let (mut said, mut err) = (String::new(), String::new());
    out.read_to_string(&mut said).unwrap();
    program.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert!(program.wait().unwrap().success(), "{said}{err}");
    assert_eq!(said, "redis-py: one trace\n");
}
