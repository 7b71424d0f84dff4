//! The console's files, as browsers get them.

use super::super::http::{get, request};
use super::Sale;

#[test]
fn the_console_is_for_everybody_and_brings_its_policy() {
    let (sale, _) = Sale::guarded(&[]);
    let admin = sale.server.admin;
    let page = get(admin, "/");
    assert_eq!(page.status, 200, "{}", page.head);
    assert!(page.body.starts_with("<!doctype html>"), "{:.100}", page.body);
    let head = page.head.to_ascii_lowercase();
    for part in [
        "content-type: text/html; charset=utf-8",
        "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
        "x-content-type-options: nosniff",
        "cache-control: no-cache",
        "referrer-policy: no-referrer",
    ] {
        assert!(head.contains(part), "{part}: {head}");
    }
    // What the page names is there, in its kind.
    let named = page.body.split('"').filter(|path| path.starts_with("assets/"));
    let named: Vec<_> = named.collect();
    assert!(named.len() > 3, "{named:?}");
    for path in named {
        let file = get(admin, &format!("/{path}"));
        let kind = match path.rsplit('.').next().unwrap() {
            "js" => "text/javascript",
            "css" => "text/css",
            _ => "image/svg+xml",
        };
        assert_eq!(file.status, 200, "{path}");
        assert!(file.head.to_ascii_lowercase().contains(&format!("content-type: {kind}")), "{}", file.head);
    }
    let tag = page.head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
    let same = request(admin, "GET", "/", &[&format!("If-None-Match: \"x\", {tag}")]);
    assert_eq!((same.status, same.body.as_str()), (304, ""));
    assert!(same.head.contains("content-security-policy"), "{}", same.head);
    assert_eq!(request(admin, "GET", "/", &["If-None-Match: \"x\""]).status, 200);
    let head = request(admin, "HEAD", "/", &[]);
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(request(admin, "POST", "/", &[]).status, 405);
}

#[test]
fn there_is_nothing_beside_the_files() {
    let sale = Sale::open();
    for path in [
        "/assets/",
        "/assets",
        "/assets/../index.html",
        "/assets/..%2findex.html",
        "/assets/%2e%2e/Cargo.toml",
        "/assets//etc/passwd",
        "/assets/%2fetc%2fpasswd",
        "/assets/js/main.js%00.css",
        "/assets/js/main.js/",
        "/assets/README.md",
        "/assets/js",
        "/index.html",
        "/assets/%ff",
    ] {
        let status = get(sale.server.admin, path).status;
        assert!([400, 404].contains(&status), "{path}: {status}");
    }
}
