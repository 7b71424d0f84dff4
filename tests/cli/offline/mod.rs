//! `holdfast offline`: what is printed of a sale, and how what was sold by hand comes back into it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Client, HALL, Server, TempDir, run, told};

/// A sale with something of each kind.
fn sold(client: &mut Client, event: &str) {
    client.create(event, HALL);
    for line in [
        "HOLD EV h1 <ann> 0 SEATS A-1-1 AREA FLOOR 2 NOTE =till",
        "CONFIRM EV c1 order-1 2",
        "HOLD EV h2 bob 0 SEATS A-1-2",
        "BLOCK EV b1 olga house SEATS B-2-1",
    ] {
        let line = line.replace("EV", event);
        let reply = client.ask(&line);
        assert!(reply.starts_with('*'), "{line}: {reply}");
    }
}

fn sheet(more: &[&str], to: &Path) -> (i32, String, String) {
    told(&run([&["offline", "sheet", "gala", "--out", to.to_str().unwrap()], more].concat()))
}

fn read(to: &Path, name: &str) -> String {
    fs::read_to_string(to.join(format!("gala-{name}"))).unwrap()
}

#[test]
fn a_sheet_says_what_is_free_and_who_has_the_rest_of_a_server_and_of_its_directory() {
    let (data, out) = (TempDir::new(), TempDir::new());
    let server = Server::start(data.path());
    sold(&mut server.client(), "gala");
    let address = server.address.to_string();
    let (code, said, err) = sheet(&["--address", &address], out.path());
    assert_eq!((code, err.as_str(), said.lines().count()), (0, "", 4), "{said}");
    let (seats, page) = (read(out.path(), "seats.csv"), read(out.path(), "sheet.html"));
    for row in [
        "A,1,A-1-1,VIP,sold,order-1,<ann>,\"'=till\"\r\n",
        "A,1,A-1-2,VIP,held,4,bob,\r\n",
        "B,2,B-2-1,STD,blocked,,,\r\n",
        "B,1,B-1-1,STD,free,,,\r\n",
        "FLOOR,,,GA,\"18 free, 0 held, 2 sold, 0 blocked\",,,\r\n",
    ] {
        assert!(seats.contains(row), "{row} in {seats}");
    }
    assert_eq!(seats.lines().count(), 1 + 16 + 1);
    let orders = read(out.path(), "orders.csv");
    assert!(orders.starts_with('\u{feff}') && orders.contains("order-1,<ann>,A-1-1,FLOOR*2,20"), "{orders}");
    assert!(page.contains("&lt;ann&gt;") && !page.contains("<ann>"), "what buyers are called is no markup");
    assert!(page.contains("<span class=\"seat\">A-1-3</span>") && !page.contains("seat\">A-1-2<"), "{page}");
    assert!(
        page.contains("<td>A<td class=\"n\">4<td class=\"n\">1<td class=\"n\">1<td class=\"n\">0"),
        "{page}"
    );

    // Of the directory, beside the server, and when it is gone: the same.
    drop(server);
    let again = TempDir::new();
    let (code, _, err) = sheet(&["--data", data.path().to_str().unwrap(), "--lang", "ko"], again.path());
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!((read(again.path(), "seats.csv"), read(again.path(), "orders.csv")), (seats, orders));
    assert!(read(again.path(), "sheet.html").contains("판매 가능한 좌석"));
    let one = TempDir::new();
    let (code, said, _) = sheet(&["--data", data.path().to_str().unwrap(), "--csv"], one.path());
    assert_eq!((code, said.lines().count()), (0, 3));
    let none = ["offline", "sheet", "nope", "--data", data.path().to_str().unwrap(), "--out", said.trim()];
    assert_eq!(told(&run(none)).0, 3);
}

fn form(folder: &TempDir, text: &[u8]) -> PathBuf {
    let path = folder.path().join("form.csv");
    fs::write(&path, text).unwrap();
    path
}

fn enter(server: &Server, path: &Path, more: &[&str]) -> (i32, String, String) {
    let address = server.address.to_string();
    let words = ["offline", "enter", path.to_str().unwrap(), "--event", "gala", "--address", &address];
    told(&run([&words, more].concat()))
}

/// What `COUNT` has as sold.
fn count(client: &mut Client) -> String {
    let told = client.ask("COUNT gala");
    told.split("$4|sold|:").nth(1).unwrap().split('|').next().unwrap().to_owned()
}

