//! The console: files that browsers read, which are in the program. They hold nothing of a sale, so they are for everybody;
//! what they show comes from the API, as whoever is logged in.

mod files;

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use self::files::FILES;
use crate::refusal::Refusal;

/// Only files of this port, and nothing that stands in a page: what an event is called is never a program.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; \
                      connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// The tags of the files, in their order.
static TAGS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let tag = |(_, bytes): &(&str, &[u8])| format!("\"{:08x}-{:x}\"", crc32fast::hash(bytes), bytes.len());
    FILES.iter().map(tag).collect()
});

pub(crate) fn routes() -> Router {
    Router::new().route("/", get(|headers: HeaderMap| async move { file("index.html", &headers) })).route(
        "/assets/{*path}",
        get(|Path(path): Path<String>, headers: HeaderMap| async move { file(&path, &headers) }),
    )
}

/// The file at this path, which is compared and nothing else: it leads nowhere.
fn file(path: &str, headers: &HeaderMap) -> Response {
    let Some(at) = FILES.iter().position(|(known, _)| *known == path) else {
        return Refusal::not_found().into_response();
    };
    let (bytes, tag) = (FILES[at].1, TAGS[at].as_str());
    let known = headers.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    let mut response = if known.is_some_and(|tags| tags.split(',').any(|known| known.trim() == tag)) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, kind(path))], bytes).into_response()
    };
    let all = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        // Asked for each time, and sent once: a new version of the program is a new console.
        (header::CACHE_CONTROL, "no-cache"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        all.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(tag) = HeaderValue::from_str(tag) {
        all.insert(header::ETAG, tag);
    }
    response
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    /// What browsers read: not what people who change it do.
    fn served(path: &str) -> bool {
        kind(path) != "application/octet-stream"
    }

    fn collect(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { collect(&path, found) } else { found.push(path) }
        }
    }

    #[test]
    fn the_list_has_the_files_of_the_folder() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = here.join("console");
        let mut found = Vec::new();
        collect(&folder, &mut found);
        let shown = |path: &PathBuf| path.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned();
        let mut expected: Vec<_> = found.iter().map(shown).filter(|path| served(path)).collect();
        expected.sort();
        if std::env::var_os("HOLDFAST_DOCS").is_some_and(|word| word == "write") {
            let list = here.join("src/console/files.rs");
            let text = fs::read_to_string(&list).unwrap();
            let (before, _) = text.split_once("files! {\n").unwrap();
            let lines: String = expected.iter().map(|path| format!("    \"{path}\"\n")).collect();
            fs::write(&list, format!("{before}files! {{\n{lines}}}\n")).unwrap();
            return;
        }
        let listed: Vec<_> = FILES.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(listed, expected, "HOLDFAST_DOCS=write writes src/console/files.rs");
        for (path, bytes) in FILES {
            assert_eq!(fs::read(folder.join(path)).unwrap(), *bytes, "{path}");
        }
    }

    /// The policy forbids it, and a page that needs it would look broken to its first visitor only.
    #[test]
    fn no_page_has_a_program_or_a_style_within() {
        for (path, bytes) in FILES.iter().filter(|(path, _)| path.ends_with(".html")) {
            let text = String::from_utf8_lossy(bytes);
            for bad in ["<style", " style=", " onclick=", "javascript:", "<script>", "http://", "https://"] {
                assert!(!text.contains(bad), "{path}: {bad}");
            }
        }
    }
}
