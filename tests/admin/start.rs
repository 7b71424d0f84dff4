//! Where the admin port listens, and where it must not.

use std::net::TcpListener;

use super::support::{Server, TempDir, program, told};

#[test]
fn a_port_in_use_refuses_the_start() {
    let directory = TempDir::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let Err((status, said)) = Server::spawn(program(), directory.path(), &["--admin-listen", &address])
    else {
        panic!("the port is in use")
    };
    assert_eq!(status.code(), Some(2), "{said}");
    let message = format!("HF-SYS-029: admin.listen: cannot listen on {address}: Address already in use");
    assert!(said.contains(&message) && said.contains("what to do: Choose another admin.listen"), "{said}");
    let server = Server::with(directory.path(), &["--admin-listen", "off"]);
    assert!(!server.log().contains("admin port"), "{}", server.log());
}

#[test]
fn it_takes_a_free_port_where_sales_do_unless_it_is_said() {
    let prints = |flags: &[&str], variable: Option<&str>| {
        let mut command = program();
        command.args(["serve", "--print-config"]).args(flags);
        command.envs(variable.map(|value| ("HOLDFAST_ADMIN_LISTEN", value)));
        let (code, said, err) = told(&command.output().unwrap());
        assert_eq!(code, 0, "{err}");
        let (_, of_admin) = said.split_once("[admin]\n").unwrap();
        of_admin.lines().next().unwrap().to_owned()
    };
    let free = ["--listen", "127.0.0.1:0"];
    assert_eq!(prints(&[], None), "listen = \"127.0.0.1:7412\"");
    assert_eq!(prints(&free, None), "listen = \"127.0.0.1:0\"");
    assert_eq!(prints(&free, Some("127.0.0.1:7412")), "listen = \"127.0.0.1:7412\"");
    assert_eq!(prints(&[&free[..], &["--admin-listen", "off"]].concat(), None), "listen = \"off\"");
}

#[test]
fn beyond_this_machine_it_needs_tokens_and_tls() {
    let directory = TempDir::new();
    let data = directory.path().to_str().unwrap();
    let start = |flags: &[&str]| {
        let all = [&["serve", "--listen", "127.0.0.1:0", "--data", data][..], flags].concat();
        told(&program().args(all).output().unwrap())
    };
    let (code, _, said) = start(&["--admin-listen", "0.0.0.0:0"]);
    let message = "HF-INP-067: admin.listen is 0.0.0.0:0, which other machines can reach, and there is no access.tokens, tls.cert and tls.key";
    assert!(code == 2 && said.contains(message), "{said}");
    let (code, _, said) = start(&["--admin-listen", "[::]:0", "--tokens", "/no/such"]);
    assert!(code == 2 && said.contains("HF-INP-067") && said.contains("no tls.cert and tls.key"), "{said}");
    let (code, _, said) = start(&["--admin-listen", "somewhere"]);
    assert!(code == 2 && said.contains("--admin-listen: \"somewhere\" is no address"), "{said}");
    let server =
        Server::with(directory.path(), &["--admin-listen", "0.0.0.0:0", "--insecure-listen-anywhere"]);
    assert!(server.log().contains("the admin port may be reached from other machines"), "{}", server.log());
}