#[test]
fn what_was_sold_by_hand_is_entered_once_and_what_cannot_be_is_listed() {
    let (data, folder) = (TempDir::new(), TempDir::new());
    let server = Server::start(data.path());
    let mut client = server.client();
    sold(&mut client, "gala");
    assert_eq!(count(&mut client), "3");
    let header = "\u{feff}seats,time,amount,who\r\n";
    let good =
        "A-1-3; A-1-4,2026-11-29 19:30,110000 KRW,desk 1\r\nFLOOR*3,2026-11-29 19:31,90000,desk 2\r\n,,,\r\n";
    let bad = "A-1-1,2026-11-29 19:32,55000,desk 1\r\nA-1-2,2026-11-29 19:32,55000,desk 1\r\nB-2-1,2026-11-29 19:33,1,desk 1\r\n\
        Z-9-9,2026-11-29 19:33,1,desk 1\r\nA-1-4,2026-11-29 19:34,1,desk 2\r\nFLOOR*99,2026-11-29 19:34,1,desk 2\r\n";
    let path = form(&folder, format!("{header}{good}{bad}").as_bytes());

    let (code, out, err) = enter(&server, &path, &[]);
    assert_eq!(
        (code, count(&mut client).as_str()),
        (1, "3"),
        "a first run only says what it would do: {out}{err}"
    );
    for line in [
        "line 2: can be entered: A-1-3; A-1-4",
        "line 3: can be entered: FLOOR*3",
        "line 5: CONFLICT: A-1-1: A-1-1 is sold, order order-1, <ann>",
        "line 6: CONFLICT: A-1-2: A-1-2 is held, hold 4, bob",
        "line 7: CONFLICT: B-2-1: B-2-1 is blocked",
        "line 8: CONFLICT: Z-9-9: NOSEAT",
        "line 9: CONFLICT: A-1-4: A-1-4 stands in line 2 as well",
        "line 10: CONFLICT: FLOOR*99: FLOOR has 15 places left, and 99 are wanted",
        "Nothing was sent",
    ] {
        assert!(out.contains(line), "{line} in {out}");
    }

    let (code, out, _) = enter(&server, &path, &["--go"]);
    assert_eq!((code, count(&mut client).as_str()), (1, "8"), "{out}");
    assert!(out.contains("line 2: entered: A-1-3; A-1-4: hand-") && out.contains("CONFLICT: 6"), "{out}");
    let order = out.lines().next().unwrap().rsplit(' ').next().unwrap().to_owned();
    let shown = client.ask(&format!("GET ORDER gala {order}"));
    assert!(shown.contains("by hand 2026-11-29 19:30, 110000 KRW, desk 1"), "{shown}");

    // The same lines in another order, in another file, in Korean.
    let path = form(&folder, format!("{header}{good}").replace("\r\n", "\n").as_bytes());
    let (code, out, _) = enter(&server, &path, &["--go", "--lang", "ko"]);
    assert_eq!((code, count(&mut client).as_str()), (0, "8"), "{out}");
    assert_eq!(out.matches("이미 입력되어 있음: ").count(), 3, "{out}");

    // A conflict that somebody has cleared goes in; a run that was cut off between its two commands is gone on with.
    assert!(client.ask("RELEASE gala r1 4").starts_with('*'));
    let path = form(&folder, b"seats,time,amount,who\nA-1-2,2026-11-29 19:32,55000,desk 1\n");
    let (_, out, _) = enter(&server, &path, &[]);
    let order = out.lines().next().unwrap().rsplit(' ').next().unwrap().to_owned();
    let held = client.ask(&format!("HOLD gala {order}:1 {order} 60000 SEATS A-1-2 NOTE half"));
    assert!(held.contains("$4|hold|"), "{held}");
    let (code, out, err) = enter(&server, &path, &["--go"]);
    assert_eq!((code, count(&mut client).as_str()), (0, "9"), "{out}{err}");
    let shown = client.ask("SEAT gala A-1-2");
    assert!(shown.contains(&order) && shown.contains("|sold|"), "{shown}");
}

#[test]
fn a_form_that_is_wrong_is_refused_whole_and_a_paused_sale_takes_nothing() {
    let (data, folder) = (TempDir::new(), TempDir::new());
    let server = Server::start(data.path());
    let mut client = server.client();
    sold(&mut client, "gala");
    let good = "A-1-3,2026-11-29 19:30,1,x\n";
    for (text, said) in [
        (format!("seat,time,amount,who\n{good}").into_bytes(), "line 1: the columns are"),
        (
            format!("seats,time,amount,who\n{good}A-1-4,2026-11-29 19:30\n").into_bytes(),
            "line 3: it has 2 columns",
        ),
        (
            [b"seats,time,amount,who\n", good.as_bytes(), b"A-1-4,2026-11-29 19:30,1,\xb9\xce\xbe\xc6\n"]
                .concat(),
            "line 3: it is not UTF-8",
        ),
    ] {
        let path = form(&folder, &text);
        let (code, out, err) = enter(&server, &path, &["--go"]);
        assert_eq!((code, out.as_str()), (2, ""), "{err}");
        assert!(err.contains("HF-INP-051") && err.contains(said) && err.contains("form.csv"), "{err}");
    }
    let path = form(&folder, format!("seats,time,amount,who\n{good}").as_bytes());
    assert!(client.ask("EVENT PAUSE gala p1 olga why").starts_with('*'));
    let (code, _, err) = enter(&server, &path, &["--go"]);
    assert!(code == 1 && err.contains("the sale of gala is paused"), "{err}");
    assert_eq!(count(&mut client), "3");
    let (code, _, err) = told(&run(["offline", "enter", "/none.csv", "--event", "gala"]));
    assert!(code == 2 && err.contains("/none.csv"), "{err}");
}
